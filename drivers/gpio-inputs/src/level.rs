// SPDX-License-Identifier: MIT OR Apache-2.0
//! Is the level too low? One switch, or two that vote. Pure.

use crate::config::{Level as Config, Voting};
use crate::debounce::Debounce;
use crate::outcome::Outcome;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};

/// A line that never stands still is a fault after this, and after five times its debounce.
const RESTLESS: Span = Span::from_secs(1);

/// One or two switches.
#[derive(Debug, Clone)]
pub struct Level {
    lines: Vec<Debounce>,
    voting: Voting,
    debounce: Span,
    disagree_since: Option<Monotonic>,
}

impl Level {
    /// As configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let debounce = Span::from_millis(config.debounce_ms);
        Self {
            lines: config.lines.iter().map(|_| Debounce::new(debounce)).collect(),
            voting: config.voting,
            debounce,
            disagree_since: None,
        }
    }

    /// A look at all lines, in their order; active: too low.
    pub fn look(&mut self, active: impl IntoIterator<Item = bool>, now: Monotonic) -> Outcome {
        let restless = Span(self.debounce.0.saturating_mul(5)).max(RESTLESS);
        let (mut low, mut high, mut doubt) = (false, false, None);
        for (line, active) in self.lines.iter_mut().zip(active) {
            let settled = line.look(active, None, now);
            if line.restless_for(now) > restless {
                doubt = Some(Cause::Rate); // what cannot be told is taken for too low
                low = true;
                continue;
            }
            match settled {
                Some(true) => low = true,
                Some(false) => high = true,
                None => return Outcome::Bad(Cause::NotReady),
            }
        }
        let disagree = low && high;
        let since = if disagree { *self.disagree_since.get_or_insert(now) } else { now };
        if !disagree {
            self.disagree_since = None;
        }
        if doubt.is_some() {
            return Outcome::state(true).doubted(doubt);
        }
        let is_low = match self.voting {
            Voting::Any => low,
            Voting::Both => low && !high,
        };
        let disagreement = (now.since(since) > self.debounce).then_some(Cause::Disagreement);
        Outcome::state(is_low).doubted(disagreement)
    }

    /// A line could not be read.
    pub fn unread(&mut self) {
        self.lines.iter_mut().for_each(Debounce::unread);
        self.disagree_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(lines: &[&str], voting: Voting) -> Level {
        Level::new(&Config {
            name: "level".to_owned(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            voting,
            debounce_ms: 200,
            heartbeat: None,
        })
    }

    fn at(ms: u64) -> Monotonic {
        Monotonic(0).plus(Span::from_millis(1_000_000 + ms))
    }

    /// The lines keep these levels for a while.
    fn keep(level: &mut Level, from: u64, ms: u64, lines: &[bool]) -> Outcome {
        let looks = (from..=from + ms).step_by(10);
        looks.fold(Outcome::Bad(Cause::NoData), |_, ms| level.look(lines.iter().copied(), at(ms)))
    }

    #[test]
    fn it_changes_after_its_debounce_and_ignores_shorter_waves() {
        let mut level = level(&["a"], Voting::Any);
        assert_eq!(level.look([false], at(0)), Outcome::Bad(Cause::NotReady));
        assert_eq!(keep(&mut level, 10, 300, &[false]), Outcome::Good(0.0));
        assert_eq!(keep(&mut level, 320, 150, &[true]), Outcome::Good(0.0));
        assert_eq!(keep(&mut level, 480, 300, &[false]), Outcome::Good(0.0));
        assert_eq!(keep(&mut level, 800, 190, &[true]), Outcome::Good(0.0));
        assert_eq!(keep(&mut level, 1000, 10, &[true]), Outcome::Good(1.0));
    }

    #[test]
    fn one_of_two_or_two_of_two_decide_and_a_lasting_disagreement_is_said() {
        for (voting, lines, expected) in [
            (Voting::Any, [true, false], Outcome::Uncertain(1.0, Cause::Disagreement)),
            (Voting::Any, [false, true], Outcome::Uncertain(1.0, Cause::Disagreement)),
            (Voting::Both, [true, false], Outcome::Uncertain(0.0, Cause::Disagreement)),
            (Voting::Any, [true, true], Outcome::Good(1.0)),
            (Voting::Both, [true, true], Outcome::Good(1.0)),
            (Voting::Any, [false, false], Outcome::Good(0.0)),
            (Voting::Both, [false, false], Outcome::Good(0.0)),
        ] {
            assert_eq!(
                keep(&mut level(&["a", "b"], voting), 0, 1000, &lines),
                expected,
                "{voting:?} {lines:?}"
            );
        }
        let mut level = level(&["a", "b"], Voting::Any);
        keep(&mut level, 0, 300, &[false, false]);
        assert_eq!(
            keep(&mut level, 310, 300, &[true, false]),
            Outcome::Good(1.0),
            "the other one may be a little later"
        );
    }

    #[test]
    fn a_line_that_never_stands_still_is_taken_for_too_low() {
        let mut level = level(&["a"], Voting::Any);
        keep(&mut level, 0, 300, &[false]);
        let last = (310..2000).step_by(10).map(|ms| level.look([ms / 10 % 2 == 0], at(ms))).last();
        assert_eq!(last, Some(Outcome::Uncertain(1.0, Cause::Rate)));
        assert_eq!(keep(&mut level, 2000, 300, &[false]), Outcome::Good(0.0));
    }
}
