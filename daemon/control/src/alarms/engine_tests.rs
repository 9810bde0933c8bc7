// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator does about alarms, and what must be heard all the same.
extern crate std;
use super::*;
use crate::{
    AlarmPhase, Boot, Core, Fact, Facts, Inputs, Limits, Outputs, PatientClass, PumpLink, PumpPreset,
    Request, Resume, Settings,
};
use std::boxed::Box;

const MS: u64 = 1_000_000;

/// A console with nothing but facts: enough for alarms.
struct Console {
    core: Box<Core>,
    now: u64,
    facts: Facts,
}

impl Console {
    fn new() -> Self {
        Self::with(Boot::Cold)
    }

    fn with(boot: Boot) -> Self {
        let core = Box::new(Core::new(Settings::for_pump(PumpPreset::RotaflowLike), boot).unwrap());
        Self { core, now: 1_000_000 * MS, facts: Facts::NONE }
    }

    fn run(&mut self, ms: u64) -> &Outputs {
        for _ in 0..ms / 10 {
            self.now += 10 * MS;
            let pump = PumpLink::Present { held: None, local: false };
            let inputs = Inputs { pump, facts: self.facts, ..Inputs::NOTHING };
            self.core.tick(&inputs, Monotonic(self.now));
        }
        self.core.outputs()
    }

    fn ask(&mut self, request: Request) -> Result<(), Refusal> {
        self.core.request(request, Monotonic(self.now))
    }

    fn set(&mut self, fact: Fact, so: bool) {
        self.facts = if so { self.facts.with(fact) } else { self.facts.without(fact) };
    }

    fn table(&self) -> &AlarmTable {
        &self.core.outputs().alarms
    }

    fn heard(&self) -> Annunciation {
        self.core.outputs().alarm_sound
    }

    fn lit(&self) -> Annunciation {
        self.core.outputs().alarm_lamp
    }
}

const DISK: Alarm = Alarm::of(AlarmKind::DiskFull);
const SELF_TEST: Alarm = Alarm::of(AlarmKind::SelfTestFailed);
const HUNG: Alarm = Alarm::of(AlarmKind::HostHung);

#[test]
fn lamp_and_sounder_show_the_highest_priority() {
    let mut console = Console::new();
    console.run(100);
    assert_eq!((console.lit(), console.heard()), (Annunciation::None, Annunciation::None));
    for (fact, expected) in [
        (Fact::DiskFull, Annunciation::Low),
        (Fact::HostHung, Annunciation::Medium),
        (Fact::SelfTestFailed, Annunciation::High),
    ] {
        console.set(fact, true);
        console.run(100);
        assert_eq!((console.lit(), console.heard()), (expected, expected));
    }
    assert_eq!(console.table().announced, 3);
}

#[test]
fn a_pause_is_timed_and_a_new_alarm_breaks_through_it() {
    let mut console = Console::new();
    console.set(Fact::SelfTestFailed, true);
    console.run(100);
    console.ask(Request::PauseAudio(true)).unwrap();
    assert_eq!((console.lit(), console.heard()), (Annunciation::High, Annunciation::None));
    assert!(console.table().find(SELF_TEST).unwrap().audio_paused);
    console.run(60_000);
    console.set(Fact::DiskFull, true);
    console.run(100);
    assert_eq!(console.heard(), Annunciation::Low, "new, and therefore heard; the other one is paused");
    console.run(59_700);
    assert_eq!(console.heard(), Annunciation::Low);
    console.run(300);
    assert_eq!((console.heard(), console.table().audio), (Annunciation::High, AudioState::On));
}

#[test]
fn a_pause_can_be_begun_anew_and_ended() {
    let mut console = Console::new();
    console.set(Fact::HostHung, true);
    console.run(100);
    console.ask(Request::PauseAudio(true)).unwrap();
    console.run(100_000);
    console.ask(Request::PauseAudio(true)).unwrap();
    console.run(100_000);
    assert_eq!(console.heard(), Annunciation::None);
    console.ask(Request::PauseAudio(false)).unwrap();
    assert_eq!((console.heard(), console.table().audio), (Annunciation::Medium, AudioState::On));
}

#[test]
fn what_is_acknowledged_is_silent_as_long_as_it_lasts_and_is_heard_when_it_comes_again() {
    let mut console = Console::new();
    console.set(Fact::HostHung, true);
    console.run(100);
    console.ask(Request::Acknowledge(Some(HUNG))).unwrap();
    console.run(600_000);
    assert_eq!((console.lit(), console.heard()), (Annunciation::Medium, Annunciation::None));
    console.set(Fact::HostHung, false);
    console.run(10_000);
    assert_eq!((console.lit(), console.table().find(HUNG)), (Annunciation::None, None));
    console.set(Fact::HostHung, true);
    console.run(100);
    assert_eq!(console.heard(), Annunciation::Medium);
}

#[test]
fn an_alarm_of_high_priority_that_nobody_saw_stays_and_is_remembered() {
    let mut console = Console::new();
    console.set(Fact::SelfTestFailed, true);
    console.run(100);
    console.set(Fact::SelfTestFailed, false);
    console.run(10_000);
    let status = *console.table().find(SELF_TEST).unwrap();
    assert_eq!((status.phase, console.table().unreviewed_high), (AlarmPhase::Latched, 1));
    assert_eq!((console.lit(), console.heard()), (Annunciation::High, Annunciation::None));
    console.run(60_000);
    assert!(console.table().is_active(AlarmKind::ReviewPending), "after a minute it is called to mind");
    assert_eq!(console.heard(), Annunciation::Low);
    console.ask(Request::Acknowledge(None)).unwrap();
    console.run(5_000);
    assert_eq!((console.table().iter().count(), console.table().unreviewed_high), (0, 0));
}

#[test]
fn no_alarm_needs_a_power_cycle_latched_ones_are_reset() {
    let mut console = Console::new();
    let journal = Alarm::of(AlarmKind::JournalDamaged);
    console.set(Fact::JournalDamaged, true);
    console.run(100);
    assert_eq!(console.ask(Request::ResetAlarm(Some(journal))), Err(Refusal::AlarmPresent(journal)));
    console.ask(Request::ResetAlarm(None)).unwrap();
    assert!(console.table().find(journal).is_some());
    console.ask(Request::Acknowledge(Some(journal))).unwrap();
    console.set(Fact::JournalDamaged, false);
    console.run(60_000);
    assert_eq!(console.table().find(journal).unwrap().phase, AlarmPhase::Latched);
    console.ask(Request::ResetAlarm(Some(journal))).unwrap();
    assert_eq!(console.table().find(journal), None);
    assert_eq!(console.ask(Request::ResetAlarm(Some(journal))), Err(Refusal::NoSuchAlarm(journal)));
    assert_eq!(console.ask(Request::Acknowledge(Some(journal))), Err(Refusal::NoSuchAlarm(journal)));
}

#[test]
fn only_what_may_be_off_can_be_switched_off_and_that_is_shown() {
    let mut console = Console::new();
    for kind in AlarmKind::ALL {
        let may = kind.definition().may_be_off;
        let answer = console.ask(Request::AlarmOff { kind, off: true });
        assert_eq!(answer, if may { Ok(()) } else { Err(Refusal::AlarmStaysOn(kind)) });
        assert_eq!(console.table().off.has(kind), may);
    }
    console.run(100);
    assert!(console.table().is_active(AlarmKind::AlarmsOff), "what is off stays shown");
    for kind in AlarmKind::ALL.into_iter().filter(|kind| kind.definition().may_be_off) {
        console.ask(Request::AlarmOff { kind, off: false }).unwrap();
    }
    console.run(5_000);
    assert!(!console.table().is_active(AlarmKind::AlarmsOff));
}

#[test]
fn a_restart_loses_no_alarm_no_limit_and_no_pause() {
    let mut console = Console::new();
    console.set(Fact::SelfTestFailed, true);
    console.set(Fact::DiskFull, true);
    console.run(100);
    console.ask(Request::ApplyPreset(PatientClass::Paediatric)).unwrap();
    console.ask(Request::SetLimit { limit: crate::LimitKind::FlowLow, value: 0.7 }).unwrap();
    console.ask(Request::Acknowledge(Some(DISK))).unwrap();
    console.ask(Request::AlarmOff { kind: AlarmKind::FlowHigh, off: true }).unwrap();
    console.ask(Request::SetTransport(true)).unwrap();
    console.ask(Request::PauseAudio(true)).unwrap();
    let before = *console.run(100);
    let mut after = Console::with(Boot::Resume(before.resume()));
    after.now = console.now + 500 * MS;
    // The self-test is in order again; nobody has seen that it was not.
    after.set(Fact::DiskFull, true);
    after.run(100);
    assert_eq!(after.table().audio, before.alarms.audio);
    assert_eq!(after.heard(), Annunciation::None, "still paused");
    assert!(after.table().find(DISK).unwrap().acknowledged);
    after.run(20_000);
    let out = after.core.outputs();
    assert_eq!(out.alarms.find(SELF_TEST).map(|status| status.phase), Some(AlarmPhase::Latched));
    assert_eq!(out.alarms.announced, 0, "what was there before is not announced anew");
    assert_eq!((out.limits, out.class), (before.limits, PatientClass::Paediatric));
    assert!(out.alarms.off.has(AlarmKind::FlowHigh) && out.alarms.transport);
}

#[test]
fn nonsense_in_the_journal_does_no_harm() {
    let mut resume = Resume::at(crate::Mode::Speed, ecmod_quantities::Rpm::ZERO);
    resume.alarms.paused_until = Some(Monotonic(u64::MAX));
    resume.alarms.off = super::super::AlarmSet::NONE.with(AlarmKind::PumpStop).with(AlarmKind::FlowHigh);
    let nobody = Alarm::about(AlarmKind::PumpStop, super::super::Subject::Signal(3));
    resume.alarms.alarms[0] = Some(KeptAlarm { alarm: nobody, priority: Priority::High, acknowledged: true });
    let tame = Alarm::of(AlarmKind::DiskFull);
    resume.alarms.alarms[1] = Some(KeptAlarm { alarm: tame, priority: Priority::High, acknowledged: false });
    let mut console = Console::with(Boot::Resume(resume));
    console.run(100);
    assert_eq!(console.table().audio, AudioState::On, "no pause is longer than a pause");
    assert!(!console.table().off.has(AlarmKind::PumpStop) && console.table().off.has(AlarmKind::FlowHigh));
    assert_eq!(console.table().find(nobody), None);
    assert_eq!(console.table().find(tame).unwrap().priority, Priority::Low, "no higher than it can be");
}

#[test]
fn a_preset_is_taken_whole_and_a_bad_limit_changes_nothing() {
    let mut console = Console::new();
    for class in PatientClass::ALL {
        console.ask(Request::ApplyPreset(class)).unwrap();
        let out = console.core.outputs();
        assert_eq!((out.class, out.limits), (class, Limits::preset(class)));
        let limit = crate::LimitKind::FlowLow;
        assert!(console.ask(Request::SetLimit { limit, value: 100.0 }).is_err());
        assert_eq!(console.core.outputs().limits, Limits::preset(class));
    }
}
