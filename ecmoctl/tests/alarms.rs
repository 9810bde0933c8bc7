// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands about alarms, limits, interventions and the self-test, as a script sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests stop at the first surprise"
)]

mod support;

use ecmod_client::{
    Recording,
    mock::{MockAlarm, Trouble},
};
use serde_json::{Value, json};
use support::Bench;

fn pump_stop() -> MockAlarm {
    MockAlarm::new("PUMP_STOP", "high", "Clamp the return line, then use the hand crank.").because(
        "0 of 3000 rpm",
        0.0,
        "rpm",
    )
}

fn stale(signal: &str) -> MockAlarm {
    MockAlarm::new("SENSOR_STALE", "medium", "Look at the sensor's plug.").about_signal(signal)
}

async fn alarming() -> Bench {
    let bench = Bench::new().await;
    bench.mock.raise(stale("venous_pressure")).await.unwrap();
    bench.mock.raise(stale("blood_flow")).await.unwrap();
    bench.mock.raise(pump_stop()).await.unwrap();
    bench
}

#[tokio::test]
async fn alarms_are_shown_in_their_order_with_what_to_do() {
    let bench = Bench::new().await;
    assert_eq!(bench.text(&["alarms"]).await, "no alarm; silent\n");
    let bench = alarming().await;
    bench.mock.with(|model| model.more = 2);
    let text = bench.text(&["alarms"]).await;
    assert!(
        text.starts_with("5 alarms; sounding; 1 of high priority not acknowledged\n\nHIGH    PUMP_STOP, "),
        "{text}"
    );
    assert!(
        text.contains("        0 of 3000 rpm\n        Clamp the return line, then use the hand crank.\n"),
        "{text}"
    );
    assert!(text.find("SENSOR_STALE/blood_flow").unwrap() > text.find("PUMP_STOP").unwrap(), "{text}");
    assert!(text.ends_with("and 2 more of lower rank\n"), "{text}");
    let json = bench.json(&["alarms", "--json"]).await;
    assert_eq!((&json["highest_priority"], &json["audio"]), (&json!("high"), &json!("sounding")));
    assert_eq!(json["alarms"][0]["text"], "Clamp the return line, then use the hand crank.");
    assert_eq!(json["alarms"][0]["subject"], Value::Null);
    assert_eq!(
        (&json["alarms"][0]["cause_value"], &json["alarms"][0]["cause_unit"]),
        (&json!(0.0), &json!("rpm"))
    );
    assert_eq!(json["alarms"][1]["alarm"], "SENSOR_STALE/blood_flow");
    let status = bench.text(&["status"]).await;
    assert!(
        status.contains("alarms              5 alarms (PUMP_STOP, SENSOR_STALE/blood_flow, "),
        "{status}"
    );
}

#[tokio::test]
async fn ack_takes_all_or_the_named_ones_and_says_which_are_present() {
    let bench = alarming().await;
    let text = bench.text(&["ack", "sensor_stale"]).await;
    assert_eq!(text, "acknowledged: SENSOR_STALE/blood_flow, SENSOR_STALE/venous_pressure\n");
    let text = bench.text(&["alarms"]).await;
    assert!(text.contains(" ago, acknowledged\n"), "{text}");
    let error = bench.fails(&["ack", "FLOW_LOW"], 4).await;
    assert!(
        error.contains("no alarm FLOW_LOW is present; those that are: PUMP_STOP, SENSOR_STALE/blood_flow"),
        "{error}"
    );
    bench.mock.latch("/org/ecmod/alarms/PUMP_STOP").await.unwrap();
    let text = bench.text(&["alarms"]).await;
    assert!(text.contains(" ago, condition gone\n"), "{text}");
    let json = bench.json(&["ack", "--json"]).await;
    assert_eq!(json["alarms"][0], "PUMP_STOP");
    assert!(!bench.text(&["alarms"]).await.contains("PUMP_STOP"));
    bench.mock.with(|model| model.trouble = Trouble::NotAuthorised);
    bench.fails(&["ack"], 5).await;
}

#[tokio::test]
async fn pause_says_what_is_silent_and_for_how_long_and_a_new_alarm_is_not() {
    let bench = alarming().await;
    let text = bench.text(&["pause"]).await;
    assert!(text.starts_with("the alarms that are present are silent for 1"), "{text}");
    assert!(
        text.contains(" s: PUMP_STOP, SENSOR_STALE/blood_flow, SENSOR_STALE/venous_pressure\n"),
        "{text}"
    );
    let text = bench.text(&["alarms"]).await;
    assert!(text.starts_with("3 alarms; sound paused, 1") && text.contains(" ago, sound paused\n"), "{text}");
    bench.mock.raise(MockAlarm::new("FLOW_LOW", "high", "Look at the tubes.")).await.unwrap();
    let text = bench.text(&["alarms"]).await;
    assert!(text.starts_with("4 alarms; sounding in spite of a pause, "), "{text}");
    assert_eq!(bench.text(&["pause", "--end"]).await, "alarms are heard again\n");
    assert_eq!(bench.json(&["alarms", "--json"]).await["audio_pause_left_ms"], 0);
}

#[tokio::test]
async fn alarms_are_reset_switched_off_and_told_of_a_transport_or_it_says_why_not() {
    let bench = alarming().await;
    let error = bench.fails(&["alarms", "reset", "PUMP_STOP"], 4).await;
    assert!(error.contains("refused: The condition of this alarm lasts."), "{error}");
    assert_eq!(bench.text(&["alarms", "reset"]).await, "no alarm is present that could be reset\n");
    bench.mock.latch("/org/ecmod/alarms/PUMP_STOP").await.unwrap();
    assert_eq!(bench.text(&["alarms", "reset"]).await, "reset: PUMP_STOP\n");
    let error = bench.fails(&["alarms", "off", "PUMP_STOP"], 4).await;
    assert!(error.contains("those that can: FLOW_HIGH, SVO2_LOW"), "{error}");
    bench.text(&["alarms", "off", "flow_high"]).await;
    bench.text(&["alarms", "transport", "on"]).await;
    let text = bench.text(&["alarms"]).await;
    assert!(text.contains("a planned transport goes on\nswitched off: FLOW_HIGH\n"), "{text}");
    bench.text(&["alarms", "on", "FLOW_HIGH"]).await;
    bench.text(&["alarms", "transport", "off"]).await;
    assert!(!bench.text(&["alarms"]).await.contains("switched off"));
}

#[tokio::test]
async fn the_alarm_log_ends_with_the_newest_record() {
    let bench = alarming().await;
    bench.text(&["ack", "PUMP_STOP"]).await;
    let text = bench.text(&["alarms", "log", "--last", "2"]).await;
    assert_eq!(text.lines().count(), 3, "{text}");
    let newest = text.lines().last().unwrap();
    assert!(newest.contains("2023-11-14T22:13:24.000Z  acknowledged  high      PUMP_STOP"), "{text}");
    let json = bench.json(&["alarms", "log", "--after", "2", "--json"]).await;
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!((&json[0]["number"], &json[0]["event"]), (&json!(3), &json!("appeared")));
}

#[tokio::test]
async fn limits_are_shown_changed_and_preset() {
    let bench = Bench::new().await;
    assert_eq!(
        bench.text(&["limits", "set", "venous_pressure_low", "-120"]).await,
        "venous_pressure_low is now -120 mmHg\n"
    );
    bench.mock.with(|model| model.limits[0].value.0 = None);
    let text = bench.text(&["limits"]).await;
    assert!(text.starts_with("patient class adult\n"), "{text}");
    assert!(text.contains("venous_pressure_low      -120  mmHg     -100  changed  -300 to 0"), "{text}");
    assert!(text.contains("flow_low                  off  L/min"), "{text}");
    let error = bench.fails(&["limits", "set", "venous_pressure_low", "-900"], 4).await;
    assert!(error.contains("outside -300 to 0 mmHg"), "{error}");
    let error = bench.fails(&["limits", "set", "venus", "1"], 4).await;
    assert!(error.contains("there is no limit venus; there are: flow_low, flow_high"), "{error}");
    let json = bench.json(&["limits", "preset", "neonate", "--json"]).await;
    assert_eq!(json["limits"]["limits"][0]["value"], 0.3);
    assert_eq!(bench.json(&["limits", "--json"]).await["patient_class"], "neonate");
    bench.mock.with(|model| model.trouble = Trouble::NotAuthorised);
    bench.fails(&["limits", "preset", "adult"], 5).await;
}

#[tokio::test]
async fn override_is_one_call_and_says_what_it_took_back_and_for_how_long() {
    let bench = Bench::new().await;
    bench.mock.with(|model| {
        let ends = model.monotonic + 3_600_000_000_000;
        let own = model.interventions.get_mut("venous_pressure_low").unwrap();
        (own.state, own.ends, own.bound) = ("active", ends, Some(2450.0));
        own.trigger = Some((-123.0, -100.0, "mmHg"));
    });
    let text = bench.text(&["interventions"]).await;
    assert!(text.contains(" s left, not above 2450 rpm  -123 mmHg, limit -100 mmHg"), "{text}");
    let text = bench.text(&["status"]).await;
    assert!(text.contains("intervention        venous_pressure_low: active, "), "{text}");
    let text = bench.text(&["override"]).await;
    assert!(
        text.contains("venous_pressure_low: overridden, ") && text.contains(" s left; it was active\n"),
        "{text}"
    );
    assert!(text.contains("gross_air: overridden"), "{text}");
    let text = bench.text(&["override", "--release", "gross_air"]).await;
    assert!(text.starts_with("still overridden: arterial_pressure_high ("), "{text}");
    assert_eq!(bench.text(&["override", "--release"]).await, "no intervention is overridden any more\n");
    let json = bench.json(&["override", "backflow", "--json"]).await;
    assert_eq!(json["interventions"][1]["state"], "overridden");
    bench.mock.with(|model| model.trouble = Trouble::LoopStuck);
    let error = bench.fails(&["override"], 3).await;
    assert!(error.contains("It is not known whether the change was made"), "{error}");
    let error = bench.fails(&["override", "turbo"], 4).await;
    assert!(error.contains("there is no intervention turbo; there are: arterial_pressure_high"), "{error}");
}

#[tokio::test]
async fn a_recording_is_listed_and_saved_into_a_new_file() {
    let bench = Bench::new().await;
    let recording = Recording { number: 7, time: 1_700_000_000_000, trigger: "air".to_owned(), size: 5 };
    bench.mock.with(|model| {
        model.interventions.get_mut("gross_air").unwrap().recordings = vec![(recording, b"hello".to_vec())];
    });
    let text = bench.text(&["interventions", "recordings"]).await;
    assert!(text.contains("gross_air          7  2023-11-14T22:13:20.000Z      5  air"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("air.csv");
    let arguments = ["interventions", "save", "gross_air", "7", file.to_str().unwrap()];
    bench.text(&arguments).await;
    assert_eq!(std::fs::read(&file).unwrap(), b"hello");
    let error = bench.fails(&arguments, 1).await;
    assert!(error.contains("exists"), "nothing is overwritten: {error}");
    bench.fails(&["interventions", "save", "gross_air", "8", "/nonexistent/x"], 4).await;
}

#[tokio::test]
async fn the_self_test_shows_what_to_do_and_a_failed_one_is_exit_code_7() {
    let bench = Bench::new().await;
    assert!(bench.text(&["selftest"]).await.starts_with("self-test: passed, "));
    bench.mock.with(|model| {
        model.self_test.fail("driver_pump", "no answer from unit 1", "Look at the pump's cable.")
    });
    let text = bench.text(&["selftest"]).await;
    assert!(text.starts_with("self-test: 1 failed, a new case cannot start"), "{text}");
    assert!(text.contains("driver_pump    FAILED  no answer from unit 1\n"), "{text}");
    assert!(text.ends_with("\ndriver_pump: Look at the pump's cable.\n"), "{text}");
    let error = bench.fails(&["start"], 4).await;
    assert!(error.contains("The self-test has failed"), "{error}");
    tokio::select! {
        ended = bench.mock.run() => panic!("the mock ended: {ended:?}"),
        error = bench.fails(&["selftest", "--run"], 7) => assert!(error.contains("--override REASON"), "{error}"),
    }
    bench.text(&["selftest", "--override", "backup pump stands by"]).await;
    let json = bench.json(&["selftest", "--json"]).await;
    assert_eq!((&json["passed"], &json["override_reason"]), (&json!(false), &json!("backup pump stands by")));
    bench.text(&["start"]).await;
    bench.fails(&["selftest", "--run", "--override", "x"], 2).await;
}
