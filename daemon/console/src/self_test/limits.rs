// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the alarm limits make sense: against each other, against what their signals can show at all, against the setpoint and
//! against the preset of the patient's class. Pure.

use ecmod_control::{CATALOGUE, LimitKind, Mode, Outputs, Role, Source};
use ecmod_quantities::Monotonic;

use super::item::Item;
use crate::plan::Plan;

/// A limit that is laxer than the preset by more than this part of the preset is worth a question `[C]`.
const MUCH: f64 = 0.5;

/// An alarm that can never come is none: a case should not begin with it.
pub(super) fn possible(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Item {
    const NAME: &str = "the alarm limits can be reached";
    let mut problems = Vec::new();
    if let Some((limit, with)) = outputs.limits.conflict() {
        problems.push(format!("{} is not below {}", limit.name(), with.name()));
    }
    for limit in LimitKind::ALL {
        let Some(value) = outputs.limits.get(limit) else { continue };
        let Some((name, minimum, maximum)) = range_of(plan, limit) else { continue };
        if !(minimum..=maximum).contains(&value) {
            problems.push(format!("{} {value} is outside what {name} can show", limit.name()));
        }
    }
    let item = if problems.is_empty() {
        Item::passed(NAME, format!("{} limits", in_force(outputs)), now)
    } else {
        let remedy = "Change the limit, or the range of the signal in the configuration.";
        Item::failed(NAME, problems.join("; "), remedy, now)
    };
    item.blocking(true)
}

/// What is unusual may be meant, so it blocks nothing.
pub(super) fn usual(plan: &Plan, outputs: &Outputs, now: Monotonic) -> Item {
    const NAME: &str = "the alarm limits suit the patient";
    let preset = plan.settings.alarms.preset(outputs.class);
    let mut remarks = Vec::new();
    for limit in LimitKind::ALL {
        match (outputs.limits.get(limit), preset.get(limit)) {
            (None, _) => remarks.push(format!("{} is switched off", limit.name())),
            (Some(value), Some(usual)) if is_much_laxer(limit, value, usual) => {
                let class = outputs.class.name();
                remarks.push(format!("{} is {value}, {usual} is usual for {class}", limit.name()));
            }
            (Some(_), Some(_) | None) => {}
        }
    }
    remarks.extend(against_setpoint(outputs));
    if remarks.is_empty() {
        let detail = format!("they are near the preset for {}", outputs.class.name());
        Item::passed(NAME, detail, now)
    } else {
        let remedy = "Look at these limits; set them for this patient, or apply the preset of the class.";
        Item::failed(NAME, remarks.join("; "), remedy, now)
    }
}

fn in_force(outputs: &Outputs) -> usize {
    LimitKind::ALL.into_iter().filter(|limit| outputs.limits.get(*limit).is_some()).count()
}

/// The signal that a limit is compared with, and what it can show: as the catalogue of alarms says.
fn range_of(plan: &Plan, limit: LimitKind) -> Option<(&str, f64, f64)> {
    let rows = CATALOGUE.iter().filter(|row| row.limits.contains(&limit));
    let roles = rows.flat_map(|row| row.inputs).filter_map(|source| match source {
        Source::Role(role) if role.quantity() == Some(limit.quantity()) => Some(*role),
        _ => None,
    });
    roles.filter(|role| *role != Role::FlowQuality || limit == LimitKind::FlowQualityLow).find_map(|role| {
        let index = plan.settings.signals.iter().position(|signal| signal.is_some_and(|s| s.role == role))?;
        let signal = plan.signals.get(index)?;
        Some((signal.name.as_str(), signal.minimum, signal.maximum))
    })
}

/// In Flow mode the setpoint itself must be no alarm.
fn against_setpoint(outputs: &Outputs) -> Option<String> {
    let flow = outputs.flow_setpoint.value();
    if outputs.mode != Mode::Flow || flow <= 0.0 {
        return None;
    }
    let low = outputs.limits.get(LimitKind::FlowLow).filter(|low| *low >= flow);
    let high = outputs.limits.get(LimitKind::FlowHigh).filter(|high| *high <= flow);
    let limit = low.map(|_| LimitKind::FlowLow).or(high.map(|_| LimitKind::FlowHigh))?;
    Some(format!("the setpoint of {flow} L/min is beyond {}", limit.name()))
}

fn is_much_laxer(limit: LimitKind, value: f64, usual: f64) -> bool {
    let laxer = match direction(limit) {
        Direction::Below => usual - value,
        Direction::Above => value - usual,
    };
    laxer > MUCH * usual.abs()
}

/// On which side of a limit the alarm is.
enum Direction {
    Below,
    Above,
}

const fn direction(limit: LimitKind) -> Direction {
    match limit {
        LimitKind::FlowLow
        | LimitKind::FlowLowPart
        | LimitKind::Backflow
        | LimitKind::FlowQualityLow
        | LimitKind::VenousPressureLow
        | LimitKind::VenousPressureVeryLow
        | LimitKind::TemperatureLow
        | LimitKind::VenousSaturationLow
        | LimitKind::SweepGasLowPart
        | LimitKind::GasSupplyPressureLow
        | LimitKind::ExhaustOxygenLow
        | LimitKind::BatteryTimeLow
        | LimitKind::BatteryTimeCritical
        | LimitKind::BatteryChargeLow
        | LimitKind::BatteryChargeCritical => Direction::Below,
        LimitKind::FlowHigh
        | LimitKind::FlowDeviation
        | LimitKind::PreMembranePressureHigh
        | LimitKind::PreMembranePressureVeryHigh
        | LimitKind::ArterialPressureHigh
        | LimitKind::ArterialPressureVeryHigh
        | LimitKind::SuctionChatter
        | LimitKind::MembraneResistanceHigh
        | LimitKind::MembraneResistanceRise
        | LimitKind::TemperatureHigh
        | LimitKind::TemperatureVeryHigh
        | LimitKind::DriveTemperatureHigh
        | LimitKind::PumpLoadHigh => Direction::Above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult::{Failed, Passed};
    use crate::self_test::bench;
    use ecmod_quantities::LitresPerMinute;

    const NOW: Monotonic = Monotonic(5);

    #[test]
    fn limits_of_a_preset_pass() {
        let (plan, outputs) = bench::plan_and_outputs();
        assert_eq!(
            (possible(&plan, &outputs, NOW).result, usual(&plan, &outputs, NOW).result),
            (Passed, Passed)
        );
    }

    #[test]
    fn a_limit_that_its_signal_can_never_pass_blocks_a_new_case() {
        let (mut plan, outputs) = bench::plan_and_outputs();
        let index = bench::index(&plan, "venous_pressure");
        plan.signals[index].minimum = -120.0;
        let item = possible(&plan, &outputs, NOW);
        assert!(item.is_in_the_way() && item.detail.contains("venous_pressure_very_low -150"), "{item:?}");
    }

    #[test]
    fn a_lax_limit_one_that_is_off_and_a_setpoint_beyond_one_are_told_and_block_nothing() {
        let (plan, mut outputs) = bench::plan_and_outputs();
        outputs.limits.set(LimitKind::FlowLow, 0.5).unwrap();
        outputs.limits.put(LimitKind::SuctionChatter, None);
        (outputs.mode, outputs.flow_setpoint) = (Mode::Flow, LitresPerMinute(0.4));
        let item = usual(&plan, &outputs, NOW);
        assert_eq!((item.result, item.blocks), (Failed, false));
        for word in
            ["flow_low is 0.5, 2 is usual for adult", "suction_chatter is switched off", "setpoint of 0.4"]
        {
            assert!(item.detail.contains(word), "{word} in {}", item.detail);
        }
        let stricter = bench::plan_and_outputs();
        let mut outputs = stricter.1;
        outputs.limits.set(LimitKind::VenousPressureLow, -40.0).unwrap();
        assert_eq!(usual(&stricter.0, &outputs, NOW).result, Passed, "stricter than usual is no question");
    }
}
