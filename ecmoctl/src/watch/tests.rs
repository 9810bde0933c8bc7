// SPDX-License-Identifier: MIT OR Apache-2.0
//! The dashboard as a user sees it, over a mock console.

mod alarms;
mod procedures;

use std::time::{Duration, Instant};

use ecmod_client::{
    Bus, Client, Error, Frames, Reading,
    mock::{Mock, PrivateBus},
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    dashboard::{Dashboard, Question, Tone},
    keys::{self, Action, Intent, Reply},
    link::Update,
    text,
};

/// A mock console, and a dashboard that follows it.
struct Bench {
    _bus: PrivateBus,
    mock: Mock,
    client: Client,
    frames: Frames,
    dashboard: Dashboard,
}

impl Bench {
    async fn new() -> Self {
        let bus = PrivateBus::start().unwrap();
        let mock = Mock::serve(&bus.address()).await.unwrap();
        let client = Client::connect(&Bus::Address(bus.address())).await.unwrap();
        let frames = client.frames().await.unwrap();
        let mut bench = Self { _bus: bus, mock, client, frames, dashboard: Dashboard::new() };
        bench.look().await;
        bench.frame().await;
        bench
    }

    async fn look(&mut self) {
        let snapshot = Box::new(self.client.snapshot().await.unwrap());
        self.dashboard.update(Update::Snapshot(snapshot), Instant::now());
    }

    async fn frame(&mut self) {
        self.mock.frame().await.unwrap();
        let frame = tokio::time::timeout(Duration::from_secs(10), self.frames.next()).await.unwrap();
        self.dashboard.update(Update::Frame(frame.unwrap().unwrap()), Instant::now());
    }

    fn key(&mut self, key: char) -> Intent {
        keys::intent(&mut self.dashboard, KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE))
    }

    /// Presses a key and lets the console answer.
    async fn press(&mut self, key: char) -> Intent {
        let intent = self.key(key);
        if let Intent::Ask(action) = intent.clone() {
            let reply = keys::perform(&self.client, action).await;
            keys::take_reply(&mut self.dashboard, reply, Instant::now());
        }
        intent
    }

    fn drawing(&self, width: u16, height: u16) -> String {
        text(&self.dashboard, width, height)
    }
}

/// The lines of a drawing that contain the words.
fn lines_with<'a>(drawing: &'a str, words: &str) -> Vec<&'a str> {
    drawing.lines().filter(|line| line.contains(words)).collect()
}

#[tokio::test]
async fn everything_has_its_place_at_80x24_and_at_140x40() {
    let bench = Bench::new().await;
    for (width, height) in [(80, 24), (140, 40)] {
        let drawing = bench.drawing(width, height);
        assert_eq!(drawing.lines().count(), usize::from(height));
        assert!(drawing.lines().next().unwrap().contains("STANDBY | flow mode"), "{drawing}");
        for words in
            ["Blood flow", "Pump speed", "P venous", "P pre-membrane", "P arterial", "L/min", "rpm", "mmHg"]
        {
            assert!(!lines_with(&drawing, words).is_empty(), "{words} is missing:\n{drawing}");
        }
        for words in
            ["set flow 4.00 L/min", "Venous temp 36.4 degC", "Flow L/min", "P mmHg", "Speed rpm", "-60 s"]
        {
            assert!(!lines_with(&drawing, words).is_empty(), "{words} is missing:\n{drawing}");
        }
        assert!(drawing.contains("gas fault no answer from unit 3"), "{drawing}");
        assert!(drawing.contains("pump_line") || drawing.contains("+1 more"), "{drawing}");
        assert!(drawing.lines().last().unwrap().contains("q quit"), "{drawing}");
    }
}

#[tokio::test]
async fn a_bad_reading_is_dashes_with_its_cause_and_never_a_number() {
    let mut bench = Bench::new().await;
    assert!(bench.drawing(80, 24).contains("Arterial temp --- disconnected"));
    bench.mock.with(|model| {
        model.signals.get_mut("blood_flow").unwrap().fixed = Some(Reading::bad("host_lost", 1, 1));
        model.signals.get_mut("pump_speed").unwrap().fixed =
            Some(Reading::uncertain(1234.0, "redundant", 1, 1));
    });
    bench.frame().await;
    let drawing = bench.drawing(80, 24);
    let causes = lines_with(&drawing, "host_lost");
    assert!(causes[0].starts_with("host_lost       rpm redundant"), "{drawing}");
    let middle = drawing.lines().nth(4).unwrap();
    assert!(middle.starts_with("▀▀ ▀▀ ▀▀  "), "dashes instead of a number:\n{drawing}");
}

#[tokio::test]
async fn when_frames_cease_every_reading_is_lost_within_three_periods() {
    let bench = Bench::new().await;
    let now = Instant::now();
    assert_eq!(bench.dashboard.reading("blood_flow", now).value(), Some(0.0));
    let later = now + Duration::from_millis(301);
    let reading = bench.dashboard.reading("blood_flow", later);
    assert_eq!((reading.value(), reading.cause()), (None, "no_frames"));
}

#[tokio::test]
async fn loss_of_the_console_is_said_with_what_to_do_and_what_is_old_is_marked() {
    let mut bench = Bench::new().await;
    bench.dashboard.update(Update::Lost(Error::NotRunning), Instant::now());
    let drawing = bench.drawing(80, 24);
    assert!(drawing.starts_with(" NO CONTACT, trying again: ecmod is not running on this bus"), "{drawing}");
    assert!(drawing.contains("systemctl start ecmod"), "{drawing}");
    assert!(drawing.contains("last known: set flow"), "{drawing}");
    assert!(drawing.contains("Drivers, last known"), "{drawing}");
    assert_eq!(bench.key('+'), Intent::Nothing, "nothing is asked of a console that is not there");

    bench.look().await;
    assert!(bench.drawing(80, 24).starts_with(" STANDBY"));
}

#[tokio::test]
async fn plus_and_minus_step_the_setpoint_of_the_mode() {
    let mut bench = Bench::new().await;
    assert_eq!(bench.press('+').await, Intent::Ask(Action::SetFlow(4.1)));
    assert_eq!(bench.press('+').await, Intent::Ask(Action::SetFlow(4.2)));
    assert_eq!(bench.press('-').await, Intent::Ask(Action::SetFlow(4.1)));
    assert!((bench.mock.with(|model| model.flow_setpoint) - 4.1).abs() < 1e-9);
    assert_eq!(bench.press('m').await, Intent::Ask(Action::SetMode("speed")));
    assert_eq!(bench.press('+').await, Intent::Ask(Action::SetSpeed(2050.0)));
    assert_eq!(bench.mock.with(|model| model.mode), "speed");
    assert!(bench.drawing(80, 24).contains("speed setpoint 2050 rpm"));
}

#[tokio::test]
async fn steps_stay_within_the_range_the_console_gives() {
    let mut bench = Bench::new().await;
    bench.mock.with(|model| model.flow_setpoint = 7.96);
    bench.look().await;
    assert_eq!(bench.press('+').await, Intent::Ask(Action::SetFlow(8.0)));
    assert_eq!(bench.press('+').await, Intent::Ask(Action::SetFlow(8.0)));
    bench.mock.with(|model| model.flow_setpoint = 0.04);
    bench.look().await;
    assert_eq!(bench.press('-').await, Intent::Ask(Action::SetFlow(0.0)));
}

#[tokio::test]
async fn stopping_takes_a_second_key_and_any_other_key_withdraws() {
    let mut bench = Bench::new().await;
    bench.press('s').await;
    assert_eq!(bench.press('x').await, Intent::Ask(Action::RequestStop));
    assert!(bench.drawing(80, 24).contains("Stop the pump?"));
    assert_eq!(bench.mock.with(|model| model.state), "support");
    assert_eq!(bench.press('q').await, Intent::Ask(Action::CancelStop));
    assert_eq!(bench.mock.with(|model| (model.state, model.stop)), ("support", None));

    bench.press('x').await;
    assert!(matches!(bench.press('y').await, Intent::Ask(Action::ConfirmStop(_))));
    assert_eq!(bench.mock.with(|model| model.state), "standby");
}

#[tokio::test]
async fn an_unanswered_question_expires() {
    let mut bench = Bench::new().await;
    let now = Instant::now();
    bench.dashboard.question = Some(Question::Stop { token: 1, until: now });
    bench.dashboard.expire(now);
    assert_eq!(bench.dashboard.question, None);
    assert_eq!(bench.dashboard.message(now).unwrap().0, Tone::Failed);
}

#[tokio::test]
async fn zero_flow_asks_first() {
    let mut bench = Bench::new().await;
    assert_eq!(bench.press('z').await, Intent::Nothing);
    assert!(bench.drawing(80, 24).contains("Zero flow?"));
    assert_eq!(bench.press('n').await, Intent::Nothing);
    bench.press('z').await;
    assert_eq!(bench.press('y').await, Intent::Ask(Action::SetMode("zero_flow")));
    assert_eq!(bench.mock.with(|model| model.mode), "zero_flow");
}

#[tokio::test]
async fn a_refusal_is_shown() {
    let mut bench = Bench::new().await;
    bench.press('s').await;
    bench.press('s').await;
    let drawing = bench.drawing(80, 24);
    assert!(drawing.contains("refused: The console supports already."), "{drawing}");
}

#[tokio::test]
async fn a_small_terminal_gets_the_numbers_as_text_and_a_tiny_one_does_not_fail() {
    let mut bench = Bench::new().await;
    let drawing = bench.drawing(60, 15);
    assert!(drawing.contains("blood_flow 0.00 L/min"), "{drawing}");
    assert!(drawing.contains("arterial_temperature --- (disconnected)"), "{drawing}");
    assert!(drawing.contains("plots from 80 x 24"), "{drawing}");
    bench.dashboard.question = Some(Question::ZeroFlow);
    for (width, height) in [(1, 1), (3, 2), (20, 5), (79, 24), (80, 23), (500, 200)] {
        assert_eq!(bench.drawing(width, height).lines().count(), usize::from(height));
    }
}

#[tokio::test]
async fn the_limit_that_holds_the_pump_down_is_in_the_title() {
    let mut bench = Bench::new().await;
    bench.mock.with(|model| model.active_limit = "venous_pressure_low");
    bench.look().await;
    assert!(bench.drawing(80, 24).lines().next().unwrap().contains("limited by venous_pressure_low"));
}

#[tokio::test]
async fn a_console_that_does_not_answer_shows_as_an_error() {
    let mut bench = Bench::new().await;
    keys::take_reply(&mut bench.dashboard, Reply::Failed(Error::NoReply), Instant::now());
    assert!(bench.drawing(80, 24).contains("ecmod did not answer in time"));
}

#[test]
fn before_anything_is_known_it_says_so() {
    let drawing = text(&Dashboard::new(), 80, 24);
    assert!(drawing.starts_with(" Connecting..."), "{drawing}");
}
