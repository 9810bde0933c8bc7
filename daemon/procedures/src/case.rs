// SPDX-License-Identifier: MIT OR Apache-2.0
//! The case, as far as checks go by it, and when a check is due.

use ecmod_quantities::{Monotonic, Span};

use crate::{Stopwatch, Validity};

/// A break in the support that is longer than this ends the case: what comes after it is another one.
pub const BREAK: Span = Span::from_secs(3600);

/// The case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// How long ago it began.
    pub began: Stopwatch,
    /// Whether that was seen. A pump that was found running has run for longer.
    pub is_begin_seen: bool,
    /// How long ago the support ended, if it has.
    pub over: Option<Stopwatch>,
}

/// Whether a check is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is not.
    No,
    /// The case began without it, and it was not made since.
    NotBeforeCase,
    /// It is time for it again.
    Again,
}

impl Case {
    /// The case as it is when support runs, or does not: `None` while there is none.
    #[must_use]
    pub fn next(
        case: Option<Self>,
        is_supporting: bool,
        is_begin_seen: bool,
        now: Monotonic,
    ) -> Option<Self> {
        match (case, is_supporting) {
            (None, false) => None,
            (None, true) => Some(Self { began: Stopwatch::started(now), is_begin_seen, over: None }),
            (Some(case), true) => match case.over {
                Some(over) if over.elapsed(now) > BREAK => Self::next(None, true, is_begin_seen, now),
                Some(_) | None => Some(Self { over: None, ..case }),
            },
            (Some(case), false) => {
                let over = case.over.unwrap_or(Stopwatch::started(now));
                (over.elapsed(now) <= BREAK).then_some(Self { over: Some(over), ..case })
            }
        }
    }

    /// Whether support runs.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.over.is_none()
    }
}

impl Due {
    /// Whether a check of this validity is due, that was last completed so long ago.
    #[must_use]
    pub fn judge(validity: Validity, completed: Option<Span>, case: Option<&Case>, now: Monotonic) -> Self {
        let Some(case) = case.filter(|case| case.is_running()) else { return Self::No };
        let lasts = case.began.elapsed(now);
        if let Some(before) = validity.before_case
            && case.is_begin_seen
        {
            let in_time = completed.is_some_and(|ago| ago <= Span(lasts.0.saturating_add(before.0)));
            if !in_time {
                return Self::NotBeforeCase;
            }
        }
        let since = completed.map_or(lasts, |ago| ago.min(lasts));
        match validity.every {
            Some(every) if since >= every => Self::Again,
            Some(_) | None => Self::No,
        }
    }

    /// The word on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::NotBeforeCase => "not_before_case",
            Self::Again => "again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Span = Span::from_secs(3600);

    fn at(hours: u64) -> Monotonic {
        Monotonic(0).plus(Span(hours * HOUR.0))
    }

    fn hours(hours: u64) -> Span {
        Span(hours * HOUR.0)
    }

    #[test]
    fn a_case_goes_on_through_a_short_break_and_ends_with_a_long_one() {
        let case = Case::next(None, true, true, at(1)).unwrap();
        let broken = Case::next(Some(case), false, true, at(3)).unwrap();
        assert!(!broken.is_running());
        let back = Case::next(Some(broken), true, true, at(4)).unwrap();
        assert_eq!(back, case, "an hour is a break");
        let over = at(4).plus(Span(1));
        assert_eq!(Case::next(Some(broken), false, true, over), None);
        let another = Case::next(Some(broken), true, true, over).unwrap();
        assert_eq!(another.began, Stopwatch::started(over));
        assert_eq!(Case::next(None, false, true, at(9)), None);
    }

    #[test]
    fn a_check_before_the_case_is_due_until_it_is_made_up_for() {
        let validity = Validity { before_case: Some(hours(12)), every: None };
        let case = Case::next(None, true, true, at(100)).unwrap();
        let judge = |completed: Option<u64>, now| {
            let ago = completed.map(|then| Span(at(now).0 - at(then).0));
            Due::judge(validity, ago, Some(&case), at(now))
        };
        for (completed, due) in [
            (None, Due::NotBeforeCase),
            (Some(80), Due::NotBeforeCase),
            (Some(88), Due::No),
            (Some(99), Due::No),
            (Some(101), Due::No),
        ] {
            assert_eq!(judge(completed, 103), due, "{completed:?}");
            assert_eq!(judge(completed, 400), due, "{completed:?}: what counted counts for the case");
        }
    }

    #[test]
    fn a_recurring_check_counts_from_the_last_time_or_the_beginning_of_the_case() {
        let validity = Validity { before_case: None, every: Some(hours(24)) };
        let case = Case::next(None, true, true, at(100)).unwrap();
        let judge = |ago: Option<u64>, now| Due::judge(validity, ago.map(hours), Some(&case), at(now));
        assert_eq!((judge(None, 123), judge(None, 124)), (Due::No, Due::Again));
        assert_eq!((judge(Some(23), 150), judge(Some(24), 150)), (Due::No, Due::Again));
        assert_eq!(judge(Some(400), 110), Due::No, "before the case nobody needed it");
    }

    #[test]
    fn nothing_is_due_without_support_and_no_beginning_is_judged_that_nobody_saw() {
        let validity = Validity { before_case: Some(hours(1)), every: Some(hours(1)) };
        assert_eq!(Due::judge(validity, None, None, at(9)), Due::No);
        let found = Case::next(None, true, false, at(1)).unwrap();
        assert_eq!(Due::judge(validity, None, Some(&found), at(1)), Due::No);
        assert_eq!(Due::judge(validity, None, Some(&found), at(2)), Due::Again);
        let over = Case::next(Some(found), false, true, at(3)).unwrap();
        assert_eq!(Due::judge(validity, None, Some(&over), at(3)), Due::No);
        let case = Case::next(None, true, true, at(1)).unwrap();
        assert_eq!(Due::judge(Validity::NONE, None, Some(&case), at(999)), Due::No);
    }
}
