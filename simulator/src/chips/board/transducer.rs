// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disposable blood pressure transducer: a bridge of 5 uV/V/mmHg (AAMI BP22 `[K]`) with zero error, gain error and noise.

use super::faults::{Connection, TransducerFault, Wire};
use crate::chips::pins::{Pin, Pins};
use crate::random::Noise;
use ecmod_quantities::MmHg;

/// One transducer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bridge {
    /// What it shows at atmosphere.
    pub zero_error: MmHg,
    /// True sensitivity as a multiple of the nominal one.
    pub gain: f64,
}

impl Bridge {
    /// V per V of excitation and mmHg.
    pub const SENSITIVITY: f64 = 5e-6;
    /// Between its outputs, ohm `[K]`.
    const RESISTANCE: f64 = 350.0;
    /// Beyond this its membrane sits at the stop `[K]`.
    const STOP: MmHg = MmHg(6000.0);

    /// Puts the bridge on its two pins.
    pub fn connect(
        &self,
        pins: &mut Pins,
        at: usize,
        truth: MmHg,
        fault: &TransducerFault,
        noise: &mut Noise,
    ) {
        let pressure = match fault.connection {
            Connection::Circuit => truth,
            Connection::Source { pressure, noise: deviation } => pressure + deviation * noise.normal(),
        };
        let pressure = if fault.saturated { Self::STOP } else { pressure };
        let shown = pressure * self.gain + self.zero_error;
        let difference = shown.value() * Self::SENSITIVITY * pins.supply;
        pins.bridge(at, at + 1, difference, Self::RESISTANCE);
        match fault.open {
            None => {}
            Some(Wire::Positive) => pins.connect(at, Pin::OPEN),
            Some(Wire::Negative) => pins.connect(at + 1, Pin::OPEN),
            // Both outputs at the ground that the bridge still has.
            Some(Wire::Excitation) => {
                pins.connect(at, Pin::at(0.0, Self::RESISTANCE));
                pins.connect(at + 1, Pin::at(0.0, Self::RESISTANCE));
            }
        }
    }
}
