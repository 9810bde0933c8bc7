// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program as a script sees it: what it prints, and its exit codes. Against a mock console on a private bus.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests stop at the first surprise"
)]

mod support;

use ecmod_client::mock::{PrivateBus, Trouble};
use serde_json::Value;
use support::{Bench, ecmoctl};

#[tokio::test]
async fn signals_json_has_what_scripts_need_and_null_where_there_is_no_value() {
    let bench = Bench::new().await;
    let signals = bench.json(&["signals", "--json"]).await;
    let signals = signals.as_array().unwrap();
    assert_eq!(signals.len(), 8);
    for signal in signals {
        for key in ["name", "value", "unit", "quality", "cause", "age_ms"] {
            assert!(signal.get(key).is_some(), "{key} is missing in {signal}");
        }
    }
    let named = |name: &str| signals.iter().find(|signal| signal["name"] == name).unwrap();
    assert_eq!(named("blood_flow")["value"], 0.0);
    assert_eq!(named("blood_flow")["unit"], "L/min");
    assert!(named("blood_flow")["age_ms"].as_u64().is_some());
    assert_eq!(named("arterial_temperature")["value"], Value::Null);
    assert_eq!(named("arterial_temperature")["quality"], "bad");
    assert_eq!(named("arterial_temperature")["cause"], "disconnected");
}

#[tokio::test]
async fn the_lists_show_every_object_as_text_and_as_json() {
    let bench = Bench::new().await;
    let text = bench.text(&["signals"]).await;
    assert!(text.contains("arterial_temperature     ---  degC   bad: disconnected"), "{text}");
    let text = bench.text(&["drivers"]).await;
    assert!(text.contains("no answer from unit 3"), "{text}");
    let text = bench.text(&["ports"]).await;
    assert!(text.contains("pump_line    modbus-rtu  /dev/ttyS1"), "{text}");
    assert_eq!(bench.json(&["drivers", "--json"]).await[2]["commands"][0]["unit"], "rpm");
    assert_eq!(bench.json(&["ports", "--json"]).await[0]["counters"]["timeouts"], 2);
}

#[tokio::test]
async fn status_shows_the_console_and_its_readings() {
    let bench = Bench::new().await;
    let text = bench.text(&["status"]).await;
    for words in [
        "state               standby",
        "flow setpoint       4.00 L/min",
        "speed demand        ---",
        "blood_flow",
    ] {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    let status = bench.json(&["status", "--json"]).await;
    assert_eq!(status["state"], "standby");
    assert_eq!(status["speed_demand_rpm"], Value::Null);
    assert_eq!(status["flow_range_l_min"][1], 8.0);
}

#[tokio::test]
async fn set_changes_what_it_says() {
    let bench = Bench::new().await;
    assert_eq!(bench.text(&["set", "flow", "3.5"]).await, "flow setpoint is now 3.5 L/min\n");
    bench.text(&["set", "speed", "2500"]).await;
    bench.text(&["set", "sweep", "2"]).await;
    assert_eq!(bench.json(&["set", "mode", "zero_flow", "--json"]).await["done"], true);
    let state = bench
        .mock
        .with(|model| (model.flow_setpoint, model.speed_setpoint, model.sweep_gas_setpoint, model.mode));
    assert_eq!(state, (3.5, 2500.0, Some(2.0), "zero_flow"));
}

#[tokio::test]
async fn a_refusal_is_exit_code_4_with_the_reason_in_words_and_in_json() {
    let bench = Bench::new().await;
    let error = bench.fails(&["set", "speed", "9000"], 4).await;
    assert!(error.starts_with("ecmoctl: refused: Speed 9000 rpm is outside 0 to 4000 rpm."), "{error}");
    assert!(error.contains("Nothing was changed."), "{error}");
    let error = bench.fails(&["set", "speed", "-50", "--json"], 4).await;
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["error"]["kind"], "refused");
    assert_eq!(error["error"]["code"], "ecmod.refused.out_of_range");
    let error = bench.fails(&["set", "flow", "inf"], 4).await;
    assert!(error.contains("finite"), "{error}");
}

#[tokio::test]
async fn exit_codes_tell_a_wrong_command_line_from_a_console_that_says_no() {
    let bench = Bench::new().await;
    bench.fails(&["set", "mode", "turbo"], 2).await;
    bench.fails(&["stop", "--yes", "--cancel"], 2).await;
    bench.mock.with(|model| model.trouble = Trouble::NotAuthorised);
    let error = bench.fails(&["start"], 5).await;
    assert!(error.contains("ecmod-operator"), "{error}");
    bench.mock.with(|model| model.trouble = Trouble::LoopStuck);
    let error = bench.fails(&["start"], 3).await;
    assert!(error.contains("look at the state"), "{error}");
}

#[tokio::test]
async fn without_daemon_or_bus_it_says_what_to_do() {
    let bus = PrivateBus::start().unwrap();
    let output = ecmoctl(&bus.address(), &["status"]).await;
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("systemctl start ecmod"), "{output:?}");
    let output = ecmoctl("unix:path=/nonexistent/bus", &["watch", "--once"]).await;
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("unix:path=/nonexistent/bus") && error.contains("--address"), "{error}");
}

#[tokio::test]
async fn a_script_stops_in_two_steps_or_says_yes() {
    let bench = Bench::new().await;
    bench.text(&["start"]).await;
    let answer = bench.json(&["stop", "--json"]).await;
    assert_eq!(answer["done"], false);
    assert_eq!(bench.mock.with(|model| model.state), "support", "the first step changes nothing");
    let token = answer["token"].as_u64().unwrap();
    let wrong = bench.fails(&["stop", "--confirm", &(token + 1).to_string()], 4).await;
    assert!(wrong.contains("not the token"), "{wrong}");
    bench.text(&["stop", "--confirm", &token.to_string()]).await;
    assert_eq!(bench.mock.with(|model| model.state), "standby");

    bench.text(&["start"]).await;
    let text = bench.text(&["stop"]).await;
    assert!(text.contains("ecmoctl stop --confirm"), "{text}");
    bench.text(&["stop", "--cancel"]).await;
    assert_eq!(bench.mock.with(|model| (model.state, model.stop)), ("support", None));
    bench.text(&["stop", "--yes"]).await;
    assert_eq!(bench.mock.with(|model| model.state), "standby");
}

#[tokio::test]
async fn watch_once_draws_the_dashboard_as_text_and_watch_json_gives_frames() {
    let bench = Bench::new().await;
    tokio::select! {
        ended = bench.mock.run() => panic!("the mock ended: {ended:?}"),
        () = async {
            let drawing = bench.text(&["watch", "--once", "--width", "80", "--height", "24"]).await;
            assert_eq!(drawing.lines().count(), 24);
            assert!(drawing.starts_with(" STANDBY | flow mode"), "{drawing}");
            assert!(drawing.contains("Arterial temp --- disconnected"), "{drawing}");
            let frame = bench.json(&["watch", "--once", "--json"]).await;
            assert_eq!(frame["signals"].as_array().unwrap().len(), 8);
            assert!(frame["sequence"].as_u64().unwrap() > 0);
        } => {}
    }
}

#[tokio::test]
async fn watch_without_a_terminal_says_what_to_use_instead() {
    let bench = Bench::new().await;
    let error = bench.fails(&["watch"], 1).await;
    assert!(error.contains("--once"), "{error}");
}

#[tokio::test]
async fn zero_says_the_offset_and_refuses_what_is_no_pressure() {
    let bench = Bench::new().await;
    let text = bench.text(&["zero", "venous_pressure"]).await;
    assert_eq!(text, "venous_pressure is zeroed: offset 1.50 mmHg, noise 0.25 mmHg\n");
    let zeroed = bench.json(&["zero", "venous_pressure", "--json"]).await;
    assert_eq!((&zeroed["done"], &zeroed["offset_mmhg"]), (&Value::Bool(true), &Value::from(1.5)));
    let signals = bench.json(&["signals", "--json"]).await;
    let signals = signals.as_array().unwrap();
    let zero_of = |name: &str| &signals.iter().find(|signal| signal["name"] == name).unwrap()["zero_offset"];
    assert_eq!((zero_of("venous_pressure"), zero_of("blood_flow")), (&Value::from(1.5), &Value::Null));
    let error = bench.fails(&["zero", "blood_flow", "--json"], 4).await;
    assert!(error.contains("ecmod.refused.not_a_pressure"), "{error}");
    let error = bench.fails(&["zero", "venus_pressure"], 4).await;
    assert!(error.contains("arterial_pressure, pre_membrane_pressure, venous_pressure"), "{error}");
}

#[tokio::test]
async fn clamp_moves_a_clamp_that_is_there() {
    let bench = Bench::new().await;
    assert_eq!(bench.text(&["clamp", "return", "closed"]).await, "the return clamp is told to be closed\n");
    assert_eq!(bench.mock.with(|model| model.clamps["return"]), "closed");
    assert_eq!(bench.json(&["clamp", "return", "open", "--json"]).await["value"], "open");
    let status = bench.json(&["status", "--json"]).await;
    assert_eq!(status["clamps"]["return"]["demand"], "open");
    assert_eq!(status["clamps"]["drainage"]["connected"], false);
    let text = bench.text(&["status"]).await;
    assert!(
        text.contains("return clamp        open") && text.contains("drainage clamp      none, not connected"),
        "{text}"
    );
    bench.fails(&["clamp", "drainage", "closed"], 4).await;
    bench.fails(&["clamp", "arterial", "closed"], 2).await;
    bench.mock.with(|model| model.trouble = Trouble::NotAuthorised);
    bench.fails(&["clamp", "return", "closed"], 5).await;
}

#[tokio::test]
async fn a_case_goes_into_a_file_and_out_of_it_into_a_console_in_standby() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.txt");
    let path = file.to_str().unwrap();
    bench.mock.with(|model| model.speed_setpoint = 2345.0);
    let shown = bench.text(&["case", "export"]).await;
    assert!(shown.contains("speed_rpm 2345"), "{shown}");
    assert!(bench.text(&["case", "export", path]).await.contains("written to"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), shown);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    bench.mock.with(|model| model.speed_setpoint = 1000.0);
    let text = bench.text(&["case", "import", path]).await;
    assert!(text.contains("speed setpoint 2345 rpm") && text.contains("not taken up"), "{text}");
    assert_eq!(bench.json(&["case", "import", path, "--json"]).await["taken"][0], "speed setpoint 2345 rpm");
    bench.mock.with(|model| model.state = "support");
    bench.fails(&["case", "import", path], 4).await;
    std::fs::write(&file, "something else").unwrap();
    bench.fails(&["case", "import", path], 4).await;
    bench.fails(&["case", "import", "/nowhere/at/all"], 1).await;
}
