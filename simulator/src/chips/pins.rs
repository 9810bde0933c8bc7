// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is on the pins of a converter: voltages, how noisy they are, and which are connected to nothing.

/// The pins that a multiplexer can choose: AIN0 to AIN9 and AINCOM.
pub const PINS: usize = 11;

/// One pin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pin {
    /// Against AVSS, V. Of an open pin: what it floats to.
    pub voltage: f64,
    /// What a current that is pushed out of the pin meets on its way to ground, ohm; infinite for an open pin.
    pub resistance: f64,
}

impl Pin {
    /// A pin that is connected to nothing floats near ground, where leakage takes it `[C]`.
    pub const OPEN: Self = Self { voltage: 0.02, resistance: f64::INFINITY };

    /// A pin held at a voltage through a resistance.
    #[must_use]
    pub const fn at(voltage: f64, resistance: f64) -> Self {
        Self { voltage, resistance }
    }

    /// Whether nothing is connected.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.resistance.is_infinite()
    }

    /// The voltage while `current` (A, out of the pin) is pushed into it, within the supply.
    #[must_use]
    pub fn with_current(&self, current: f64, supply: f64) -> f64 {
        if current.abs() < 1e-12 {
            self.voltage
        } else if self.is_open() {
            if current > 0.0 { supply } else { 0.0 }
        } else {
            (self.voltage + current * self.resistance).clamp(0.0, supply)
        }
    }
}

/// Everything that a converter measures and lives on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pins {
    pins: [Pin; PINS],
    /// Analog supply AVDD - AVSS, V; the excitation of bridges too.
    pub supply: f64,
    /// Digital supply, V.
    pub digital_supply: f64,
    /// What the internal reference really is, as a multiple of what it should be.
    pub reference_factor: f64,
    /// Of the die, degC.
    pub die_temperature: f64,
    /// Noise of a voltage between two pins, one standard deviation, V.
    pub noise: f64,
}

impl Pins {
    /// A 5 V board with nothing connected.
    pub const NOTHING: Self = Self {
        pins: [Pin::OPEN; PINS],
        supply: 5.0,
        digital_supply: 3.3,
        reference_factor: 1.0,
        die_temperature: 30.0,
        noise: 0.0,
    };

    /// One pin; what does not exist is open.
    #[must_use]
    pub fn pin(&self, number: usize) -> Pin {
        self.pins.get(number).copied().unwrap_or(Pin::OPEN)
    }

    /// Connects a pin.
    pub fn connect(&mut self, number: usize, pin: Pin) {
        if let Some(place) = self.pins.get_mut(number) {
            *place = pin;
        }
    }

    /// Puts a bridge between two pins: `difference` V apart, around half of the supply.
    pub fn bridge(&mut self, positive: usize, negative: usize, difference: f64, resistance: f64) {
        let middle = self.supply / 2.0;
        self.connect(positive, Pin::at(middle + difference / 2.0, resistance / 2.0));
        self.connect(negative, Pin::at(middle - difference / 2.0, resistance / 2.0));
    }
}
