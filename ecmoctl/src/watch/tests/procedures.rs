// SPDX-License-Identifier: MIT OR Apache-2.0
//! Procedures on the dashboard.

use ecmod_client::mock::MockAlarm;

use super::{Bench, text};

#[tokio::test]
async fn the_first_alarm_is_followed_by_its_procedure_and_a_running_one_by_its_clock_and_next_steps() {
    let mut bench = Bench::new().await;
    let alarm = MockAlarm::new("PUMP_STOP", "high", "Clamp the return line.").helped_by("change_console");
    bench.mock.raise(MockAlarm::new("FLOW_LOW", "high", "Look at the lines.")).await.unwrap();
    bench.mock.raise(alarm).await.unwrap();
    bench.look().await;
    let screen = text(&bench.dashboard, 100, 40);
    let at = |words: &str| screen.find(words).unwrap_or_else(|| panic!("{words}:\n{screen}"));
    assert!(at("PUMP_STOP") < at("ecmoctl procedure change_console begin"));
    assert!(at("ecmoctl procedure change_console begin") < at("FLOW_LOW"));

    let procedure = bench.client.procedure("change_console").await.unwrap();
    procedure.begin().await.unwrap();
    bench.mock.with(|model| {
        model.procedures.get_mut("change_console").unwrap().see("clamp_return", 4_000_000_000);
        model.monotonic += 42_000_000_000;
    });
    bench.look().await;
    let screen = text(&bench.dashboard, 100, 40);
    assert!(screen.contains("Change to the backup console  0:42 of 1:30  1 of 3 steps"), "{screen}");
    assert!(screen.contains("        > Move the pump head to the backup.\n"), "{screen}");
    assert!(screen.contains("          Start the backup at 3200 rpm.\n"), "{screen}");
    assert!(!screen.contains("Clamp the return line.\n        >"), "what is done is out of the way");
}
