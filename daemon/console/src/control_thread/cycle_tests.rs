// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ticks with hosts played by the test, on invented time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::clock;
use crate::control_thread::attachment::{Declared, Input, Pulse};
use crate::control_thread::channels::{Envelope, ServiceEnd, channels};
use crate::control_thread::command::{Command, Output};
use crate::control_thread::news::{Change, News};
use ecmod_control::{
    Alarm, AlarmKind, Boot, Fact, Mode, PumpPreset, Refusal, Request, Role, Settings, SignalSettings, State,
    StopState, Subject,
};
use ecmod_link::image::{Bounds, DaemonImage, HostImage, Layout, Sample, Slot};
use ecmod_quantities::{Cause, Quantity, Rpm, Span};

const PERIOD: Span = Span::from_millis(10);

fn settings() -> Settings {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    settings.signals[0] = Some(SignalSettings::new(Role::PumpSpeed, Quantity::Speed, 0));
    settings
}

/// A console with a pump whose speed is what was last asked of it.
struct Bench {
    cycle: Box<Cycle>,
    service: ServiceEnd,
    now: Monotonic,
    host: Option<Host>,
}

struct Host {
    image: HostImage,
    hung_up: Arc<AtomicBool>,
    speed: f64,
    sequence: u64,
}

impl Bench {
    fn new() -> Self {
        let (end, service) = channels();
        let core = Core::new(settings(), Boot::Cold).unwrap();
        let cycle = Cycle::new(core, end, Arc::new(Statistics::default()));
        Self { cycle, service, now: Monotonic(1_000_000_000), host: None }
    }

    fn connect(&mut self, speed: f64, held: Option<f64>) {
        let layout = Layout::new(1, 1).unwrap();
        let (image, file) = DaemonImage::create(layout).unwrap();
        let hung_up = Arc::new(AtomicBool::new(false));
        let bounds = Bounds { min: 0.0, max: 5000.0 };
        let runs = Arc::new(AtomicBool::new(true));
        let attachment = Attachment {
            port: 3,
            heard: image.heard(),
            image: Arc::new(image),
            hung_up: Arc::clone(&hung_up),
            inputs: vec![Input::new(
                0,
                0,
                Declared { bounds, longest_age: Span::from_millis(300), max_slew: None },
            )],
            outputs: vec![Output::new(0, Command::PumpSpeed, bounds, held, runs)],
            pulse: Pulse::new(PERIOD, self.now),
        };
        self.service.arrivals.push(attachment).unwrap();
        let image = HostImage::attach(file, layout).unwrap();
        self.host = Some(Host { image, hung_up, speed, sequence: 0 });
    }

    fn hang_up(&mut self) -> Host {
        let host = self.host.take().unwrap();
        host.hung_up.store(true, Ordering::Release);
        host
    }

    fn tick(&mut self) -> Snapshot {
        self.now = self.now.plus(PERIOD);
        if let Some(host) = &mut self.host {
            if let Slot::Value(demand) = host.image.demand(0)
                && demand.valid
            {
                host.speed = demand.value;
            }
            host.sequence += 1;
            let sample =
                Sample { value: host.speed, t: self.now, quality: 1, cause: 0, sequence: host.sequence };
            host.image.publish(0, sample);
            host.image.beat(self.now);
        }
        self.cycle.tick(self.now);
        let mut newest = None;
        while let Ok(snapshot) = self.service.snapshots.pop() {
            newest = Some(snapshot);
        }
        newest.expect("every tick makes a snapshot")
    }

    fn ask(&mut self, request: Request) -> (Result<(), Refusal>, StopState) {
        let valid_until = self.now.plus(Span::from_millis(200));
        self.service.requests.push(Envelope { id: 9, request, valid_until }).unwrap();
        self.tick();
        let reply = self.service.replies.pop().expect("the answer comes with the tick");
        assert_eq!(reply.id, 9);
        (reply.result, reply.stop)
    }

    fn speed(&self) -> f64 {
        self.host.as_ref().unwrap().speed
    }

    /// Ticks until support is running, as at most one second takes.
    fn until_supporting(&mut self) -> Snapshot {
        (0..100)
            .map(|_| self.tick())
            .find(|snapshot| matches!(snapshot.outputs.state, State::Support(_)))
            .expect("a running pump is taken over within a second")
    }
}

#[test]
fn a_running_pump_is_taken_over_at_the_speed_that_its_host_holds() {
    let mut bench = Bench::new();
    bench.connect(2985.0, Some(3000.0));
    let snapshot = bench.until_supporting();
    assert_eq!(snapshot.outputs.mode, Mode::Speed);
    assert!(snapshot.moving[3]);
    for _ in 0..200 {
        bench.tick();
        assert!((bench.speed() - 3000.0).abs() <= 15.0, "{}", bench.speed());
    }
}

#[test]
fn readings_of_a_host_that_hung_up_are_bad_at_the_next_tick_and_the_attachment_comes_back() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    assert!(bench.tick().outputs.readings[0].value().is_some());
    bench.hang_up();
    let snapshot = bench.tick();
    assert_eq!(snapshot.outputs.readings[0].cause(), Cause::HostLost);
    assert!(!snapshot.moving[3]);
    assert_eq!(bench.service.departures.pop().unwrap().port, 3);
}

#[test]
fn readings_of_a_host_that_has_ended_are_bad_at_the_next_tick_before_its_socket_says_so() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    assert!(bench.tick().outputs.readings[0].value().is_some());
    let host = bench.host.take().unwrap();
    let alive = host.image.hold_life().unwrap();
    bench.now = bench.now.plus(PERIOD);
    bench.cycle.tick(bench.now);
    assert!(bench.service.departures.is_empty(), "it lives");
    drop(alive);
    assert_eq!(
        bench.cycle.wait(clock::now().plus(Span::from_millis(20_000))),
        Sleep::Look,
        "it is heard at once"
    );
    let snapshot = bench.tick();
    assert_eq!((snapshot.outputs.readings[0].cause(), snapshot.moving[3]), (Cause::HostLost, false));
    assert!(host.hung_up.load(Ordering::Acquire), "for good, whatever it writes from now on");
    assert_eq!(bench.service.departures.pop().unwrap().port, 3);
}

#[test]
fn a_ring_is_news_once_and_without_a_host_there_is_nobody_to_wait_for() {
    let mut bench = Bench::new();
    assert_eq!(bench.cycle.wait(Monotonic(0)), Sleep::Unable);
    bench.connect(3000.0, Some(3000.0));
    bench.tick();
    assert_eq!(bench.cycle.wait(Monotonic(0)), Sleep::Over);
    bench.host.as_ref().unwrap().image.ring_daemon();
    assert_eq!(bench.cycle.wait(Monotonic(0)), Sleep::Look);
    bench.tick();
    assert_eq!(bench.cycle.wait(Monotonic(0)), Sleep::Over, "the tick has heard it");
}

#[test]
fn a_host_that_comes_back_is_taken_over_again_without_a_bump() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    bench.until_supporting();
    let before = bench.speed();
    for _ in 0..20 {
        bench.hang_up();
        bench.connect(before, Some(before));
        bench.until_supporting();
        for _ in 0..50 {
            bench.tick();
            assert!((bench.speed() - before).abs() <= 15.0, "{} {before}", bench.speed());
        }
    }
    assert_eq!(bench.service.departures.slots(), 20);
}

#[test]
fn a_newcomer_waits_for_one_tick_in_which_the_port_has_no_host() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    bench.until_supporting();
    let old = bench.host.take().unwrap();
    bench.connect(3000.0, Some(3000.0));
    old.image.beat(bench.now.plus(PERIOD));
    assert!(!bench.tick().moving[3], "the old one has gone, although nobody said so");
    assert!(bench.tick().moving[3]);
}

#[test]
fn requests_are_answered_with_the_cores_reason_and_two_steps_stop() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    bench.until_supporting();
    assert!(bench.ask(Request::SetSpeed(Rpm(3100.0))).0.is_ok());
    assert!(matches!(bench.ask(Request::SetSpeed(Rpm(99_999.0))).0, Err(Refusal::OutOfRange { .. })));
    let (Ok(()), StopState::Pending { token, .. }) = bench.ask(Request::RequestStop) else { panic!() };
    assert!(matches!(
        bench.ask(Request::ConfirmStop { token: token.wrapping_add(1) }).0,
        Err(Refusal::WrongToken)
    ));
    assert!(bench.ask(Request::ConfirmStop { token }).0.is_ok());
}

#[test]
fn a_request_found_too_late_has_no_effect_and_no_answer() {
    let mut bench = Bench::new();
    bench.connect(3000.0, Some(3000.0));
    let before = bench.until_supporting().outputs.speed_setpoint;
    let envelope = Envelope { id: 1, request: Request::SetSpeed(Rpm(3500.0)), valid_until: bench.now };
    bench.service.requests.push(envelope).unwrap();
    assert_eq!(bench.tick().outputs.speed_setpoint, before);
    assert!(bench.service.replies.is_empty());
}

#[test]
fn when_nobody_takes_snapshots_the_newest_are_dropped_and_counted() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.now = bench.now.plus(PERIOD);
        bench.cycle.tick(bench.now);
    }
    let first = bench.service.snapshots.pop().unwrap();
    assert_eq!(first.outputs.tick, 1);
    assert_eq!(bench.cycle.statistics.by_name()["snapshots_dropped"], 36);
}

#[test]
fn without_room_for_departures_a_lost_host_stays_lost_and_leaves_later() {
    let mut bench = Bench::new();
    let mut count = 0;
    while !bench.cycle.end.departures.is_full() {
        bench.connect(3000.0, None);
        bench.tick();
        bench.hang_up();
        bench.tick();
        count += 1;
    }
    bench.connect(3000.0, None);
    bench.tick();
    bench.hang_up();
    for _ in 0..3 {
        assert_eq!(bench.tick().outputs.readings[0].cause(), Cause::HostLost);
    }
    assert_eq!(bench.service.departures.slots(), count);
    while bench.service.departures.pop().is_ok() {}
    bench.tick();
    assert_eq!(bench.service.departures.slots(), 1);
}

#[test]
fn an_alarm_that_comes_and_goes_while_nobody_takes_the_snapshots_is_told_all_the_same() {
    let mut bench = Bench::new();
    bench.tick();
    let mut run = |lost: bool| {
        bench.service.board.set(Fact::BusLost, lost);
        // Ten seconds, with room for the snapshots of less than one: longer than any delay of this alarm.
        for _ in 0..1000 {
            bench.now = bench.now.plus(PERIOD);
            bench.cycle.tick(bench.now);
        }
    };
    run(true);
    run(false);
    let told: Vec<News> = std::iter::from_fn(|| bench.service.news.pop().ok()).collect();
    let of = |change| {
        let mut about = told.iter().filter(|news| news.status.alarm == Alarm::of(AlarmKind::BusLost));
        about.find(|news| news.change == change).map(|news| news.at)
    };
    let (raised, gone) = (of(Change::Raised).unwrap(), of(Change::Gone).unwrap());
    assert!(raised < gone && gone <= bench.now, "{raised:?} {gone:?}");
    assert!(bench.cycle.statistics.by_name()["snapshots_dropped"] > 1000);
}

#[test]
fn a_drivers_health_reaches_the_core_with_the_next_tick() {
    let mut bench = Bench::new();
    bench.service.board.set_driver(2, DriverHealth::Failing);
    let told = |bench: &mut Bench| {
        bench.tick();
        std::iter::from_fn(|| bench.service.news.pop().ok())
            .find(|news| news.status.alarm == Alarm::about(AlarmKind::PluginDead, Subject::Driver(2)))
            .map(|news| news.change)
    };
    assert_eq!(told(&mut bench), Some(Change::Raised));
    assert_eq!(told(&mut bench), None, "once");
}
