// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a key to what is asked of the console; the answer comes later, as a [`Reply`].

use std::time::{Duration, Instant};

use ecmod_client::{Client, Error, monotonic_now};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::dashboard::{Dashboard, Link, Question, Tone};
use crate::words;

/// One step of the flow setpoint, in L/min.
const FLOW_STEP: f64 = 0.1;

/// One step of the speed setpoint, in rpm.
const SPEED_STEP: f64 = 50.0;

/// What a key means.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Leave the dashboard.
    Quit,
    /// Ask something of the console.
    Ask(Action),
    /// Nothing.
    Nothing,
}

/// Something asked of the console.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Begin to support.
    Start,
    /// First step of a stop.
    RequestStop,
    /// Second step of a stop.
    ConfirmStop(u32),
    /// Withdraw a stop.
    CancelStop,
    /// Change the mode, to a word of the contract.
    SetMode(&'static str),
    /// Set the flow, in L/min.
    SetFlow(f64),
    /// Set the speed, in rpm.
    SetSpeed(f64),
    /// Acknowledge the alarm with this object and name.
    Acknowledge {
        /// Path of its object.
        path: String,
        /// Its name.
        name: String,
    },
    /// Acknowledge every alarm.
    AcknowledgeAll,
    /// Pause the sound.
    PauseAudio,
    /// End a pause.
    ResumeAudio,
    /// Take every intervention back.
    Override,
    /// Let every intervention act again.
    ReleaseOverride,
}

/// What came of an action.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It was done.
    Done(Action),
    /// The stop waits for its confirmation.
    StopRequested {
        /// To be given back.
        token: u32,
        /// How long it counts.
        left: Duration,
    },
    /// It was not done.
    Failed(Error),
}

/// What this key means now. An open question is closed by any key.
pub fn intent(dashboard: &mut Dashboard, key: KeyEvent) -> Intent {
    if key.kind == KeyEventKind::Release {
        return Intent::Nothing;
    }
    let interrupt =
        key.modifiers.contains(KeyModifiers::CONTROL) && matches!(key.code, KeyCode::Char('c' | 'q'));
    if interrupt {
        return Intent::Quit;
    }
    match (dashboard.question.take(), key.code) {
        (Some(Question::Stop { token, .. }), KeyCode::Char('y' | 'Y')) => {
            Intent::Ask(Action::ConfirmStop(token))
        }
        (Some(Question::Stop { .. }), _) => Intent::Ask(Action::CancelStop),
        (Some(Question::ZeroFlow), KeyCode::Char('y' | 'Y')) => Intent::Ask(Action::SetMode("zero_flow")),
        (Some(Question::ZeroFlow), _) => Intent::Nothing,
        (None, KeyCode::Char('q' | 'Q') | KeyCode::Esc) => Intent::Quit,
        (None, KeyCode::Char(letter)) if matches!(dashboard.link, Link::Live) => {
            letter_intent(dashboard, letter)
        }
        (None, _) => Intent::Nothing,
    }
}

fn letter_intent(dashboard: &mut Dashboard, letter: char) -> Intent {
    let Some(console) = dashboard.snapshot.as_ref().map(|snapshot| &snapshot.console) else {
        return Intent::Nothing;
    };
    let step = match letter {
        '+' | '=' => 1.0,
        '-' | '_' => -1.0,
        _ => 0.0,
    };
    match (letter, console.mode.as_str()) {
        ('+' | '=' | '-' | '_', "flow") => {
            let flow = stepped(console.flow_setpoint, step * FLOW_STEP, FLOW_STEP, console.flow_range);
            Intent::Ask(Action::SetFlow(flow))
        }
        ('+' | '=' | '-' | '_', "speed") => {
            let speed = stepped(console.speed_setpoint, step * SPEED_STEP, SPEED_STEP, console.speed_range);
            Intent::Ask(Action::SetSpeed(speed))
        }
        ('m', "flow") => Intent::Ask(Action::SetMode("speed")),
        ('m', _) => Intent::Ask(Action::SetMode("flow")),
        ('z', _) => {
            dashboard.question = Some(Question::ZeroFlow);
            Intent::Nothing
        }
        ('s', _) => Intent::Ask(Action::Start),
        ('x', _) => Intent::Ask(Action::RequestStop),
        ('a', _) => acknowledge_first(dashboard),
        ('A', _) => Intent::Ask(Action::AcknowledgeAll),
        ('p', _) => Intent::Ask(if paused(dashboard) { Action::ResumeAudio } else { Action::PauseAudio }),
        ('o', _) => Intent::Ask(Action::Override),
        ('O', _) => Intent::Ask(Action::ReleaseOverride),
        _ => Intent::Nothing,
    }
}

/// The first alarm on the screen that nobody has acknowledged: one at a time, so that each is looked at.
fn acknowledge_first(dashboard: &mut Dashboard) -> Intent {
    let ranked = dashboard.snapshot.iter().flat_map(|snapshot| snapshot.ranked_alarms());
    let mut open = ranked.filter(|(_, alarm)| !alarm.acknowledged);
    let Some((path, alarm)) = open.next() else {
        drop(open);
        dashboard.say(Tone::Failed, "no alarm waits to be acknowledged", Instant::now());
        return Intent::Nothing;
    };
    Intent::Ask(Action::Acknowledge { path: path.to_owned(), name: words::alarm_name(alarm) })
}

fn paused(dashboard: &Dashboard) -> bool {
    let alarms = dashboard.snapshot.as_ref().and_then(|snapshot| snapshot.alarms.as_ref());
    alarms.is_some_and(|alarms| alarms.audio_paused_until > 0)
}

/// The next multiple of the step in the direction of the change, within the range.
fn stepped(value: f64, change: f64, step: f64, (minimum, maximum): (f64, f64)) -> f64 {
    let steps = ((value + change) / step).round();
    // 0.1 is no binary number: dividing by ten keeps 4.1 from becoming 4.1000000000000005.
    let next = if step < 1.0 { steps / (1.0 / step).round() } else { steps * step };
    next.max(minimum).min(maximum)
}

/// Asks it of the console.
pub async fn perform(client: &Client, action: Action) -> Reply {
    match ask(client, action).await {
        Ok(reply) => reply,
        Err(error) => Reply::Failed(error),
    }
}

async fn ask(client: &Client, action: Action) -> Result<Reply, Error> {
    let console = client.console().await?;
    match &action {
        Action::Start => console.start().await?,
        Action::RequestStop => {
            let (token, expires) = console.request_stop().await?;
            let left = Duration::from_nanos(expires.saturating_sub(monotonic_now()));
            return Ok(Reply::StopRequested { token, left });
        }
        Action::ConfirmStop(token) => console.confirm_stop(*token).await?,
        Action::CancelStop => console.cancel_stop().await?,
        Action::SetMode(mode) => console.set_mode(mode).await?,
        Action::SetFlow(flow) => console.set_flow(*flow).await?,
        Action::SetSpeed(speed) => console.set_speed(*speed).await?,
        Action::Acknowledge { path, .. } => {
            client.alarms().await?.acknowledge(&path.as_str().try_into()?).await?;
        }
        Action::AcknowledgeAll => client.alarms().await?.acknowledge_all().await?,
        Action::PauseAudio => client.alarms().await?.pause_audio().await?,
        Action::ResumeAudio => client.alarms().await?.resume_audio().await?,
        Action::Override => console.override_().await?,
        Action::ReleaseOverride => console.release_override().await?,
    }
    Ok(Reply::Done(action))
}

/// Shows what came of an action.
pub fn take_reply(dashboard: &mut Dashboard, reply: Reply, now: Instant) {
    let console = dashboard.snapshot.as_mut().map(|snapshot| &mut snapshot.console);
    let words = match reply {
        Reply::Failed(error) => {
            dashboard.say(Tone::Failed, error.to_string(), now);
            return;
        }
        Reply::StopRequested { token, left } => {
            dashboard.question = Some(Question::Stop { token, until: now + left });
            return;
        }
        Reply::Done(Action::Start) => "supporting".to_owned(),
        Reply::Done(Action::RequestStop) => "stop requested".to_owned(),
        Reply::Done(Action::ConfirmStop(_)) => "stop confirmed: the pump slows down".to_owned(),
        Reply::Done(Action::CancelStop) => "stop withdrawn: the pump goes on".to_owned(),
        Reply::Done(Action::SetMode(mode)) => {
            if let Some(console) = console {
                mode.clone_into(&mut console.mode);
            }
            format!("mode {mode}")
        }
        // The setpoint is known before the next snapshot, so that the next step counts from it.
        Reply::Done(Action::SetFlow(flow)) => {
            if let Some(console) = console {
                console.flow_setpoint = flow;
            }
            format!("flow setpoint {flow:.1} L/min")
        }
        Reply::Done(Action::SetSpeed(speed)) => {
            if let Some(console) = console {
                console.speed_setpoint = speed;
            }
            format!("speed setpoint {speed:.0} rpm")
        }
        // Known before the next snapshot, so that the next key takes the next alarm.
        Reply::Done(Action::Acknowledge { path, name }) => {
            let alarms = dashboard.snapshot.as_mut().map(|snapshot| &mut snapshot.present_alarms);
            if let Some(alarm) = alarms.and_then(|alarms| alarms.get_mut(&path)) {
                alarm.acknowledged = true;
            }
            format!("acknowledged {name}")
        }
        Reply::Done(Action::AcknowledgeAll) => "acknowledged all alarms".to_owned(),
        Reply::Done(Action::PauseAudio) => {
            "the alarms that are present are silent; p: hear them again".to_owned()
        }
        Reply::Done(Action::ResumeAudio) => "alarms are heard again".to_owned(),
        Reply::Done(Action::Override) => "every intervention is taken back; O: let them act again".to_owned(),
        Reply::Done(Action::ReleaseOverride) => "interventions may act again".to_owned(),
    };
    dashboard.say(Tone::Done, words, now);
}
