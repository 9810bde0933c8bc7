// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is on the board, by name: as scenarios, the control socket and the console's configuration call it.

use serde::{Deserialize, Serialize};

/// The chips on SPI and I2C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chip {
    /// ADS1263 on SPI: five pressure transducers.
    Adc,
    /// MAX31865 on SPI: blood before the membrane.
    VenousRtd,
    /// MAX31865 on SPI: blood after the membrane.
    ArterialRtd,
    /// MAX31865 on SPI: water of the heater.
    WaterRtd,
    /// MAX31865 on SPI: the room.
    RoomRtd,
    /// ADS1220 on SPI: a second arterial pressure transducer.
    SecondAdc,
    /// LM75B on I2C, address 0x48: inside of the console.
    Cabinet,
    /// LM75B on I2C, address 0x49: on the heat sink of the pump's drive.
    HeatSink,
}

impl Chip {
    /// Those on SPI.
    pub const SPI: [Self; 6] =
        [Self::Adc, Self::VenousRtd, Self::ArterialRtd, Self::WaterRtd, Self::RoomRtd, Self::SecondAdc];

    /// The name in configurations; the socket of an SPI chip is called so, with `.spi`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adc => "adc",
            Self::VenousRtd => "venous_rtd",
            Self::ArterialRtd => "arterial_rtd",
            Self::WaterRtd => "water_rtd",
            Self::RoomRtd => "room_rtd",
            Self::SecondAdc => "second_adc",
            Self::Cabinet => "cabinet",
            Self::HeatSink => "heat_sink",
        }
    }
}

/// The pressure transducers on the converter, in the order of their pins: AIN0/AIN1, AIN2/AIN3 ...
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transducer {
    /// Before the pump.
    Venous,
    /// Before the membrane.
    PreMembrane,
    /// After the membrane.
    Arterial,
    /// Gas at the membrane's inlet.
    GasInlet,
    /// To be connected to anything; open to the air.
    Auxiliary,
}

impl Transducer {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Venous, Self::PreMembrane, Self::Arterial, Self::GasInlet, Self::Auxiliary];
}

/// The resistance thermometers, in the order of their chips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thermometer {
    /// Blood before the membrane.
    Venous,
    /// Blood after the membrane.
    Arterial,
    /// Water of the heater.
    Water,
    /// The room.
    Room,
}

impl Thermometer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Venous, Self::Arterial, Self::Water, Self::Room];
}
