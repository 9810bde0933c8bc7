// SPDX-License-Identifier: MIT OR Apache-2.0
//! Local control: keys that the pump's host serves by itself while there is no daemon.

use ecmod_quantities::{Rpm, Span};

use super::Endpoint;

/// `[ports.NAME.local_control]`. Lines are names of the port's own, drivers are on this port.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalControl {
    /// The pump's driver, and its command for the speed: the target of `[commands.pump_speed]`.
    pub pump: Endpoint,
    /// The same driver's signal with the true speed.
    pub feedback: String,
    /// The input of the key that raises the speed.
    pub raise: String,
    /// The input of the key that lowers it.
    pub lower: String,
    /// The output of a lamp that is on while the keys act.
    pub lamp: Option<String>,
    /// A command, of another driver or the pump's, that shows a speed.
    pub display: Option<Endpoint>,
    /// How far one press goes.
    pub step: Rpm,
    /// The keys go no lower.
    pub minimum: Rpm,
    /// The keys go no higher.
    pub maximum: Rpm,
    /// How fast the speed follows, in rpm/s.
    pub slew_rpm_per_s: f64,
    /// How long the daemon must have been silent before the keys act.
    pub silence: Span,
}
