// SPDX-License-Identifier: MIT OR Apache-2.0
//! Entries as they are kept: texts no longer than there is room for in a line, numbers that are numbers.

use super::entry::Event;

/// The most bytes of a word (ids, names, units), and of a sentence.
pub(super) const WORD: usize = 64;
const SENTENCE: usize = 200;

impl Event {
    /// The event as it is kept: texts no longer than there is room for, numbers that are numbers.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        match &mut self {
            Self::Alarm(event) => {
                for word in [&mut event.alarm, &mut event.change, &mut event.phase, &mut event.cause] {
                    shorten(word, WORD);
                }
                shorten(&mut event.subject, 2 * WORD);
                if let Some(word) = &mut event.caused_by {
                    shorten(word, WORD);
                }
                event.value = finite(event.value);
            }
            Self::Limit(event) => {
                shorten(&mut event.limit, WORD);
                shorten(&mut event.unit, WORD);
                shorten(&mut event.by, SENTENCE);
                (event.before, event.now) = (finite(event.before), finite(event.now));
            }
            Self::Intervention(event) => {
                shorten(&mut event.intervention, WORD);
                shorten(&mut event.state, WORD);
                shorten(&mut event.corroboration, SENTENCE);
                shorten(&mut event.detail, SENTENCE);
                event.trigger = finite(event.trigger);
                (event.floor_rpm, event.ceiling_rpm) = (finite(event.floor_rpm), finite(event.ceiling_rpm));
            }
            Self::Operator(event) => {
                shorten(&mut event.action, WORD);
                shorten(&mut event.target, 2 * WORD);
                shorten(&mut event.by, SENTENCE);
                shorten(&mut event.reason, SENTENCE);
            }
            Self::Started(event) => {
                shorten(&mut event.version, WORD);
                shorten(&mut event.before, WORD);
            }
            Self::ClockSet { step_s } => *step_s = if step_s.is_finite() { *step_s } else { 0.0 },
            Self::Lost(event) => shorten(&mut event.why, WORD),
            Self::Storage { detail } => shorten(detail, 2 * SENTENCE),
            Self::Ended => {}
        }
        self
    }
}

/// What is no number has no place in a file that others read.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// At most so many bytes, none of which needs more than its own place in a file; what is left out is shown by an ellipsis.
pub(super) fn shorten(text: &mut String, most: usize) {
    let mut kept = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        let character = match character {
            '"' => '\'',
            '\\' => '/',
            other if other.is_control() => ' ',
            other => other,
        };
        if kept.len() + character.len_utf8() > most {
            while kept.len() > most.saturating_sub(3) {
                kept.pop();
            }
            kept.push_str("...");
            break;
        }
        kept.push(character);
    }
    *text = kept;
}
