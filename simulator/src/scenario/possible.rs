// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a fault is possible: names that exist, numbers within their ranges.

use super::fault::{EVERY_LINE, Fault};
use crate::chips::LineChip as _;
use crate::chips::board::Board;

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
        if let Self::WireBroken { wire } = self
            && !Board::new(0).lines().iter().any(|line| line.name == wire)
        {
            return Err(format!("there is no wire {wire:?}"));
        }
        let (name, value, low, high) = match *self {
            Self::Noise { probability, .. }
            | Self::WrongCrc { probability, .. }
            | Self::WrongUnit { probability, .. }
            | Self::ShortFrames { probability, .. }
            | Self::LateFrames { probability, .. }
            | Self::Silence { probability, .. }
            | Self::ChipDamagedData { probability, .. } => ("probability", probability, 0.0, 1.0),
            Self::ReferenceDrift { fraction_per_s } => ("fraction_per_s", fraction_per_s, -1.0, 1.0),
            Self::TransducerAt { mmhg, noise_mmhg, .. } => {
                if !(0.0..=1000.0).contains(&noise_mmhg) {
                    return Err(format!("noise_mmhg = {noise_mmhg} is not between 0 and 1000"));
                }
                ("mmhg", mmhg, -2000.0, 10_000.0)
            }
            Self::DriveHot { celsius } => ("celsius", celsius, -40.0, 125.0),
            Self::Bubbles { per_s, .. } => ("per_s", per_s, 0.001, 400.0),
            Self::Air { ml, .. } => ("ml", ml, 0.01, 500.0),
            Self::GasCylinderEmpties { bar_per_s } => ("bar_per_s", bar_per_s, 0.0001, 100.0),
            Self::BatteryCharge { percent } => ("percent", percent, 0.0, 100.0),
            Self::DriveWeak { fraction } | Self::PumpThrombus { fraction } => {
                ("fraction", fraction, 0.0, 1.0)
            }
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
