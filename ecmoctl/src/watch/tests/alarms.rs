// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm area as a user sees it, and its keys.

use ecmod_client::mock::MockAlarm;
use ratatui::style::Color;

use super::*;
use crate::watch::{alarms, view};

fn pump_stop() -> MockAlarm {
    MockAlarm::new(
        "PUMP_STOP",
        "high",
        "Clamp the return line first. Then move the pump head to the backup drive or the hand crank and start it.",
    )
    .because("0 of 3000 rpm", 0.0, "rpm")
}

fn flow_low() -> MockAlarm {
    let mut alarm = MockAlarm::new("FLOW_LOW", "high", "Look at the pump and for a kink in the tubes.");
    alarm.caused_by = "PUMP_STOP".to_owned();
    alarm.because("0.0 L/min, limit 2.4 L/min", 0.0, "L/min")
}

fn stale() -> MockAlarm {
    MockAlarm::new("SENSOR_STALE", "medium", "Look at the sensor's plug and its driver.")
        .about_signal("venous_pressure")
}

async fn alarming() -> Bench {
    let mut bench = Bench::new().await;
    for alarm in [stale(), flow_low(), pump_stop()] {
        bench.mock.raise(alarm).await.unwrap();
    }
    bench.look().await;
    bench
}

/// Lets an intervention act for a while.
async fn acting(bench: &mut Bench) {
    bench.mock.with(|model| {
        let ends = model.monotonic + 23_000_000_000;
        let own = model.interventions.get_mut("venous_pressure_low").unwrap();
        (own.state, own.ends, own.bound) = ("active", ends, Some(2450.0));
        own.trigger = Some((-123.0, -100.0, "mmHg"));
    });
    bench.look().await;
}

/// The colour behind the first character of the line that has these words.
fn background(bench: &Bench, words: &str) -> Color {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(100, 30)).unwrap();
    terminal.draw(|frame| view::draw(frame, &bench.dashboard, Instant::now())).unwrap();
    let line = bench.drawing(100, 30).lines().position(|line| line.contains(words)).unwrap();
    let buffer = terminal.backend().buffer();
    buffer.cell((1, u16::try_from(line).unwrap())).unwrap().bg
}

#[tokio::test]
async fn no_alarm_is_said_and_takes_one_line() {
    let bench = Bench::new().await;
    let drawing = bench.drawing(80, 24);
    assert_eq!(drawing.lines().nth(1).unwrap(), " no alarm", "{drawing}");
    assert!(drawing.contains("Drivers"), "{drawing}");
}

#[tokio::test]
async fn alarms_stand_in_their_order_below_the_title_and_say_what_to_do() {
    let bench = alarming().await;
    let drawing = bench.drawing(80, 24);
    let lines: Vec<&str> = drawing.lines().collect();
    assert_eq!(lines[1], " 3 alarms   2 high not acknowledged", "{drawing}");
    assert!(lines[2].starts_with(" HIGH   PUMP_STOP  0 of 3000 rpm  "), "{drawing}");
    assert_eq!(lines[3], "        Clamp the return line first. Then move the pump head to the backup drive");
    assert_eq!(lines[4], "        or the hand crank and start it.");
    assert!(lines[5].starts_with(" HIGH   FLOW_LOW  0.0 L/min, limit 2.4 L/min  "), "{drawing}");
    assert!(lines[5].contains("  follows from PUMP_STOP  "), "{drawing}");
    assert!(drawing.contains(" MED    SENSOR_STALE/venous_pressure  limit"), "{drawing}");
    assert!(
        drawing.contains("Flow L/min") && drawing.contains("Blood flow"),
        "the readings stay:\n{drawing}"
    );
    let drawing = bench.drawing(140, 40);
    assert!(
        drawing.contains("        Look at the sensor's plug and its driver.") && drawing.contains("Drivers"),
        "{drawing}"
    );
}

#[tokio::test]
async fn the_colour_is_that_of_the_priority_and_fades_when_somebody_has_seen_it() {
    let mut bench = alarming().await;
    bench.mock.raise(MockAlarm::new("CLOCK_JUMP", "low", "Look at the clock.")).await.unwrap();
    bench.look().await;
    assert_eq!(background(&bench, "PUMP_STOP  0"), Color::Red);
    assert_eq!(background(&bench, "SENSOR_STALE"), Color::Yellow);
    assert_eq!(background(&bench, "CLOCK_JUMP"), Color::Cyan);
    bench.press('a').await;
    assert_eq!(background(&bench, "PUMP_STOP  0"), Color::Reset);
    assert_eq!(background(&bench, "SENSOR_STALE"), Color::Yellow);
}

#[tokio::test]
async fn alarms_that_have_no_room_are_counted() {
    let mut bench = alarming().await;
    for number in 0..20 {
        let alarm = MockAlarm::new("SENSOR_BAD", "medium", "Look.").about_signal(&format!("signal_{number}"));
        bench.mock.raise(alarm).await.unwrap();
    }
    bench.look().await;
    for (width, height) in [(80, 24), (100, 30), (60, 15), (140, 40), (30, 10)] {
        let drawing = bench.drawing(width, height);
        assert!(drawing.contains("PUMP_STOP"), "{drawing}");
        let shown = drawing.lines().filter(|line| line.starts_with(" HIGH ") || line.starts_with(" MED "));
        let shown = shown.count();
        let counted = lines_with(&drawing, " more: ecmoctl alarms")[0].trim().to_owned();
        let hidden: usize = counted.split_whitespace().nth(1).unwrap().parse().unwrap();
        if width >= 80 {
            assert!(drawing.contains("        Clamp the return line first. Then"), "{drawing}");
        }
        assert_eq!(shown + hidden, 23, "{width} x {height}:\n{drawing}");
    }
}

#[tokio::test]
async fn a_acknowledges_the_first_alarm_and_then_the_next_and_capital_a_all() {
    let mut bench = alarming().await;
    let Intent::Ask(Action::Acknowledge { name, .. }) = bench.press('a').await else { panic!() };
    assert_eq!(name, "PUMP_STOP");
    assert!(bench.drawing(80, 24).contains("acknowledged PUMP_STOP"));
    let Intent::Ask(Action::Acknowledge { name, .. }) = bench.press('a').await else { panic!() };
    assert_eq!(name, "FLOW_LOW");
    bench.look().await;
    let drawing = bench.drawing(100, 30);
    assert!(lines_with(&drawing, "PUMP_STOP  0")[0].contains("  acknowledged  "), "{drawing}");
    assert_eq!(bench.press('A').await, Intent::Ask(Action::AcknowledgeAll));
    bench.look().await;
    assert_eq!(bench.drawing(80, 24).lines().nth(1).unwrap(), " 3 alarms   silent, all acknowledged");
    assert_eq!(bench.press('a').await, Intent::Nothing);
    assert!(bench.drawing(80, 24).contains("no alarm waits to be acknowledged"));
}

#[tokio::test]
async fn p_pauses_with_the_seconds_that_are_left_and_hears_them_again() {
    let mut bench = alarming().await;
    assert_eq!(bench.press('p').await, Intent::Ask(Action::PauseAudio));
    bench.frame().await;
    bench.look().await;
    let drawing = bench.drawing(100, 30);
    assert!(drawing.lines().nth(1).unwrap().contains("sound paused, 1"), "{drawing}");
    assert!(drawing.lines().nth(1).unwrap().contains(" s left"), "{drawing}");
    assert!(lines_with(&drawing, "PUMP_STOP  0")[0].contains("  sound paused  "), "{drawing}");
    bench.mock.raise(MockAlarm::new("BACKFLOW", "high", "Clamp.")).await.unwrap();
    bench.look().await;
    let drawing = bench.drawing(100, 30);
    assert!(drawing.lines().nth(1).unwrap().contains("sounding in spite of a pause"), "{drawing}");
    assert_eq!(bench.press('p').await, Intent::Ask(Action::ResumeAudio));
    bench.look().await;
    assert!(!bench.drawing(100, 30).contains("paused"), "{drawing}");
}

#[tokio::test]
async fn an_intervention_says_how_long_it_holds_the_pump_and_o_takes_it_back() {
    let mut bench = Bench::new().await;
    acting(&mut bench).await;
    let drawing = bench.drawing(120, 30);
    let line = lines_with(&drawing, " PUMP ")[0];
    assert!(
        line.contains("VENOUS PRESSURE LOW: active, 23 s left, not above 2450 rpm  o: override"),
        "{line}"
    );
    assert!(line.ends_with("-123 mmHg, limit -100 mmHg"), "{line}");
    let later = Instant::now() + Duration::from_secs(5);
    let line = &alarms::lines(&bench.dashboard, later, 120, 5)[1].to_string();
    assert!(line.contains("18 s left"), "it counts down between snapshots: {line}");
    assert_eq!(bench.press('o').await, Intent::Ask(Action::Override));
    bench.look().await;
    let drawing = bench.drawing(120, 30);
    let line = lines_with(&drawing, " PUMP ")[0];
    assert!(line.contains("OVERRIDDEN, ") && line.contains(" s left: every intervention"), "{line}");
    assert_eq!(bench.press('O').await, Intent::Ask(Action::ReleaseOverride));
    bench.look().await;
    assert!(!bench.drawing(120, 30).contains("OVERRIDDEN"));
}

#[tokio::test]
async fn without_contact_the_alarms_are_said_to_be_unknown() {
    let mut bench = alarming().await;
    acting(&mut bench).await;
    bench.dashboard.update(Update::Lost(Error::NotRunning), Instant::now());
    let drawing = bench.drawing(100, 30);
    assert_eq!(drawing.lines().nth(1).unwrap(), " ALARMS NOT KNOWN, no contact; last known: 3 alarms");
    assert_eq!(drawing.lines().nth(2).unwrap(), " PUMP   venous pressure low: active", "nothing counts down");
    assert_eq!(background(&bench, " PUMP "), Color::Reset);
    assert_eq!(background(&bench, "PUMP_STOP  0"), Color::Reset, "an old alarm does not look like a new one");
}

#[tokio::test]
async fn what_is_off_and_a_self_test_that_blocks_stay_in_sight() {
    let mut bench = Bench::new().await;
    bench.mock.with(|model| {
        model.off.insert("FLOW_HIGH".to_owned());
        model.transport = true;
        model.self_test.fail("clock", "stands", "Look at it.");
    });
    bench.look().await;
    let drawing = bench.drawing(100, 30);
    assert_eq!(
        drawing.lines().nth(1).unwrap(),
        " no alarm   switched off: FLOW_HIGH   transport   self-test: 1 failed"
    );
}

#[tokio::test]
async fn a_console_of_an_earlier_version_says_that_it_tells_nothing_of_alarms() {
    let mut bench = Bench::new().await;
    bench.dashboard.snapshot.as_mut().unwrap().alarms = None;
    let drawing = bench.drawing(80, 24);
    assert!(drawing.lines().nth(1).unwrap().contains("tells nothing of alarms"), "{drawing}");
}
