// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can go wrong on purpose, in the words of scenario files and of the control socket.

use crate::circuit::Site;
use crate::devices::Channel;
use serde::{Deserialize, Serialize};

/// One thing that is wrong, from its injection until it is cleared.
///
/// Probabilities are per frame (per line of text on a text line), 0 to 1, and 1 where left out. `line` is a line's
/// name, or `*` for every line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Random bytes before answers and between them.
    Noise {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
        /// How many bytes at most.
        #[serde(default = "thirty")]
        bytes: u8,
    },
    /// A damaged byte: on Modbus RTU the checksum does not fit.
    WrongCrc {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
    },
    /// The answer carries another unit's number, with a good checksum.
    WrongUnit {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
    },
    /// The end of the answer is missing.
    ShortFrames {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
    },
    /// The answer comes late.
    LateFrames {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
        /// How late.
        delay_ms: u64,
    },
    /// No answer.
    Silence {
        /// Which line.
        line: String,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
    },
    /// What is sent comes back before the answer, as on an RS-485 adapter that hears itself.
    Echo {
        /// Which line.
        line: String,
    },
    /// The device node vanishes (USB adapter unplugged), the TCP port closes.
    Disconnect {
        /// Which line.
        line: String,
    },
    /// The drive reports this alarm and stops; it cannot be reset before the fault is cleared.
    DriveAlarm {
        /// The drive's code, for example 0x30.
        code: u8,
    },
    /// The drive's supply dips once: it stands and has forgotten its commands.
    DriveReset {},
    /// The drive's supply dips once, and it comes up with alarm 46h.
    DriveStartInhibited {},
    /// The drive is configured wrongly: it stops when nobody has spoken to it for this long.
    DriveStopsOnSilence {
        /// After this time.
        after_s: f64,
    },
    /// The flow sensor is unplugged.
    FlowSensorDisconnected {},
    /// The flow sensor has lost its ultrasonic coupling.
    FlowCouplingLost {},
    /// The flow meter shows overflow.
    FlowOverflow {},
    /// The flow meter's board is too hot.
    FlowMeterTooHot {},
    /// The flow meter hangs; clearing the fault cycles its supply.
    FlowMeterHang {},
    /// The transmitter answers, but its values stand still.
    TransmitterFrozen {},
    /// The transmitter has failed as a whole and says so.
    TransmitterFailed {},
    /// One channel of the transmitter has no sensor.
    TransmitterInvalid {
        /// Which channel.
        channel: Channel,
    },
    /// No gas arrives at the gas controller.
    GasSupplyLost {},
    /// A line of the circuit is kinked or clamped.
    Occlusion {
        /// Which side.
        site: Site,
        /// Fraction of its area that is closed, 0 to 1.
        fraction: f64,
    },
    /// The patient has too little volume: the vein collapses on the cannula above this flow.
    Hypovolaemia {
        /// In L/min.
        venous_return_l_min: f64,
    },
    /// The membrane is clotted.
    Clot {
        /// Fraction of its area that is closed, 0 to 0.95.
        fraction: f64,
    },
    /// A line of the circuit has come off.
    Disconnection {
        /// Which side.
        site: Site,
    },
}

impl Fault {
    /// What is not possible about it, in words; `lines` are the names that exist.
    ///
    /// # Errors
    /// The reason.
    pub fn check(&self, lines: &[&str]) -> Result<(), String> {
        if let Some(line) = self.line()
            && line != EVERY_LINE
            && !lines.contains(&line)
        {
            return Err(format!("there is no line {line:?}; there are {}", lines.join(", ")));
        }
        let (name, value, low, high) = match *self {
            Self::Noise { probability, .. }
            | Self::WrongCrc { probability, .. }
            | Self::WrongUnit { probability, .. }
            | Self::ShortFrames { probability, .. }
            | Self::LateFrames { probability, .. }
            | Self::Silence { probability, .. } => ("probability", probability, 0.0, 1.0),
            Self::Occlusion { fraction, .. } => ("fraction", fraction, 0.0, 1.0),
            Self::Clot { fraction } => ("fraction", fraction, 0.0, 0.95),
            Self::Hypovolaemia { venous_return_l_min } => {
                ("venous_return_l_min", venous_return_l_min, 0.2, 100.0)
            }
            Self::DriveStopsOnSilence { after_s } => ("after_s", after_s, 0.001, 3600.0),
            _ => return Ok(()),
        };
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(format!("{name} = {value} is not between {low} and {high}"))
        }
    }

    /// The line it concerns, if it concerns one.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Noise { line, .. }
            | Self::WrongCrc { line, .. }
            | Self::WrongUnit { line, .. }
            | Self::ShortFrames { line, .. }
            | Self::LateFrames { line, .. }
            | Self::Silence { line, .. }
            | Self::Echo { line }
            | Self::Disconnect { line } => Some(line),
            _ => None,
        }
    }
}

/// Stands for the name of every line.
pub const EVERY_LINE: &str = "*";

const fn always() -> f64 {
    1.0
}

const fn thirty() -> u8 {
    30
}
