// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values in the words of a step: what to aim at.

use ecmod_quantities::{LitresPerMinute, Rpm};

/// What may stand in the text of a step, and what it becomes.
pub const PLACES: [(&str, &str); 3] = [
    ("{speed}", "the speed before the trouble, in rpm"),
    ("{flow}", "the flow before the trouble, in L/min"),
    ("{class}", "the class of patients whose limits are in force"),
];

/// Speed and flow as they were before the trouble, and whose limits are in force.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Aim {
    /// The speed.
    pub speed: Option<Rpm>,
    /// The flow.
    pub flow: Option<LitresPerMinute>,
    /// The class of patients.
    pub class: &'static str,
}

/// The text with its places filled; what is not known is said to be as before.
#[must_use]
pub fn fill(text: &str, aim: &Aim) -> String {
    let speed = aim
        .speed
        .map_or_else(|| "the speed that it had".to_owned(), |speed| format!("{:.0} rpm", speed.value()));
    let flow = aim
        .flow
        .map_or_else(|| "the flow that it gave".to_owned(), |flow| format!("{:.1} L/min", flow.value()));
    let class = if aim.class.is_empty() { "the patient's class" } else { aim.class };
    text.replace("{speed}", &speed).replace("{flow}", &flow).replace("{class}", class)
}

/// The first thing in braces that would not be filled.
#[must_use]
pub fn unknown_place(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let found = rest.get(at..).unwrap_or_default();
        let end = found.find('}').map_or(found.len(), |end| end + 1);
        let (place, tail) = found.split_at(end);
        if !PLACES.iter().any(|(known, _)| *known == place) {
            return Some(place);
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_their_places_and_what_is_not_known_is_said_so() {
        let text = "At {speed}, {flow}, for {class}.";
        let known = Aim { speed: Some(Rpm(3204.6)), flow: Some(LitresPerMinute(4.04)), class: "adult" };
        assert_eq!(fill(text, &known), "At 3205 rpm, 4.0 L/min, for adult.");
        let unknown = fill(text, &Aim::default());
        assert_eq!(unknown, "At the speed that it had, the flow that it gave, for the patient's class.");
    }

    #[test]
    fn a_place_that_would_not_be_filled_is_found() {
        for (text, found) in [
            ("at {speed} and {flow}", None),
            ("at {sped}", Some("{sped}")),
            ("at {speed} {", Some("{")),
            ("at } {speed}", Some("}")),
        ] {
            assert_eq!(unknown_place(text), found, "{text}");
        }
    }
}
