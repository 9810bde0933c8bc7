// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::journal::stored::Stored;
use crate::journal::zeros::Zero;
use ecmod_config::Paths;
use ecmod_control::{
    Alarm, AlarmCause, AlarmKind, AlarmPhase, AlarmStatus, Boot, CATALOGUE, Core, Mode, Outputs, Priority,
};
use ecmod_procedures::{Seen as Sees, built_in};
use ecmod_quantities::{Reading, Rpm};

const CONFIGURATION: &str = r#"
[ports.line]
kind = "modbus-tcp"
address = "10.0.0.7:502"
[drivers.all]
driver = "oriental-blv"
port = "line"
config = { unit = 1 }
[signals.blood_flow]
sources = ["all.flow"]
[signals.pump_speed]
sources = ["all.speed"]
[signals.return_clamp_position]
sources = ["all.clamp"]
[signals.venous_pressure]
sources = ["all.venous"]
[commands.pump_speed]
target = "all.demand"
"#;

struct Bench {
    plan: Plan,
    outputs: Outputs,
    board: Arc<Board>,
    procedures: Procedures,
    zeros: Zeros,
    now: Monotonic,
}

fn stamp(now: Monotonic) -> Stamp {
    Stamp { wall_ns: i64::try_from(now.0).unwrap() + 1_790_000_000_000_000_000, monotonic_ns: now.0 }
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ecmod.toml");
        std::fs::write(&file, CONFIGURATION).unwrap();
        let configuration = ecmod_config::load(&Paths::at(&file)).unwrap();
        let plan = Plan::new(&configuration).unwrap();
        let outputs = *Core::new(plan.settings, Boot::Cold).unwrap().outputs();
        let board = Arc::new(Board::default());
        let now = Monotonic(1_000_000_000_000);
        let (boot, list) = (BootId::new("this"), configuration.procedures);
        let procedures = Procedures::new(list, None, &boot, stamp(now), Arc::clone(&board));
        Self { plan, outputs, board, procedures, zeros: Zeros::default(), now }
    }

    fn around(&self) -> Around<'_> {
        Around { plan: &self.plan, self_test: Some(true), zeros: &self.zeros }
    }

    /// Looks as often as it takes for so long.
    fn look(&mut self, seconds: u64) -> Vec<String> {
        let mut seen = Vec::new();
        for _ in 0..seconds * 5 {
            self.now = self.now.plus(LOOK);
            let found = self.procedures.look(&self.outputs, self.around(), self.now);
            seen.extend(found.into_iter().map(|seen| format!("{} {}", seen.action, seen.target)));
        }
        seen
    }

    fn read(&mut self, signal: &str, value: f64) {
        let index = self.plan.signals.iter().position(|plan| plan.name == signal).unwrap();
        self.outputs.readings[index] = Reading::good(value, self.now, 1);
    }

    fn support(&mut self) {
        self.outputs.state = State::Support(Mode::Speed);
        self.outputs.pump_speed = Some(Rpm(3204.0));
        self.read("blood_flow", 4.04);
    }

    fn alarm(&mut self, kind: AlarmKind, priority: Priority) {
        let place = self.outputs.alarms.list.iter_mut().find(|place| place.is_none()).unwrap();
        *place = Some(AlarmStatus {
            alarm: Alarm::of(kind),
            priority,
            phase: AlarmPhase::Active,
            acknowledged: false,
            audio_paused: false,
            since: self.now,
            occurrences: 1,
            cause: AlarmCause::word("test"),
            caused_by: None,
        });
    }

    fn of(&self, id: &str) -> usize {
        self.procedures.ids().iter().position(|known| known == id).unwrap()
    }

    fn view(&self, id: &str) -> View {
        self.procedures.view(self.of(id), &self.outputs, self.around(), self.now).unwrap()
    }

    fn change(&self, id: &str, deed: Deed<'_>) -> Result<bool, Refused> {
        self.procedures.change(self.of(id), deed, "user 1", &self.outputs, self.now)
    }
}

#[test]
fn every_procedure_that_the_catalogue_names_is_built_in() {
    let named: Vec<&str> = CATALOGUE.iter().filter_map(|row| row.procedure).collect();
    assert!(named.len() >= 8 && named.contains(&"change_console"));
    for name in named {
        assert!(built_in::find(name).is_some(), "{name}");
    }
    assert_eq!(AlarmKind::PumpStop.definition().procedure, Some("change_console"));
}

#[test]
fn an_alarm_suggests_its_procedure_and_what_to_aim_at_is_what_was_before_it() {
    let mut bench = Bench::new();
    bench.support();
    bench.look(1);
    assert!(bench.procedures.suggested().is_empty());
    bench.alarm(AlarmKind::PumpStop, Priority::High);
    bench.alarm(AlarmKind::DriveFault, Priority::High);
    bench.outputs.pump_speed = Some(Rpm(900.0));
    bench.read("blood_flow", 0.0);
    let generation = bench.procedures.generation();
    bench.look(1);
    assert_eq!(bench.procedures.suggested(), [bench.of("change_console")], "once for both");
    assert!(bench.procedures.generation() > generation);
    bench.change("change_console", Deed::Begin).unwrap();
    let view = bench.view("change_console");
    assert!(view.is_suggested && view.state() == "running");
    let start = view.steps.iter().find(|step| step.id == "start_backup").unwrap();
    assert!(start.text.contains("aim at 3204 rpm"), "{}", start.text);
    let flow = view.steps.iter().find(|step| step.id == "unclamp_and_gas").unwrap();
    assert!(flow.text.contains("Aim at 4.0 L/min"), "{}", flow.text);
}

#[test]
fn what_the_console_sees_is_done_by_it_and_what_it_cannot_see_by_a_person() {
    let mut bench = Bench::new();
    bench.support();
    bench.read("return_clamp_position", 0.0);
    bench.change("change_console", Deed::Begin).unwrap();
    assert_eq!(bench.look(3), Vec::<String>::new());
    assert_eq!(
        (bench.view("change_console").steps[0].seen, bench.view("change_console").next_id()),
        ("no", "clamp_return")
    );
    bench.read("return_clamp_position", 1.0);
    assert_eq!(bench.look(3), ["procedure_step_done change_console/clamp_return"]);
    let view = bench.view("change_console");
    assert_eq!(
        (view.steps[0].state, view.steps[1].state, view.steps[1].seen),
        ("seen", "next", Sees::Unknown.name())
    );
    let refused = bench.change("change_console", Deed::Confirm("patient")).unwrap_err();
    assert_eq!(refused.code(), "step_not_next");
    for step in ["gas_off", "move_head", "start_backup", "unclamp_and_gas", "patient", "settings"] {
        assert!(!bench.change("change_console", Deed::Confirm(step)).unwrap());
    }
    assert!(
        bench.change("change_console", Deed::Skip("keep", "nobody has time")).unwrap(),
        "that was the last one"
    );
    let view = bench.view("change_console");
    assert_eq!(
        (view.state(), view.steps[7].reason.as_str(), view.steps[2].by.as_str()),
        ("completed", "nobody has time", "user 1")
    );
}

#[test]
fn a_case_without_its_checklists_is_told_to_the_core_until_they_are_made() {
    let mut bench = Bench::new();
    bench.look(1);
    bench.support();
    let told = bench.look(1);
    assert_eq!(told, ["procedure_missing pre_use", "procedure_missing emergency_drive"]);
    assert!(bench.board.facts().has(Fact::ChecklistMissing) && !bench.board.facts().has(Fact::CheckDue));
    assert_eq!(bench.procedures.due(), [bench.of("pre_use"), bench.of("emergency_drive")]);
    for id in ["pre_use", "emergency_drive"] {
        bench.change(id, Deed::Begin).unwrap();
        for step in bench.view(id).steps {
            bench.change(id, Deed::Skip(&step.id, "later")).unwrap();
        }
    }
    assert!(!bench.board.facts().has(Fact::ChecklistMissing));
    bench.now = bench.now.plus(Span::from_secs(25 * 3600));
    bench.look(1);
    assert!(bench.board.facts().has(Fact::CheckDue) && !bench.board.facts().has(Fact::ChecklistMissing));
    bench.outputs.state = State::Standby;
    bench.look(1);
    assert!(!bench.board.facts().has(Fact::CheckDue), "without support nothing is due");
}

#[test]
fn each_change_is_handed_to_the_journal_once_and_a_daemon_that_is_killed_goes_on() {
    let mut bench = Bench::new();
    bench.look(1);
    bench.support();
    bench.look(1);
    assert!(bench.procedures.unsaved(stamp(bench.now)).is_some(), "a case began");
    assert!(bench.procedures.unsaved(stamp(bench.now)).is_none());
    bench.change("change_console", Deed::Begin).unwrap();
    bench.now = bench.now.plus(Span::from_secs(5));
    bench.change("change_console", Deed::Confirm("clamp_return")).unwrap();
    let record = bench.procedures.unsaved(stamp(bench.now)).unwrap();
    let (record, _) = Record::decode(&record.encode(1)).unwrap();
    let later = bench.now.plus(Span::from_secs(20));
    let list = built_in::ALL.to_vec();
    bench.procedures =
        Procedures::new(list, Some(&record), &BootId::new("this"), stamp(later), Arc::clone(&bench.board));
    bench.now = later;
    let view = bench.view("change_console");
    assert_eq!((view.state(), view.elapsed, view.next_id()), ("running", Span::from_secs(25), "gas_off"));
    assert_eq!(
        (view.by.as_str(), view.steps[0].state, view.steps[0].by.as_str()),
        ("user 1", "confirmed", "user 1")
    );
    assert_eq!(bench.look(1), Vec::<String>::new(), "it is the same case");
    assert!(bench.board.facts().has(Fact::ChecklistMissing), "and still without its checklists");
}

#[test]
fn a_zero_of_another_day_is_none_of_this_case() {
    let mut bench = Bench::new();
    let wall = 2_000_000_000;
    assert_eq!(sight::zeroed(&bench.plan, &bench.zeros, wall), Some(false));
    for (age, counts) in [(60, true), (25 * 3600, false)] {
        bench.zeros.keep("all.venous", Zero { value: 1.0, taken: wall - age });
        assert_eq!(sight::zeroed(&bench.plan, &bench.zeros, wall), Some(counts), "{age}");
    }
    bench.plan.sources.clear();
    assert_eq!(sight::zeroed(&bench.plan, &bench.zeros, wall), None, "no pressure, nothing to be seen");
}
