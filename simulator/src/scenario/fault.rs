// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can go wrong on purpose, in the words of scenario files and of the control socket.

use crate::chips::board::{Chip, Thermometer, Transducer, Wire};
use crate::chips::clamp::Switch;
use crate::chips::inputs::Key;
use crate::chips::max31865::Element;
use crate::circuit::Site;
use crate::devices::{Analyte, Channel};
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
    /// The drive does not reach its speed.
    DriveWeak {
        /// This part of the speed is missing, 0 to 1.
        fraction: f64,
    },
    /// The drive's heat sink is as hot as this.
    DriveHot {
        /// Its temperature.
        celsius: f64,
    },
    /// The magnetic coupling has let go: the motor turns, the pump's rotor stands.
    PumpDecoupled {},
    /// A thrombus in the pump head: less head, more load.
    PumpThrombus {
        /// How much of it, 0 to 1.
        fraction: f64,
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
    /// One channel of the monitor of gas and blood has no sensor.
    AnalyserInvalid {
        /// Which channel.
        channel: Analyte,
    },
    /// A chip's data line is stuck: every byte that is read is 0x00, or 0xFF.
    ChipStuck {
        /// Which chip on SPI.
        chip: Chip,
        /// 0xFF.
        #[serde(default)]
        high: bool,
    },
    /// The bus controller reports an error for every transfer with this chip.
    ChipError {
        /// Which chip.
        chip: Chip,
    },
    /// No transfer with this chip is answered.
    ChipSilent {
        /// Which chip.
        chip: Chip,
    },
    /// The chip's id is that of another chip.
    ChipWrongId {
        /// Which chip: the converter has an id.
        chip: Chip,
    },
    /// A bit of the chip's data is damaged on the way.
    ChipDamagedData {
        /// Which chip: the converter.
        chip: Chip,
        /// How often.
        #[serde(default = "always")]
        probability: f64,
    },
    /// The chip's data-ready line stays inactive.
    ChipReadySilent {
        /// Which chip.
        chip: Chip,
    },
    /// The chip's supply dips once: it has forgotten its settings.
    ChipBrownOut {
        /// Which chip.
        chip: Chip,
    },
    /// The converter's own reference drifts, at most by 30 %.
    ReferenceDrift {
        /// How fast, as a fraction of its value.
        fraction_per_s: f64,
    },
    /// A wire of a pressure transducer is broken.
    TransducerOpen {
        /// Which transducer.
        transducer: Transducer,
        /// Which wire.
        wire: Wire,
    },
    /// A pressure transducer is at the stop.
    TransducerSaturated {
        /// Which transducer.
        transducer: Transducer,
    },
    /// A pressure transducer, and the transmitter's that shares its port, is not connected to the circuit but to a
    /// source: the air, a calibrator.
    TransducerAt {
        /// Which transducer.
        transducer: Transducer,
        /// Of the source.
        mmhg: f64,
        /// Noise of the source, one standard deviation.
        #[serde(default)]
        noise_mmhg: f64,
    },
    /// A thermometer's element or its wires are broken, or short.
    RtdFault {
        /// Which thermometer.
        thermometer: Thermometer,
        /// What it is now.
        element: Element,
    },
    /// A clamp does not move.
    ClampJammed {
        /// Which side.
        site: Site,
    },
    /// A clamp closes by itself and stays closed.
    ClampClosesByItself {
        /// Which side.
        site: Site,
    },
    /// A position switch of a clamp makes no contact any more.
    ClampSwitchBroken {
        /// Which side.
        site: Site,
        /// Which switch.
        switch: Switch,
    },
    /// The wire of a GPIO line is broken.
    WireBroken {
        /// The line's name.
        wire: String,
    },
    /// There is no liquid at the level sensors.
    LevelLow {},
    /// A bubble detector pulses once: a bubble too small to do anything, or none at all.
    Bubble {
        /// In which line.
        #[serde(default = "at_return")]
        site: Site,
    },
    /// A bubble detector pulses again and again.
    Bubbles {
        /// In which line.
        #[serde(default = "at_return")]
        site: Site,
        /// How many in a second.
        per_s: f64,
    },
    /// Air enters a line once: the detector there sees it, and it does what air does.
    Air {
        /// Which line.
        site: Site,
        /// How much.
        ml: f64,
    },
    /// A bubble detector is dead.
    BubbleDetectorDead {
        /// In which line.
        #[serde(default = "at_return")]
        site: Site,
    },
    /// A key is pressed, until the fault is cleared.
    KeyPressed {
        /// Which key.
        key: Key,
    },
    /// The sounder's coil is broken.
    SounderDead {},
    /// The speed sensor at the rotor is dead.
    TachoDead {},
    /// No mains.
    MainsLost {},
    /// The battery is as full as this from now on; clearing the fault does not fill it.
    BatteryCharge {
        /// 0 to 100.
        percent: f64,
    },
    /// The battery says that it must not be used.
    BatteryFailed {},
    /// There is no battery in its bay.
    BatteryMissing {},
    /// The charger gives nothing.
    ChargerFailed {},
    /// No gas arrives at the gas controller.
    GasSupplyLost {},
    /// The gas cylinder runs empty: its pressure falls, and then its flow.
    GasCylinderEmpties {
        /// How fast the pressure falls.
        bar_per_s: f64,
    },
    /// The blender gives air instead of oxygen.
    OxygenLost {},
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

/// Stands for the name of every line.
pub const EVERY_LINE: &str = "*";

const fn always() -> f64 {
    1.0
}

const fn at_return() -> Site {
    Site::Return
}

const fn thirty() -> u8 {
    30
}
