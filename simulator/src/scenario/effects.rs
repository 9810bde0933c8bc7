// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all active faults together do to circuit, devices and lines: a pure function of the set.

use super::fault::{EVERY_LINE, Fault};
use crate::chips::board::{self, BusFault, Chip, Connection, Thermometer};
use crate::chips::clamp::Switch;
use crate::chips::inputs::Key;
use crate::chips::{Level, clamp};
use crate::circuit::{Condition, GasSupply, Oxygen, Site};
use crate::devices::{AnalyserFault, BlvFault, FlowMeterFault, PowerFault, TransmitterFault};
use crate::line::LineFaults;
use ecmod_quantities::{Celsius, LitresPerMinute, MmHg, Span};

/// The state of everything that can be wrong.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// Of the circuit.
    pub circuit: Condition,
    /// The patient's venous return, where it is less than the patient's own.
    pub venous_return: Option<LitresPerMinute>,
    /// Of the drive.
    pub drive: BlvFault,
    /// Of the flow meter.
    pub flow_meter: FlowMeterFault,
    /// Of the transmitter.
    pub transmitter: TransmitterFault,
    /// Of the monitor of gas and blood.
    pub analyser: AnalyserFault,
    /// Of mains and battery.
    pub power: PowerFault,
    /// Of the board with the chips and lines.
    pub board: board::Faults,
}

impl Effects {
    /// All that these faults do together; of two that contradict each other, the later one counts.
    pub fn of<'a>(faults: impl Iterator<Item = &'a Fault>) -> Self {
        faults.fold(Self::default(), |mut effects, fault| {
            effects.add(fault);
            effects
        })
    }

    fn add(&mut self, fault: &Fault) {
        use crate::circuit::Site::{Drainage, Return};
        match *fault {
            Fault::DriveAlarm { code } => self.drive.alarm = Some(code),
            Fault::DriveStopsOnSilence { after_s } => self.drive.stops_on_silence_s = Some(after_s),
            Fault::DriveWeak { fraction } => self.drive.weak = fraction,
            Fault::DriveHot { celsius } => self.circuit.drive_temperature = Some(Celsius(celsius)),
            Fault::PumpDecoupled {} => self.circuit.decoupled = true,
            Fault::PumpThrombus { fraction } => self.circuit.pump_thrombus = fraction,
            Fault::FlowSensorDisconnected {} => self.flow_meter = FlowMeterFault::Disconnected,
            Fault::FlowCouplingLost {} => self.flow_meter = FlowMeterFault::CouplingLost,
            Fault::FlowOverflow {} => self.flow_meter = FlowMeterFault::Overflow,
            Fault::FlowMeterTooHot {} => self.flow_meter = FlowMeterFault::OverTemperature,
            Fault::FlowMeterHang {} => self.flow_meter = FlowMeterFault::Hang,
            Fault::TransmitterFrozen {} => self.transmitter.frozen = true,
            Fault::TransmitterFailed {} => self.transmitter.failed = true,
            Fault::TransmitterInvalid { channel } => {
                self.transmitter = self.transmitter.with_invalid(channel);
            }
            Fault::AnalyserInvalid { channel } => self.analyser = self.analyser.with_invalid(channel),
            Fault::GasSupplyLost {} => self.circuit.gas = GasSupply::Lost,
            Fault::GasCylinderEmpties { bar_per_s } => self.circuit.gas = GasSupply::Emptying(bar_per_s),
            Fault::OxygenLost {} => self.circuit.oxygen = Oxygen::Lost,
            Fault::Occlusion { site: Drainage, fraction } => self.circuit.occluded_drainage = fraction,
            Fault::Occlusion { site: Return, fraction } => self.circuit.occluded_return = fraction,
            Fault::Hypovolaemia { venous_return_l_min } => {
                self.venous_return = Some(LitresPerMinute(venous_return_l_min));
            }
            Fault::Clot { fraction } => self.circuit.clot = fraction,
            Fault::Disconnection { site } => self.circuit.disconnected = Some(site),
            Fault::MainsLost {} => self.power.mains_lost = true,
            Fault::BatteryFailed {} => self.power.battery_failed = true,
            Fault::BatteryMissing {} => self.power.battery_missing = true,
            Fault::ChargerFailed {} => self.power.charger_failed = true,
            _ => self.add_to_board(fault),
        }
    }

    fn add_to_board(&mut self, fault: &Fault) {
        let board = &mut self.board;
        match *fault {
            Fault::ChipStuck { chip, high } => {
                board.bus.insert(chip, BusFault::Stuck(Level::from_bool(high)));
            }
            Fault::ChipError { chip } => {
                board.bus.insert(chip, BusFault::Error);
            }
            Fault::ChipSilent { chip } => {
                board.bus.insert(chip, BusFault::Silent);
            }
            Fault::ChipWrongId { chip } => {
                board.wrong_id.insert(chip);
            }
            Fault::ChipDamagedData { chip, probability } => {
                board.damaged_data.insert(chip, probability);
            }
            Fault::ChipReadySilent { chip } => {
                board.ready_silent.insert(chip);
            }
            Fault::ReferenceDrift { fraction_per_s } => board.reference_drift = Some(fraction_per_s),
            Fault::TransducerOpen { transducer, wire } => board.transducer(transducer).open = Some(wire),
            Fault::TransducerSaturated { transducer } => board.transducer(transducer).saturated = true,
            Fault::TransducerAt { transducer, mmhg, noise_mmhg } => {
                board.transducer(transducer).connection =
                    Connection::Source { pressure: MmHg(mmhg), noise: MmHg(noise_mmhg) };
            }
            Fault::RtdFault { thermometer, element } => {
                board.elements.insert(chip_of(thermometer), element);
            }
            Fault::ClampJammed { site } => clamp_of(board, site).jammed = true,
            Fault::ClampClosesByItself { site } => clamp_of(board, site).closes_by_itself = true,
            Fault::ClampSwitchBroken { site, switch: Switch::Open } => {
                clamp_of(board, site).open_switch_broken = true;
            }
            Fault::ClampSwitchBroken { site, switch: Switch::Closed } => {
                clamp_of(board, site).closed_switch_broken = true;
            }
            Fault::WireBroken { ref wire } => {
                board.broken_lines.insert(wire.clone());
            }
            Fault::LevelLow {} => board.scene.level_low = true,
            Fault::Bubbles { site, per_s } => board.scene.bubbles_mut(site).per_s = per_s,
            Fault::BubbleDetectorDead { site } => board.scene.bubbles_mut(site).dead = true,
            Fault::KeyPressed { key } => {
                let keys = Key::ALL.into_iter().zip(&mut board.scene.pressed);
                keys.filter(|(known, _)| *known == key).for_each(|(_, pressed)| *pressed = true);
            }
            Fault::SounderDead {} => board.sounder_dead = true,
            Fault::TachoDead {} => board.tacho_dead = true,
            // What happens once is no state, line faults belong to the lines, and the others were told above.
            _ => {}
        }
    }
}

const fn chip_of(thermometer: Thermometer) -> Chip {
    match thermometer {
        Thermometer::Venous => Chip::VenousRtd,
        Thermometer::Arterial => Chip::ArterialRtd,
        Thermometer::Water => Chip::WaterRtd,
        Thermometer::Room => Chip::RoomRtd,
    }
}

const fn clamp_of(board: &mut board::Faults, site: Site) -> &mut clamp::Fault {
    let [drainage, back] = &mut board.clamps;
    match site {
        Site::Drainage => drainage,
        Site::Return => back,
    }
}

impl LineFaults {
    /// All that these faults do to the line of this name.
    pub fn of<'a>(name: &str, faults: impl Iterator<Item = &'a Fault>) -> Self {
        let mine = faults.filter(|fault| fault.line().is_some_and(|line| line == EVERY_LINE || line == name));
        mine.fold(Self::default(), |mut all, fault| {
            match *fault {
                Fault::Noise { probability, bytes, .. } => all.noise = Some((probability, bytes)),
                Fault::WrongCrc { probability, .. } => all.wrong_crc = probability,
                Fault::WrongUnit { probability, .. } => all.wrong_unit = probability,
                Fault::ShortFrames { probability, .. } => all.short = probability,
                Fault::LateFrames { probability, delay_ms, .. } => {
                    all.late = Some((probability, Span::from_millis(delay_ms)));
                }
                Fault::Silence { probability, .. } => all.silence = probability,
                Fault::Echo { .. } => all.echo = true,
                Fault::Disconnect { .. } => all.disconnected = true,
                _ => {}
            }
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_concerns_every_line_and_a_name_only_its_own() {
        let faults =
            [Fault::Silence { line: "*".into(), probability: 0.5 }, Fault::Echo { line: "pump_line".into() }];
        let pump = LineFaults::of("pump_line", faults.iter());
        let gas = LineFaults::of("gas_line", faults.iter());
        assert_eq!((pump.silence, pump.echo), (0.5, true));
        assert_eq!((gas.silence, gas.echo), (0.5, false));
    }

    #[test]
    fn impossible_faults_are_refused_with_the_reason() {
        let lines = ["pump_line", "monitor"];
        let refused = |fault: Fault| fault.check(&lines).unwrap_err();
        assert!(refused(Fault::Echo { line: "pumpline".into() }).contains("pump_line, monitor"));
        assert!(refused(Fault::Clot { fraction: 1.0 }).contains("0.95"));
        assert!(refused(Fault::Silence { line: "*".into(), probability: f64::NAN }).contains("probability"));
        assert_eq!(Fault::Silence { line: "*".into(), probability: 1.0 }.check(&lines), Ok(()));
    }
}
