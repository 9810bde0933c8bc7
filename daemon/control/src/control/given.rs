// SPDX-License-Identifier: MIT OR Apache-2.0
//! The speed that an intervention took, and that is given back when it ends: up to there the flow controller goes whether
//! it gains flow or not.
//!
//! Without it an automatic return would end where the controller finds that more speed gives no more flow, which behind a
//! closed line is at once: the pump would stay where the intervention left it, without end and without a word (R1).

use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Span};

/// Longer than this no return takes.
const LONGEST: Span = Span::from_secs(60);
/// What the flow may still lack when it is as good as back.
const ENOUGH: LitresPerMinute = LitresPerMinute(0.1);

/// What is to be given back.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenBack {
    /// The speed there was, and when it was still held down.
    owed: Option<(Rpm, Monotonic)>,
}

impl GivenBack {
    pub(super) const NEW: Self = Self { owed: None };

    /// The speed to which it goes up unasked. `owed`: what the speed was before the interventions that lower it now, or have lowered it
    /// and may do so again; `short`: what the flow lacks.
    pub(super) fn take(
        &mut self,
        owed: Option<Rpm>,
        applied: Rpm,
        short: LitresPerMinute,
        now: Monotonic,
    ) -> Option<Rpm> {
        if let Some(before) = owed {
            self.owed = Some((before, now));
        }
        let over = |(before, held): (Rpm, Monotonic)| {
            applied >= before || (owed.is_none() && (short <= ENOUGH || now.since(held) >= LONGEST))
        };
        self.owed = self.owed.filter(|owed| !over(*owed));
        self.owed.map(|(before, _)| before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: LitresPerMinute = LitresPerMinute(2.0);

    fn at(seconds: u64) -> Monotonic {
        Monotonic(seconds * 1_000_000_000)
    }

    #[test]
    fn what_was_taken_is_owed_until_it_is_there_again() {
        let mut given = GivenBack::NEW;
        assert_eq!(given.take(None, Rpm(3000.0), SHORT, at(1)), None);
        assert_eq!(given.take(Some(Rpm(3600.0)), Rpm(1500.0), SHORT, at(2)), Some(Rpm(3600.0)));
        assert_eq!(given.take(None, Rpm(3000.0), SHORT, at(30)), Some(Rpm(3600.0)));
        assert_eq!(given.take(None, Rpm(3600.0), SHORT, at(31)), None);
        assert_eq!(given.take(None, Rpm(3500.0), SHORT, at(32)), None, "once");
    }

    #[test]
    fn nothing_is_owed_when_the_flow_is_back_or_after_a_minute() {
        for (short, seconds) in [(LitresPerMinute(0.05), 3), (SHORT, 63)] {
            let mut given = GivenBack::NEW;
            given.take(Some(Rpm(3600.0)), Rpm(1500.0), SHORT, at(2));
            assert_eq!(given.take(None, Rpm(2000.0), short, at(seconds)), None);
        }
    }
}
