// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors that contradict each other, and which one of them is more likely to be wrong.
//!
//! Two sensors that contradict each other are one fault and get one alarm: about the one that a third witness speaks
//! against - the demand, the pump's curve, the other pressures. The witness orders, and proves nothing; the alarm's text
//! says so.

use super::filter::Held;
use super::view::View;
use crate::{PumpPreset, Role};
use ecmod_quantities::{LitresPerMinute, Rpm, Span};

/// How long two signals may contradict each other.
const CONTRADICTION: Span = Span::from_secs(5);
/// How far pressures may lie the wrong way round, mmHg, while blood flows, and when none does.
const WRONG_WAY: f64 = 20.0;
const WRONG_AT_REST: f64 = 40.0;
/// Relative difference of two speeds, and the least that counts.
const SPEED_DIFFERENCE: f64 = 0.05;
const LEAST_DIFFERENCE: f64 = 100.0;
/// With less flow the pressure before the membrane need not be the higher one; with this much backwards it is the lower.
const FLOWING: LitresPerMinute = LitresPerMinute(0.5);
const BACKWARDS: LitresPerMinute = LitresPerMinute(-0.3);
/// A pump that turns faster has a head, and a tenth of what it could give is none.
const TURNING: f64 = 1000.0;
const NO_HEAD: f64 = 0.1;
/// The pump's curve is right to this, mmHg `[C]`.
const CURVE: f64 = 20.0;
/// No drainage line has this much pressure, mmHg.
const NOT_DRAINAGE: f64 = 30.0;

/// What contradicts itself now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contradictions {
    drop: Contradiction,
    head: Contradiction,
    speeds: Contradiction,
}

/// How long one of them has lasted, and who is named for as long as it does: a witness that changes its mind meanwhile
/// would make two alarms of one.
#[derive(Debug, Clone, Copy)]
struct Contradiction {
    held: Held,
    named: Option<Role>,
}

impl Contradictions {
    pub(super) const NEW: Self =
        Self { drop: Contradiction::NEW, head: Contradiction::NEW, speeds: Contradiction::NEW };

    /// The sensors that are contradicted. `speed`: the smooth one.
    pub(super) fn find(
        &mut self,
        preset: PumpPreset,
        view: &View<'_>,
        speed: Option<f64>,
    ) -> [Option<Role>; 3] {
        [
            self.drop.last(wrong_drop(preset, view, speed), view),
            self.head.last(no_head(preset, view, speed), view),
            self.speeds.last(two_speeds(view), view),
        ]
    }
}

impl Contradiction {
    const NEW: Self = Self { held: Held::NEW, named: None };

    fn last(&mut self, found: Option<Role>, view: &View<'_>) -> Option<Role> {
        let lasts = self.held.for_at_least(found.is_some(), CONTRADICTION, view.now);
        self.named = if lasts { self.named.or(found) } else { None };
        self.named
    }
}

/// Blood does not flow from the lower pressure to the higher one.
fn wrong_drop(preset: PumpPreset, view: &View<'_>, speed: Option<f64>) -> Option<Role> {
    let flow = LitresPerMinute(view.value(Role::BloodFlow)?);
    let before = view.value(Role::PreMembranePressure)?;
    let after = view.value(Role::ArterialPressure)?;
    let allowed = if flow > FLOWING { WRONG_WAY } else { WRONG_AT_REST };
    if flow < BACKWARDS || after <= before + allowed {
        return None;
    }
    // By how much the first one would have to be wrong at least, were it the wrong one; and how far it is from the curve.
    let venous = view.value(Role::VenousPressure);
    let curve = |speed| preset.curve().head(Rpm(speed), flow).value();
    let off = speed.zip(venous).map(|(speed, venous)| (before - venous - curve(speed)).abs());
    let wrong = off.is_some_and(|off| off > CURVE.max(0.5 * (after - before)));
    Some(if wrong { Role::PreMembranePressure } else { Role::ArterialPressure })
}

/// A pump that delivers has a head.
fn no_head(preset: PumpPreset, view: &View<'_>, speed: Option<f64>) -> Option<Role> {
    let flow = LitresPerMinute(view.value(Role::BloodFlow)?);
    let speed = speed.filter(|speed| *speed > TURNING)?;
    let inlet = view.value(Role::VenousPressure)?;
    let outlet = view.value(Role::PreMembranePressure)?;
    if flow <= FLOWING || outlet - inlet >= NO_HEAD * preset.curve().shutoff * speed * speed {
        return None;
    }
    let behind = view.value(Role::ArterialPressure);
    let outlet_is_wrong = behind.map_or(inlet <= NOT_DRAINAGE, |behind| outlet < behind);
    Some(if outlet_is_wrong { Role::PreMembranePressure } else { Role::VenousPressure })
}

/// Drive and rotor turn alike. The speed is taken as it is, not smoothed: that lags behind while the pump gets faster.
fn two_speeds(view: &View<'_>) -> Option<Role> {
    let tacho = view.value(Role::Tacho)?;
    let drive = view.speed()?.value();
    if (tacho - drive).abs() <= (SPEED_DIFFERENCE * drive.abs()).max(LEAST_DIFFERENCE) {
        return None;
    }
    let off = |speed: f64| view.demand.map_or(0.0, |demand| (speed - demand.value()).abs());
    Some(if off(drive) > off(tacho) { Role::PumpSpeed } else { Role::Tacho })
}
