// SPDX-License-Identifier: MIT OR Apache-2.0
//! A patient on support in one mode, on a console of real processes, to which something happens; and an operator who puts right what
//! an operator can.

use crate::disk::SmallDisk;
use crate::ear::{Ear, priority};
use crate::held::Held;
use crate::journald::Journald;
use crate::matrix::{MODES, Seen, standing};
use crate::steady::{Extremes, Figures, HOSTS, LESSON, Room, Victim, WINDOW, monotonic, nanoseconds};
use crate::stranger::{Refusal, Stranger};
use crate::support::{Console, LIMIT, try_until, until};
use crate::words::{Chapter, DEVICES};
use ecmod_control::{AlarmKind, Mode, Priority};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use zbus::{OwnedObjectPath, OwnedVariant};

/// Where the alarms are.
pub const ALARMS: (&str, &str) = ("/org/ecmod/alarms", "org.ecmod.Alarms1");
/// What every part of a row may take at most: more than the longest time for which an alarm stays when its cause is gone.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long the flow has to be there to be reached, and how near.
const STEADY: (Duration, f64) = (Duration::from_secs(2), 0.1);
/// The setpoint in Speed mode, and how near the true speed has to be, rpm.
const SPEED: f64 = 3600.0;
const STEADY_SPEED: f64 = 5.0;
/// Between two looks at much, or two deeds of the operator.
const PAUSE: Duration = Duration::from_millis(100);

/// A record of the alarm log: number, wall clock, monotonic clock, boot, event, id, subject, priority, cause, value, text.
type LogRow = (u64, u64, u64, String, String, String, String, String, String, Vec<f64>, String);

/// A console and its patient.
pub struct Bed {
    pub room: Room,
    /// What a chapter has put in the place of the state directory and of journald.
    pub disk: Option<SmallDisk>,
    pub journald: Option<Journald>,
    ear: Ear,
    mode: Mode,
    /// How the speed moves in a second when it is left alone, rpm.
    pub own_ripple: Figures,
    /// The speed before the fault, lowest and highest of a second, rpm.
    pub before: (f64, f64),
    began: Option<u64>,
    over: Option<u64>,
    /// The number of the newest record in the alarm log before the fault.
    written: u64,
}

impl Bed {
    /// Steady in this mode.
    pub fn new(mode: Mode, chapter: &Chapter) -> Self {
        let room = Room::on(Console::start(&chapter.console));
        let ear = Ear::listen(room.console.address());
        let (disk, journald) = (None, None);
        let mut bed = Self {
            room,
            disk,
            journald,
            ear,
            mode,
            own_ripple: Figures::default(),
            before: (0.0, 0.0),
            began: None,
            over: None,
            written: 0,
        };
        (chapter.prepare)(&mut bed);
        bed.rest(&[]);
        let begin = bed.room.truth.now();
        bed.own_ripple = bed.room.truth.ripples(begin, begin + nanoseconds(LESSON), WINDOW);
        bed
    }

    /// The mode of this column.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The state directory's disk.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("the chapter has made one")
    }

    /// journald.
    pub fn journald(&mut self) -> &mut Journald {
        self.journald.as_mut().expect("the chapter has made one")
    }

    /// What its flow is controlled to, L/min.
    pub fn flow(&self) -> Option<f64> {
        match self.mode {
            Mode::Speed => None,
            Mode::Flow => Some(4.0),
            Mode::ZeroFlow => Some(0.0),
        }
    }

    /// Makes ready for a row that wants these alarms.
    pub fn ready(&mut self, wanted: &[AlarmKind]) {
        self.rest(wanted);
        let now = self.room.truth.now();
        self.before = self.room.truth.between(now.saturating_sub(nanoseconds(WINDOW)), now).speed;
        self.written = self.log().last().map_or(self.written, |row| row.0);
        (self.began, self.over) = (None, None);
    }

    /// From now on times count.
    pub fn begin(&mut self) -> u64 {
        *self.began.get_or_insert_with(monotonic)
    }

    /// The fault itself is over; what follows is the way back.
    pub fn end(&mut self) {
        self.over.get_or_insert_with(monotonic);
    }

    /// When the fault began and when it was over, ns.
    pub fn fault(&self) -> (u64, u64) {
        let began = self.began.expect("something has happened");
        (began, self.over.unwrap_or_else(monotonic))
    }

    /// Time passes.
    pub fn run(&self, seconds: f64) {
        self.until_time(monotonic() + nanoseconds(Duration::from_secs_f64(seconds)));
    }

    /// Something goes wrong with circuit, patient or devices, as in scenario files.
    pub fn inject(&mut self, fault: &Value) -> u64 {
        let mut simulator = self.room.console.simulator();
        self.begin();
        simulator.inject(fault)
    }

    /// It is no longer wrong.
    pub fn clear(&mut self, fault: u64) {
        self.room.console.simulator().clear(fault);
    }

    /// Kills a process.
    pub fn kill(&mut self, process: &str) -> Victim {
        let victim = self.room.victim(process);
        self.begin();
        victim.kill();
        victim
    }

    /// Kills several at once, and waits until they are gone.
    pub fn kill_all<N: AsRef<str>>(&mut self, processes: &[N]) {
        let victims: Vec<Victim> = processes.iter().map(|name| self.room.victim(name.as_ref())).collect();
        self.begin();
        victims.iter().for_each(|victim| {
            victim.signal(Signal::KILL);
        });
        victims.iter().for_each(|victim| {
            victim.gone();
        });
    }

    /// The names of all processes of the console; the devices and the patient are none.
    pub fn processes(&self) -> Vec<String> {
        let table = self.room.console.processes();
        table.as_object().expect("a table").keys().filter(|name| *name != DEVICES).cloned().collect()
    }

    /// Stops a process as a whole, until it is continued or its supervisor ends it.
    pub fn stop(&mut self, process: &str) -> Victim {
        let victim = self.room.victim(process);
        self.begin();
        victim.signal(Signal::STOP);
        victim
    }

    /// These processes stand still for some time, all at once; then they go on where they were.
    pub fn stand_still<N: AsRef<str>>(&mut self, processes: &[N], lasts: Duration) {
        let victims: Vec<Victim> = processes.iter().map(|name| self.room.victim(name.as_ref())).collect();
        let all = |signal| {
            victims.iter().for_each(|victim| {
                victim.signal(signal);
            });
        };
        self.begin();
        all(Signal::STOP);
        std::thread::sleep(lasts);
        all(Signal::CONT);
        self.end();
    }

    /// Stops one thread of a process (`None`: its first), until what is returned is dropped or the process ends.
    pub fn hold(&mut self, process: &str, thread: Option<&str>) -> Held {
        let thread = crate::held::thread_of(self.room.victim(process).process(), thread);
        self.begin();
        Held::stop(thread)
    }

    /// A process is stopped nine tenths of the time.
    pub fn slow(&mut self, process: &str, lasts: Duration) {
        let (stopped, runs) = (Duration::from_millis(90), Duration::from_millis(10));
        let victim = self.room.victim(process);
        let end = self.begin() + nanoseconds(lasts);
        while monotonic() < end {
            for (signal, time) in [(Signal::STOP, stopped), (Signal::CONT, runs)] {
                let _it_has_been_replaced = rustix::process::kill_process(victim.process(), signal);
                std::thread::sleep(time);
            }
        }
        self.end();
    }

    /// Waits until another daemon than this one is on the bus, supports, and demands a speed of the pump's host.
    pub fn until_succeeded(&self, daemon: &Victim) {
        until("a new daemon on the bus", || {
            self.room.stranger.owner().filter(|pid| *pid != daemon.number()).map(|_| ())
        });
        self.until_in_control();
    }

    /// Waits until the daemon supports and demands a speed of the pump's host.
    pub fn until_in_control(&self) {
        until("the daemon is in control", || {
            let said = self.room.stranger.owner().and_then(|_| self.room.stranger.said())?;
            (said.state == "support" && said.speed_demand.is_some()).then_some(())
        });
    }

    /// Waits until this alarm is announced, or stands in the log: one that came before the console was on the bus is announced by being there.
    #[track_caller]
    pub fn until_told(&self, kind: AlarmKind) {
        let told = try_until(LIMIT, || {
            std::thread::sleep(PAUSE);
            self.alarms().contains_key(&kind).then_some(())
        });
        assert!(told.is_some(), "{} is not announced; {:?}", kind.id(), self.alarms());
    }

    /// Waits until the daemon has the host that runs now, and this signal of it.
    pub fn until_back(&self, host: &str, signal: &str) {
        let port = host.strip_prefix("ecmod-host-").expect("the name of a host");
        let port = format!("/org/ecmod/ports/{port}");
        until("the daemon has the next host", || {
            let mut all = self.room.stranger.properties((&port, "org.ecmod.Port1"))?;
            let pid = u32::try_from(all.remove("Pid")?).expect("a number");
            (self.room.console.processes()[host]["pid"].as_u64() == Some(pid.into())).then_some(())
        });
        self.until_known(signal);
    }

    /// Waits until a signal has a value again. At zero flow the meter may be unsure of the flow's direction.
    pub fn until_known(&self, signal: &str) {
        until(signal, || {
            self.room.stranger.reading(signal).filter(|reading| reading.quality != "bad").map(|_| ())
        });
    }

    /// Waits until this time of the monotonic clock, ns.
    pub fn until_time(&self, time: u64) {
        // No wait of a test is as long as the longest rows.
        while self.room.truth.now() < time {
            self.room.truth.until(time.min(self.room.truth.now() + nanoseconds(WINDOW)));
        }
    }

    /// A driver does this from its next cycle on; see `simulator/saboteur`.
    pub fn order(&self, driver: &str, order: &str) {
        self.room.console.saboteurs().order(driver, order);
    }

    /// A driver is good again.
    pub fn dismiss(&self, driver: &str) {
        self.room.console.saboteurs().dismiss(driver);
    }

    /// Whoever was on a bus that has gone has to come to the next one.
    pub fn join_again(&mut self) {
        self.room.stranger = Stranger::join(self.room.console.address());
    }

    /// What the operator asks for.
    pub fn ask(&self, arguments: &[&str]) {
        until(&format!("ecmoctl {}", arguments.join(" ")), || {
            self.room.console.ecmoctl(arguments).status.success().then_some(())
        });
    }

    /// The mode that the console is in; `None` while it does not support.
    pub fn said_mode(&self) -> Option<Mode> {
        let said = self.room.stranger.said().filter(|said| said.state == "support")?;
        MODES.into_iter().find(|mode| mode.name() == said.mode)
    }

    /// All alarms since the fault began, from the announcements and from the log, with the first time of each.
    pub fn alarms(&self) -> BTreeMap<AlarmKind, Seen> {
        let (began, _) = self.fault();
        let mut all = BTreeMap::new();
        let mut see = |kind: AlarmKind, priority: Priority, at: u64| {
            let after = Duration::from_nanos(at.saturating_sub(began)).as_secs_f64();
            let seen = all.entry(kind).or_insert(Seen { after, priority });
            seen.after = seen.after.min(after);
            seen.priority = seen.priority.max(priority);
        };
        for heard in self.ear.since(began) {
            see(heard.kind, heard.priority, heard.at);
        }
        for (_, _, at, _, event, id, _, word, ..) in self.log() {
            let is_news = at >= began && ["appeared", "changed"].contains(&event.as_str());
            if let Some(kind) = AlarmKind::from_id(&id).filter(|_| is_news) {
                see(kind, priority(&word), at);
            }
        }
        all
    }

    /// What the alarm log has since the room was ready; nothing while it cannot be read.
    fn log(&self) -> Vec<LogRow> {
        let mut rows: Vec<LogRow> = Vec::new();
        loop {
            let after = rows.last().map_or(self.written, |row| row.0);
            let page: Result<Vec<LogRow>, Refusal> =
                self.room.stranger.call(ALARMS, "Log", &(after, 1000_u32));
            match page {
                Ok(page) if !page.is_empty() => rows.extend(page),
                _ => return rows,
            }
        }
    }

    /// When the sounder was first heard after a time, ns.
    pub fn sounded_after(&self, time: u64) -> Option<u64> {
        let answer = self.room.console.simulator().command(&json!({ "cmd": "line", "name": "SOUNDER" }));
        let changes = answer["changes"].as_array().expect("changes of a line").clone();
        let on = changes.iter().filter(|change| change["high"] == true);
        on.filter_map(|change| change["t_ns"].as_u64()).find(|at| *at > time)
    }

    /// The alarms that are present; `None` while the console is not on the bus.
    pub fn present(&self) -> Option<BTreeSet<AlarmKind>> {
        let mut all = self.room.stranger.properties(ALARMS)?;
        let ranked: OwnedVariant = all.remove("Ranked")?;
        let paths: Vec<OwnedObjectPath> = ranked.try_into().expect("paths");
        let kind = |path: &OwnedObjectPath| AlarmKind::from_id(path.as_str().split('/').nth(4)?);
        Some(paths.iter().map(|path| kind(path).expect("an alarm of the catalogue")).collect())
    }

    /// Whether an alarm is heard that nobody has acknowledged; `None` while the console is not on the bus.
    fn sounds(&self) -> Option<bool> {
        let mut all = self.room.stranger.properties(ALARMS)?;
        let state: String = all.remove("AudioState")?.try_into().expect("a word");
        Some(state == "sounding")
    }

    /// The operator makes the room what it was: mode and setpoint, alarms acknowledged and reset, until nothing is present that is not
    /// always there in this mode; what only waits for its time may stay, if nobody wants to see it come.
    pub fn rest(&mut self, wanted: &[AlarmKind]) {
        self.room.console.simulator().clear_all();
        if self.room.stranger.owner().is_none() {
            self.join_again();
        }
        until("the console supports", || self.said_mode());
        let (mut problem, mut chosen) = (String::new(), false);
        let rested = try_until(PATIENCE, || {
            if self.said_mode()? != self.mode || !std::mem::replace(&mut chosen, true) {
                self.choose();
            }
            problem = self.unrest(wanted)?;
            if !problem.is_empty() {
                std::thread::sleep(PAUSE);
                return None;
            }
            Some(())
        });
        assert!(rested.is_some(), "the room does not come to rest: {problem}");
    }

    fn choose(&self) {
        self.ask(&["set", "mode", self.mode.name()]);
        match self.mode {
            Mode::Speed => self.ask(&["set", "speed", &SPEED.to_string()]),
            Mode::Flow => self.ask(&["set", "flow", "4"]),
            Mode::ZeroFlow => {}
        }
    }

    /// What is not yet as it should be, in words.
    fn unrest(&self, wanted: &[AlarmKind]) -> Option<String> {
        let now = self.room.truth.now();
        let begin = now.saturating_sub(nanoseconds(STEADY.0));
        let Extremes { speed, flow } = self.room.truth.between_if_known(begin, now)?;
        if self.mode == Mode::Speed && (speed.0 - SPEED).abs().max((speed.1 - SPEED).abs()) > STEADY_SPEED {
            return Some(format!("the speed is {speed:?}"));
        }
        let near = self.flow().unwrap_or(3.95);
        if flow.0 < near - STEADY.1 || flow.1 > near + STEADY.1 {
            return Some(format!("the flow is {flow:?}"));
        }
        let said = self.room.stranger.said()?;
        if !["none", "floor"].contains(&said.active_limit.as_str()) {
            return Some(format!("the limit is {}", said.active_limit));
        }
        for (host, signal) in HOSTS {
            // At zero flow the meter may be unsure of the flow's direction.
            if self.room.stranger.reading(signal)?.quality == "bad" {
                return Some(format!("{signal} of {host} is bad"));
            }
        }
        let (present, sounds) = (self.present()?, self.sounds()?);
        let quiet = |kind: &AlarmKind| standing(*kind, self.mode) || (fades(*kind) && !wanted.contains(kind));
        if present.iter().all(quiet) && !sounds {
            // Where the machine itself stood still for a moment, a second sensor serves for some seconds.
            let second_best = self.room.stranger.second_best()?;
            let problem = format!("a second sensor serves: {}", second_best.join(" "));
            return Some(if second_best.is_empty() { String::new() } else { problem });
        }
        for method in ["AcknowledgeAll", "ResetAll"] {
            let _none_to_reset = self.room.stranger.call::<_, ()>(ALARMS, method, &());
        }
        Some(format!("present: {:?}", present.iter().map(|kind| kind.id()).collect::<Vec<_>>()))
    }
}

/// Alarms that stay for a minute or more when their cause has gone.
fn fades(kind: AlarmKind) -> bool {
    use AlarmKind::{ClockJump, LogLoss, LoopOverrun, PluginDead, WatchdogNear};
    [ClockJump, LogLoss, LoopOverrun, PluginDead, WatchdogNear].contains(&kind) || is_anybodys(kind)
}

/// Alarms that may come in any row: one that looks back over many minutes, in which one fault came after the other; and the reminder of the
/// checklist that nobody made when the room's case began.
pub fn is_anybodys(kind: AlarmKind) -> bool {
    [AlarmKind::LinkDegraded, AlarmKind::CheckDue].contains(&kind)
}
