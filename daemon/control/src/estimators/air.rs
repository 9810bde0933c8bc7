// SPDX-License-Identifier: MIT OR Apache-2.0
//! Second signs of air in the circuit, beside what the detectors say.
//!
//! A false pulse of a bubble detector comes with none of these; a cough, a change of position or a kinked line moves the
//! pressures, but along the pump's curve: less flow comes with *more* head. So a sign is what the pump's curve and the
//! drainage side cannot explain:
//!
//! - **Head drop**: head over the curve's head at this speed and flow, against its own average of half a minute; and the
//!   head itself must have fallen, so that a flow meter that fails is no sign of air.
//! - **Pressure dip**: the pressures before and after the membrane fall together within a second, at a fixed speed,
//!   while the drainage pressure does *not* fall (a vein that gives less pulls it down).
//! - **Flow quality**: the ultrasound's signal gets weaker against its own average. (One that is lost altogether is more
//!   often a sensor that slipped, with a bubble detector in the same housing.)
//! - **Load dip**: the motor has less to do at a fixed speed, and the head has not risen: a line that is occluded lowers
//!   the load as well.
//! - **Second detector**: the detector on the drainage line saw gas shortly before.

use super::filter::{LowPass, Newest, Sample};
use super::view::View;
use crate::interventions::{Corroboration, Sign};
use crate::{PumpPreset, Role};
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Seconds, Span};

/// The fast and the slow average of what is compared `[C]`.
const FAST: Seconds = Seconds(0.3);
const SLOW: Seconds = Seconds(30.0);
/// The slow average of pressures: short, because they follow the patient.
const SLOW_PRESSURE: Seconds = Seconds(5.0);
/// A slow average is one after this time.
const SETTLED: Span = Span::from_secs(5);
/// Drops that count: of the head and of the load as a part, of the quality in percentage points, of a pressure as a part
/// and at least in mmHg `[C]`.
const HEAD_DROP: f64 = 0.12;
const LOAD_DIP: f64 = 0.2;
const QUALITY_DROP: f64 = 20.0;
const PRESSURE_DIP: (f64, f64) = (0.15, 15.0);
/// The head itself must have fallen by this part besides; for a dip of the load it must not have risen by that one.
const HEAD_FELL: f64 = 0.05;
const HEAD_ROSE: f64 = 0.03;
/// The drainage pressure has not fallen if it is no lower than this against its average, mmHg.
const DRAINAGE_MARGIN: f64 = 5.0;
/// The speed is fixed if it stays this near to its average of [`FAST`] times ten, as a part.
const FIXED: f64 = 0.02;
/// Slower than this, and with less head, the curve says nothing.
const SLOWEST: Rpm = Rpm(1000.0);
const LEAST_HEAD: f64 = 40.0;

/// How long around a detection a sign confirms it; air that passed the drainage detector takes longer.
pub(super) const WINDOW: Span = Span::from_secs(5);
const TRANSIT: Span = Span::from_secs(15);

/// What is remembered of the signs.
#[derive(Debug, Clone)]
pub(super) struct AirSigns {
    speed: (Newest, LowPass),
    flow: LowPass,
    flow_newest: Newest,
    /// The head over that of the curve.
    head: Watched,
    /// The head over the square of the speed, mmHg/rpm^2.
    plain_head: Watched,
    /// The same, but what is usual is that of this speed: to compare with the load.
    head_at_speed: Watched,
    load: Watched,
    quality: Watched,
    pre_membrane: Watched,
    arterial: Watched,
    venous: Watched,
    seen: [Option<Monotonic>; Sign::ALL.len()],
    /// Whether any sign could be seen now.
    able: bool,
}

/// A value with its fast and its slow average.
#[derive(Debug, Clone)]
struct Watched {
    newest: Newest,
    fast: LowPass,
    slow: LowPass,
}

impl Watched {
    const fn new(slow: Seconds) -> Self {
        Self { newest: Newest::NEW, fast: LowPass::new(FAST), slow: LowPass::new(slow) }
    }

    fn take(&mut self, sample: Sample) {
        self.fast.take(sample);
        self.slow.take(sample);
    }

    /// Now and usually.
    fn both(&self, now: Monotonic) -> Option<(f64, f64)> {
        self.fast.value(now).zip(self.slow.settled(now, SETTLED))
    }

    fn fell_by_part(&self, part: f64, now: Monotonic) -> Option<bool> {
        self.both(now).map(|(fast, slow)| slow > 0.0 && fast < slow * (1.0 - part))
    }
}

impl AirSigns {
    pub(super) const fn new() -> Self {
        Self {
            speed: (Newest::NEW, LowPass::new(Seconds(3.0))),
            flow: LowPass::new(FAST),
            flow_newest: Newest::NEW,
            head: Watched::new(SLOW),
            plain_head: Watched::new(SLOW),
            head_at_speed: Watched::new(SLOW),
            load: Watched::new(SLOW),
            quality: Watched::new(SLOW),
            pre_membrane: Watched::new(SLOW_PRESSURE),
            arterial: Watched::new(SLOW_PRESSURE),
            venous: Watched::new(SLOW_PRESSURE),
            seen: [None; Sign::ALL.len()],
            able: false,
        }
    }

    /// Takes what was read.
    pub(super) fn take(&mut self, preset: PumpPreset, view: &View<'_>) {
        let fixed = self.fixed_speed(view);
        if !fixed {
            self.forget_usual();
        }
        self.take_head(preset, view);
        for (watched, role) in [
            (&mut self.load, Role::PumpLoad),
            (&mut self.quality, Role::FlowQuality),
            (&mut self.pre_membrane, Role::PreMembranePressure),
            (&mut self.arterial, Role::ArterialPressure),
            (&mut self.venous, Role::VenousPressure),
        ] {
            if let Some(sample) = watched.newest.take(&view.reading(role)) {
                watched.take(sample);
            }
        }
        let now = view.now;
        let fell = self.plain_head.both(now).is_some_and(|(fast, slow)| fast < slow * (1.0 - HEAD_FELL));
        let head = self.head.fell_by_part(HEAD_DROP, now).map(|drop| drop && fell);
        let risen = self.head_at_speed.both(now).map(|(fast, slow)| fast > slow * (1.0 + HEAD_ROSE));
        let load = self.load.fell_by_part(LOAD_DIP, now).zip(risen).map(|(dip, risen)| dip && !risen);
        let quality = self.quality.both(now).map(|(fast, slow)| fast < slow - QUALITY_DROP);
        let dip = self.pressure_dip(now);
        let second = view.state(Role::DrainageBubble);
        self.able = [head, load, quality, dip, second].iter().any(Option::is_some);
        let only_at_fixed_speed = |sign: Option<bool>| sign == Some(true) && fixed;
        for (sign, so) in [
            (Sign::HeadDrop, head == Some(true)),
            (Sign::LoadDip, only_at_fixed_speed(load)),
            (Sign::PressureDip, only_at_fixed_speed(dip)),
            (Sign::FlowQualityDrop, quality == Some(true)),
            (Sign::SecondDetector, second == Some(true)),
        ] {
            if let (true, Some(seen)) = (so, self.seen.get_mut(sign as usize)) {
                *seen = Some(now);
            }
        }
    }

    /// The signs that confirm a detection at this time: seen shortly before or after.
    pub(super) fn around(&self, detection: Monotonic, now: Monotonic) -> Corroboration {
        let signs = Sign::ALL.into_iter().zip(self.seen);
        signs.fold(Corroboration::NONE, |found, (sign, seen)| {
            let window = if sign == Sign::SecondDetector { TRANSIT } else { WINDOW };
            let near = seen.is_some_and(|seen| {
                now >= seen && detection.since(seen) <= window && seen.since(detection) <= window
            });
            if near { found.with(sign) } else { found }
        })
    }

    /// Whether any sign could be seen at all.
    pub(super) const fn able(&self) -> bool {
        self.able
    }

    /// What is usual at one speed says nothing at another.
    fn forget_usual(&mut self) {
        self.load.slow = LowPass::new(SLOW);
        self.head_at_speed.slow = LowPass::new(SLOW);
        for watched in [&mut self.pre_membrane, &mut self.arterial, &mut self.venous] {
            watched.slow = LowPass::new(SLOW_PRESSURE);
        }
    }

    fn fixed_speed(&mut self, view: &View<'_>) -> bool {
        let (newest, average) = &mut self.speed;
        if let Some(sample) = newest.take(&view.reading(Role::PumpSpeed)) {
            average.take(sample);
        }
        let (Some(now), Some(usual)) = (view.speed(), average.settled(view.now, SETTLED)) else {
            return false;
        };
        (now.value() - usual).abs() <= FIXED * usual.abs()
    }

    /// The head as a part of what the curve gives at this speed and flow.
    fn take_head(&mut self, preset: PumpPreset, view: &View<'_>) {
        let flow = view.reading(Role::BloodFlow);
        if let Some(sample) = self.flow_newest.take(&flow) {
            self.flow.take(sample);
        }
        let Some(sample) = self.head.newest.take(&view.reading(Role::PreMembranePressure)) else { return };
        let (Some(speed), Some(inlet)) = (view.speed(), view.value(Role::VenousPressure)) else { return };
        if speed < SLOWEST {
            return;
        }
        let head = sample.value - inlet;
        let plain = Sample { value: head / (speed.value() * speed.value()), ..sample };
        self.plain_head.take(plain);
        self.head_at_speed.take(plain);
        let Some(flow) = self.flow.value(view.now) else { return };
        let expected = preset.curve().head(speed, LitresPerMinute(flow)).value();
        if expected >= LEAST_HEAD {
            self.head.take(Sample { value: head / expected, ..sample });
        }
    }

    fn pressure_dip(&self, now: Monotonic) -> Option<bool> {
        let (part, least) = PRESSURE_DIP;
        let fell = |watched: &Watched| {
            watched.both(now).map(|(fast, slow)| fast < slow - (slow.abs() * part).max(least))
        };
        let (before, after) = fell(&self.pre_membrane).zip(fell(&self.arterial))?;
        let (venous, usual) = self.venous.both(now)?;
        Some(before && after && venous >= usual - DRAINAGE_MARGIN)
    }
}
