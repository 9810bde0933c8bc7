// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can be wrong with the board's sensors, actuators and wires, as long as it lasts.

use super::names::{Chip, Transducer};
use crate::chips::max31865::Element;
use crate::chips::{Level, clamp, inputs};
use crate::circuit::Site;
use ecmod_quantities::MmHg;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a chip's bus fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusFault {
    /// The chip's data line is stuck: every byte is 0x00 or 0xFF.
    Stuck(Level),
    /// Transfers fail at once, as when the bus controller reports an error.
    Error,
    /// Transfers are never answered.
    Silent,
}

/// Which wire of a transducer is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Of the signal, positive.
    Positive,
    /// Of the signal, negative.
    Negative,
    /// Of the excitation.
    Excitation,
}

/// What a transducer is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Connection {
    /// To its place in the circuit.
    #[default]
    Circuit,
    /// To a pressure source of this pressure, with noise of this standard deviation: the air, a calibrator, a
    /// stopcock that is handled.
    Source {
        /// The pressure.
        pressure: MmHg,
        /// One standard deviation.
        noise: MmHg,
    },
}

/// One transducer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TransducerFault {
    /// What it is connected to.
    pub connection: Connection,
    /// A broken wire.
    pub open: Option<Wire>,
    /// The membrane sits at its stop: far beyond full scale.
    pub saturated: bool,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Faults {
    /// Chips whose bus fails.
    pub bus: BTreeMap<Chip, BusFault>,
    /// Chips that are others than they should be.
    pub wrong_id: BTreeSet<Chip>,
    /// Chips whose data are damaged, with the probability per reading.
    pub damaged_data: BTreeMap<Chip, f64>,
    /// Chips whose data-ready is silent.
    pub ready_silent: BTreeSet<Chip>,
    /// How fast the converter's own reference drifts, as a fraction per second.
    pub reference_drift: Option<f64>,
    /// Transducers.
    pub transducers: BTreeMap<Transducer, TransducerFault>,
    /// Thermometers.
    pub elements: BTreeMap<Chip, Element>,
    /// Clamps: drainage, return.
    pub clamps: [clamp::Fault; 2],
    /// Lines whose wire is broken, by name.
    pub broken_lines: BTreeSet<String>,
    /// What level sensor, bubble detector and keys see.
    pub scene: inputs::Scene,
    /// The sounder's coil is broken.
    pub sounder_dead: bool,
    /// The speed sensor at the rotor is dead.
    pub tacho_dead: bool,
}

impl Faults {
    /// The transducer's part, to be changed.
    pub fn transducer(&mut self, transducer: Transducer) -> &mut TransducerFault {
        self.transducers.entry(transducer).or_default()
    }
}

/// What happens to the board at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A chip's supply dips: it is as after switching on.
    BrownOut(Chip),
    /// One bubble passes the detector of this line.
    Bubble(Site),
}
