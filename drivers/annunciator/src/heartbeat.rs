// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the daemon still decide? It writes every demand afresh in every tick of its control loop. Pure.

use ecmod_plugin::Demand;
use ecmod_plugin::quantities::{Monotonic, Span};

/// A demand that is not decided anew for so long is no longer the daemon's word.
pub const LONGEST_SILENCE: Span = Span::from_millis(300);

/// What is known of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// It has demanded nothing yet, and still has time to.
    Awaited,
    /// It decides.
    Alive,
    /// It does not decide any more, or never did.
    Lost,
}

/// Follows the demands of both commands.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat {
    opened: Monotonic,
    grace: Span,
    lamp: Option<Beat>,
    sound: Option<Beat>,
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    sequence: u64,
    decided: Monotonic,
    /// When it was decided, by our clock at most now: a time from the future would never grow old.
    heard: Monotonic,
}

impl Heartbeat {
    /// From `opened` on the daemon has `grace` to demand something.
    #[must_use]
    pub const fn new(opened: Monotonic, grace: Span) -> Self {
        Self { opened, grace, lamp: None, sound: None }
    }

    /// Takes what is demanded now, and says what that means. A command that was never demanded is not waited for once the
    /// other one is: it may not be in use.
    pub fn hear(&mut self, lamp: Option<Demand>, sound: Option<Demand>, now: Monotonic) -> Pulse {
        follow(&mut self.lamp, lamp, now);
        follow(&mut self.sound, sound, now);
        let grown_old = |beat: &Beat| now.since(beat.heard) > LONGEST_SILENCE;
        match (&self.lamp, &self.sound) {
            (None, None) if now.since(self.opened) > self.grace => Pulse::Lost,
            (None, None) => Pulse::Awaited,
            (lamp, sound) if lamp.iter().chain(sound).any(grown_old) => Pulse::Lost,
            _ => Pulse::Alive,
        }
    }
}

fn follow(beat: &mut Option<Beat>, demand: Option<Demand>, now: Monotonic) {
    let Some(Demand { sequence, decided, .. }) = demand else { return };
    if beat.is_none_or(|beat| (beat.sequence, beat.decided) != (sequence, decided)) {
        *beat = Some(Beat { sequence, decided, heard: decided.min(now) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: Monotonic = Monotonic(1_000_000_000_000);
    const GRACE: Span = Span::from_secs(30);

    fn at(ms: u64) -> Monotonic {
        OPENED.plus(Span::from_millis(ms))
    }

    fn demand(decided_ms: u64) -> Option<Demand> {
        Some(Demand { value: 0.0, decided: at(decided_ms), sequence: decided_ms })
    }

    #[test]
    fn it_is_awaited_for_the_grace_alive_for_300_ms_after_each_demand_and_then_lost() {
        let mut heartbeat = Heartbeat::new(OPENED, GRACE);
        assert_eq!(heartbeat.hear(None, None, at(30_000)), Pulse::Awaited);
        assert_eq!(heartbeat.hear(None, None, at(30_001)), Pulse::Lost);
        assert_eq!(heartbeat.hear(demand(31_000), demand(31_000), at(31_000)), Pulse::Alive);
        assert_eq!(heartbeat.hear(demand(31_000), demand(31_000), at(31_300)), Pulse::Alive);
        assert_eq!(heartbeat.hear(demand(31_000), demand(31_000), at(31_301)), Pulse::Lost);
        assert_eq!(heartbeat.hear(demand(32_000), demand(32_000), at(32_005)), Pulse::Alive);
    }

    #[test]
    fn each_demand_must_be_fresh_but_a_command_never_demanded_is_not_waited_for() {
        let mut heartbeat = Heartbeat::new(OPENED, GRACE);
        assert_eq!(heartbeat.hear(None, demand(0), at(10)), Pulse::Alive);
        assert_eq!(heartbeat.hear(demand(500), demand(500), at(510)), Pulse::Alive);
        assert_eq!(heartbeat.hear(demand(500), demand(800), at(810)), Pulse::Lost);
        assert_eq!(heartbeat.hear(demand(820), demand(820), at(820)), Pulse::Alive);
        assert_eq!(heartbeat.hear(None, demand(1200), at(1200)), Pulse::Lost, "withdrawn is not fresh");
    }

    #[test]
    fn a_demand_that_was_held_through_a_restart_of_the_host_is_as_old_as_it_is() {
        let mut heartbeat = Heartbeat::new(at(1000), GRACE);
        assert_eq!(heartbeat.hear(demand(0), demand(0), at(1000)), Pulse::Lost);
    }

    #[test]
    fn a_demand_from_the_future_grows_old_like_any_other() {
        let mut heartbeat = Heartbeat::new(OPENED, GRACE);
        assert_eq!(heartbeat.hear(demand(1_000_000), None, at(0)), Pulse::Alive);
        assert_eq!(heartbeat.hear(demand(1_000_000), None, at(301)), Pulse::Lost);
    }
}
