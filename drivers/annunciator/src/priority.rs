// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarm priorities, and how a command says one.

/// Priority of an alarm condition; a later one is more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Awareness.
    Low,
    /// Prompt response.
    Medium,
    /// Immediate response.
    High,
}

impl Priority {
    /// The priority that a command's value asks for; `None` for 0. What lies between two is the higher one.
    #[must_use]
    pub fn demanded(value: f64) -> Option<Self> {
        if value > 2.0 {
            Some(Self::High)
        } else if value > 1.0 {
            Some(Self::Medium)
        } else if value > 0.0 {
            Some(Self::Low)
        } else {
            None
        }
    }

    /// The code of a priority, 0 for none.
    #[must_use]
    pub const fn code(priority: Option<Self>) -> f64 {
        match priority {
            None => 0.0,
            Some(Self::Low) => 1.0,
            Some(Self::Medium) => 2.0,
            Some(Self::High) => 3.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_fractions_count_as_the_higher_priority() {
        for priority in [None, Some(Priority::Low), Some(Priority::Medium), Some(Priority::High)] {
            assert_eq!(Priority::demanded(Priority::code(priority)), priority);
        }
        assert_eq!(Priority::demanded(1.5), Some(Priority::Medium));
        assert_eq!(Priority::demanded(0.1), Some(Priority::Low));
        assert!(Priority::High > Priority::Medium && Priority::Medium > Priority::Low);
    }
}
