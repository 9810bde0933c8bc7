// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the dashboard knows, and what of it may still be shown as true.
//!
//! Pure: updates and the time come in, the view reads it. The rule it keeps: a reading is shown only while frames arrive;
//! when they cease, for whatever reason, every reading is lost.

use std::time::{Duration, Instant};

use ecmod_client::{Error, Frame, Reading, Snapshot};

use super::{history::History, link::Update};

/// How long a message stands.
const MESSAGE_STANDS: Duration = Duration::from_secs(6);

/// After how many frame periods without a frame the readings are lost.
const LOST_AFTER: u32 = 3;

/// Where the connection stands.
#[derive(Debug)]
pub enum Link {
    /// Nothing is known yet.
    Connecting,
    /// The console answers.
    Live,
    /// It does not; why. It is tried again.
    Lost(Error),
}

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A change was made.
    Done,
    /// A change was not made.
    Failed,
}

/// A question that has to be answered before something is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Question {
    /// Stop the pump? The stop is requested already.
    Stop {
        /// What the console wants to hear again.
        token: u32,
        /// Until when it counts.
        until: Instant,
    },
    /// Regulate to zero flow?
    ZeroFlow,
}

/// What the dashboard knows.
#[derive(Debug)]
pub struct Dashboard {
    /// Where the connection stands.
    pub link: Link,
    /// The properties, as last read.
    pub snapshot: Option<Snapshot>,
    /// The last minute.
    pub history: History,
    /// The question that is open.
    pub question: Option<Question>,
    /// Frames lost on the way, since the dashboard began.
    pub lost_frames: u64,
    frame: Option<(Frame, Instant)>,
    message: Option<(Tone, String, Instant)>,
}

impl Dashboard {
    /// Before anything is known.
    pub fn new() -> Self {
        Self {
            link: Link::Connecting,
            snapshot: None,
            history: History::default(),
            question: None,
            lost_frames: 0,
            frame: None,
            message: None,
        }
    }

    /// Takes an update in, received at `now`.
    pub fn update(&mut self, update: Update, now: Instant) {
        match update {
            Update::Connected(_) => {}
            Update::Snapshot(snapshot) => {
                self.link = Link::Live;
                self.snapshot = Some(*snapshot);
            }
            Update::Frame(frame) => {
                self.lost_frames = self.lost_frames.saturating_add(frame.lost);
                self.history.add(&frame);
                self.frame = Some((frame, now));
            }
            Update::Lost(error) => {
                self.link = Link::Lost(error);
                self.question = None;
            }
        }
    }

    /// Shows a message for a while.
    pub fn say(&mut self, tone: Tone, message: impl Into<String>, now: Instant) {
        self.message = Some((tone, message.into(), now + MESSAGE_STANDS));
    }

    /// The message that stands now.
    pub fn message(&self, now: Instant) -> Option<(Tone, &str)> {
        let (tone, message, until) = self.message.as_ref()?;
        (now < *until).then_some((*tone, message.as_str()))
    }

    /// Drops a question whose time is over.
    pub fn expire(&mut self, now: Instant) {
        if let Some(Question::Stop { until, .. }) = self.question
            && now >= until
        {
            self.question = None;
            self.say(Tone::Failed, "the stop was not confirmed: the pump goes on", now);
        }
    }

    /// The newest frame, unless frames have ceased.
    pub fn fresh_frame(&self, now: Instant) -> Option<&Frame> {
        let (frame, received) = self.frame.as_ref()?;
        (now.saturating_duration_since(*received) <= self.patience()).then_some(frame)
    }

    /// The console's clock now, in ns, as far as the frames tell: plots go on to the left when frames cease.
    pub fn console_time(&self, now: Instant) -> u64 {
        self.frame.as_ref().map_or(0, |(frame, received)| {
            let passed = now.saturating_duration_since(*received).as_nanos();
            frame.monotonic.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
        })
    }

    /// A signal's reading; `bad` with cause `no_frames` when frames have ceased.
    pub fn reading(&self, signal: &str, now: Instant) -> Reading {
        match self.fresh_frame(now).map(|frame| frame.readings.get(signal)) {
            Some(Some(reading)) => reading.clone(),
            Some(None) => Reading::bad("no_such_signal", 0, 0),
            None => Reading::bad("no_frames", 0, 0),
        }
    }

    fn patience(&self) -> Duration {
        let period = self.snapshot.as_ref().map_or(100_000_000, |snapshot| snapshot.console.frame_period);
        Duration::from_nanos(period.max(1_000_000)).saturating_mul(LOST_AFTER)
    }
}
