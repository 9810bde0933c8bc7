// SPDX-License-Identifier: MIT OR Apache-2.0
//! A patient who lives while supported: breathes, has a heartbeat, coughs, is turned, gains and loses volume; and whoever
//! passes by knocks against tubes and cables.
//!
//! Nothing of it is a fault. A console that alarms at it teaches people not to listen. Amplitudes and rates are engineering
//! estimates of a sedated adult on an intensive care unit `[C]`; all chance comes from one seed.

use crate::circuit::{Patient, Site};
use crate::plant::{FaultId, Plant};
use crate::random::Noise;
use crate::scenario::Fault;
use ecmod_quantities::{LitresPerMinute, MmHg, Span};

/// Breaths per minute, and how far they move venous and arterial pressure, mmHg.
const BREATHS: f64 = 15.0;
const BREATH_VENOUS: f64 = 2.0;
const BREATH_ARTERIAL: f64 = 3.0;
/// A cough: how long, how far it moves venous and arterial pressure, and the venous return behind it.
const COUGH_S: f64 = 0.4;
const COUGH_VENOUS: f64 = 12.0;
const COUGH_ARTERIAL: f64 = 20.0;
const COUGH_RETURN: f64 = 0.7;
/// From the beginning of one cough to that of the next in a bout.
const COUGH_EVERY_S: f64 = 0.9;
/// How long a turn to the other side takes, with its kinks and shifts.
const TURN_S: f64 = 120.0;
/// Means of the times between events, s.
const BETWEEN_BOUTS: f64 = 1200.0;
const BETWEEN_MOVES: f64 = 1800.0;
const BETWEEN_TURNS: f64 = 7200.0;
const BETWEEN_KNOCKS: f64 = 3600.0;

/// A quantity that wanders about its mean.
#[derive(Debug, Clone, Copy)]
struct Wander {
    mean: f64,
    spread: f64,
    lag_s: f64,
    now: f64,
}

impl Wander {
    const fn new(mean: f64, spread: f64, lag_s: f64) -> Self {
        Self { mean, spread, lag_s, now: mean }
    }

    /// Goes on by `dt_s`; never further than three times its spread.
    fn step(&mut self, dt_s: f64, noise: &mut Noise) {
        let push = self.spread * (2.0 * dt_s / self.lag_s).sqrt() * noise.normal();
        let next = self.now + (self.mean - self.now) * dt_s / self.lag_s + push;
        self.now = next.clamp(self.mean - 3.0 * self.spread, self.mean + 3.0 * self.spread);
    }
}

/// The patient.
#[derive(Debug, Clone)]
pub(super) struct Living {
    noise: Noise,
    base: Patient,
    arterial: Wander,
    venous: Wander,
    venous_return: Wander,
    pulse: Wander,
    heart_rate: Wander,
    wandered: f64,
    /// When the present bout of coughs began, and how many there are in it.
    bout: Option<(f64, u32)>,
    next_bout: f64,
    next_move: f64,
    next_turn: f64,
    next_knock: f64,
    /// When the present turn began, and how far it shifts venous and arterial pressure, mmHg.
    turn: Option<(f64, f64, f64)>,
    /// Kinks and knocks, and when each is over.
    passing: Vec<(FaultId, f64)>,
}

impl Living {
    /// How often the slow things wander, s.
    const WANDERS_EVERY_S: f64 = 1.0;

    /// From `now` on.
    pub(super) fn new(base: Patient, seed: u64, now: Span) -> Self {
        let mut noise = Noise::seeded(seed.wrapping_add(0x11FE));
        let now = now.seconds();
        let mut soon = |mean: f64| now - mean * (1.0 - noise.uniform()).ln();
        let [next_bout, next_move, next_turn, next_knock] =
            [BETWEEN_BOUTS, BETWEEN_MOVES, BETWEEN_TURNS, BETWEEN_KNOCKS].map(&mut soon);
        Self {
            base,
            arterial: Wander::new(base.arterial.value(), 5.0, 900.0),
            venous: Wander::new(base.venous.value(), 1.0, 600.0),
            venous_return: Wander::new(8.0, 0.6, 3600.0),
            pulse: Wander::new(10.0, 3.0, 1800.0),
            heart_rate: Wander::new(85.0, 8.0, 900.0),
            wandered: now,
            bout: None,
            next_bout,
            next_move,
            next_turn,
            next_knock,
            turn: None,
            passing: Vec::new(),
            noise,
        }
    }

    /// Lives on to `now`.
    pub(super) fn live(&mut self, plant: &mut Plant, now: Span) {
        let now = now.seconds();
        while self.wandered + Self::WANDERS_EVERY_S <= now {
            self.wandered += Self::WANDERS_EVERY_S;
            for wander in [
                &mut self.arterial,
                &mut self.venous,
                &mut self.venous_return,
                &mut self.pulse,
                &mut self.heart_rate,
            ] {
                wander.step(Self::WANDERS_EVERY_S, &mut self.noise);
            }
            self.let_happen(plant, now);
        }
        let breath = (core::f64::consts::TAU * now * BREATHS / 60.0).sin();
        let cough = self.cough(now);
        let (turn_venous, turn_arterial) = self.turned(now);
        let patient = plant.circuit.patient_mut();
        let coughs = cough.max(0.0);
        *patient = Patient {
            support: self.base.support,
            arterial: MmHg(
                self.arterial.now + BREATH_ARTERIAL * breath + COUGH_ARTERIAL * coughs + turn_arterial,
            ),
            venous: MmHg(self.venous.now + BREATH_VENOUS * breath + COUGH_VENOUS * coughs + turn_venous),
            venous_return: LitresPerMinute(
                self.venous_return.now * if cough < 0.0 { COUGH_RETURN } else { 1.0 },
            ),
            pulse: MmHg(self.pulse.now.max(0.0)),
            heart_rate: self.heart_rate.now,
        };
    }

    /// 1 at the height of a cough, -1 while the vein refills behind it, else 0.
    fn cough(&mut self, now: f64) -> f64 {
        let Some((began, count)) = self.bout else { return 0.0 };
        let since = now - began;
        if since >= COUGH_EVERY_S * f64::from(count) {
            self.bout = None;
            return 0.0;
        }
        let within = since % COUGH_EVERY_S;
        if within < COUGH_S { (core::f64::consts::PI * within / COUGH_S).sin() } else { -1.0 }
    }

    /// How far the present turn shifts the pressures: up and down again, smoothly.
    fn turned(&mut self, now: f64) -> (f64, f64) {
        let Some((began, venous, arterial)) = self.turn else { return (0.0, 0.0) };
        let part = (now - began) / TURN_S;
        if part >= 1.0 {
            self.turn = None;
            return (0.0, 0.0);
        }
        let shape = (core::f64::consts::PI * part).sin();
        (venous * shape, arterial * shape)
    }

    /// Begins what is due, ends what is over.
    fn let_happen(&mut self, plant: &mut Plant, now: f64) {
        self.passing.retain(|(id, until)| {
            let lasts = *until > now;
            if !lasts {
                plant.clear(*id);
            }
            lasts
        });
        if now >= self.next_bout {
            self.next_bout = now + self.soon(BETWEEN_BOUTS);
            let count = 1 + u32::from(self.noise.byte() % 5);
            self.bout = Some((now, count));
        }
        if now >= self.next_move {
            self.next_move = now + self.soon(BETWEEN_MOVES);
            let seconds = self.between(1.0, 5.0);
            self.kink(plant, now, seconds);
        }
        if now >= self.next_turn {
            self.next_turn = now + self.soon(BETWEEN_TURNS);
            self.turn = Some((now, self.between(-3.0, 5.0), self.between(-8.0, 8.0)));
            self.kink(plant, now, 8.0);
        }
        if now >= self.next_knock {
            self.next_knock = now + self.soon(BETWEEN_KNOCKS);
            // The probe is knocked: a moment without coupling.
            let id = plant.inject(Fault::FlowCouplingLost {});
            self.passing.push((id, now + 0.5));
        }
    }

    fn kink(&mut self, plant: &mut Plant, now: f64, seconds: f64) {
        let site = if self.noise.chance(0.5) { Site::Drainage } else { Site::Return };
        let id = plant.inject(Fault::Occlusion { site, fraction: self.between(0.2, 0.5) });
        self.passing.push((id, now + seconds));
    }

    fn soon(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.noise.uniform()).ln()
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.noise.uniform()
    }
}
