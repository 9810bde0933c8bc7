// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands about guided procedures, as a script sees them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod support;

use ecmod_client::mock::{MockAlarm, Trouble};
use serde_json::{Value, json};
use support::Bench;

#[tokio::test]
async fn all_procedures_are_listed_with_what_is_suggested_and_due() {
    let bench = Bench::new().await;
    let text = bench.text(&["procedures"]).await;
    assert!(text.contains("change_console  emergency  idle   Change to the backup console\n"), "{text}");
    let alarm = MockAlarm::new("PUMP_STOP", "high", "Clamp.").helped_by("change_console");
    bench.mock.raise(alarm).await.unwrap();
    bench.mock.with(|model| model.procedures.get_mut("pre_use").unwrap().due = "not_before_case");
    let text = bench.text(&["procedures"]).await;
    assert!(text.contains("change_console  emergency  suggested "), "{text}");
    assert!(text.contains("pre_use         checklist  due: the case began without it"), "{text}");
    let alarms = bench.text(&["alarms"]).await;
    assert!(alarms.contains("        step by step: ecmoctl procedure change_console\n"), "{alarms}");
    let json = bench.json(&["procedures", "--json"]).await;
    assert_eq!((&json[0]["suggested"], &json[1]["due"]), (&json!(true), &json!("not_before_case")));
    assert_eq!(bench.json(&["alarms", "--json"]).await["alarms"][0]["procedure"], "change_console");
}

#[tokio::test]
async fn a_procedure_is_begun_confirmed_skipped_and_ended_step_by_step() {
    let bench = Bench::new().await;
    let error = bench.fails(&["procedure", "change_console", "confirm", "move_head"], 4).await;
    assert!(error.contains("the procedure is not begun"), "{error}");
    let text = bench.text(&["procedure", "change-console", "begin"]).await;
    assert!(text.starts_with("change_console: Change to the backup console\n"), "{text}");
    assert!(text.contains("running, 0:00 of 1:30"), "{text}");
    assert!(text.contains(">  clamp_return  next, seen not so    0:10  Clamp the return line.\n"), "{text}");
    let error = bench.fails(&["procedure", "change_console", "confirm", "move_head"], 4).await;
    assert!(error.contains("the step clamp_return comes first"), "{error}");
    bench
        .mock
        .with(|model| model.procedures.get_mut("change_console").unwrap().see("clamp_return", 4_000_000_000));
    let text = bench.text(&["procedure", "change_console", "confirm"]).await;
    assert!(text.contains("x  clamp_return  seen 0:04"), "{text}");
    assert!(text.contains("x  move_head     confirmed 0:00 by user 0"), "{text}");
    let text = bench.text(&["procedure", "change_console", "skip", "start_backup", "it runs already"]).await;
    assert!(text.contains("-  start_backup  skipped 0:00 by user 0: it runs already"), "{text}");
    assert!(text.contains("completed after 0:00"), "{text}");
    bench.fails(&["procedure", "change_console", "end"], 4).await;
    bench.text(&["procedure", "pre_use", "begin"]).await;
    let json = bench.json(&["procedure", "pre_use", "confirm", "hand_crank", "--json"]).await;
    assert_eq!((&json["state"], &json["steps"][1]["state"]), (&json!("running"), &json!("confirmed")));
    assert_eq!((&json["next"], &json["steps"][0]["at_ms"]), (&json!("clamps"), &Value::Null));
    let json = bench.json(&["procedure", "pre_use", "end", "--json"]).await;
    assert_eq!(json["state"], "ended");
}

#[tokio::test]
async fn a_wrong_name_says_which_there_are_and_who_may_not_is_told() {
    let bench = Bench::new().await;
    let error = bench.fails(&["procedure", "change_pump"], 4).await;
    assert!(error.contains("there are: change_console, pre_use"), "{error}");
    bench.fails(&["procedure", "pre_use", "skip", "clamps"], 2).await;
    bench.mock.with(|model| model.trouble = Trouble::NotAuthorised);
    bench.fails(&["procedure", "pre_use", "begin"], 5).await;
}
