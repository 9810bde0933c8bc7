// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's limits: some, with invented presets.

use super::Shared;
use super::console::{Fault, change, within};
use super::lock;
use crate::{Limit, Maybe};

/// Name, value of each class (adult, paediatric, neonate), unit, lowest, highest, step, text.
type Row = (&'static str, [f64; 3], &'static str, f64, f64, f64, &'static str);

const ROWS: [Row; 5] = [
    ("flow_low", [2.5, 1.0, 0.3], "L/min", 0.0, 8.0, 0.1, "blood flow below this is FLOW_LOW"),
    ("flow_high", [6.0, 3.0, 1.0], "L/min", 0.1, 10.0, 0.1, "blood flow above this is FLOW_HIGH"),
    (
        "venous_pressure_low",
        [-100.0, -80.0, -50.0],
        "mmHg",
        -300.0,
        0.0,
        5.0,
        "drainage pressure below this is PVEN_LOW, and is regulated",
    ),
    (
        "arterial_pressure_high",
        [300.0, 250.0, 200.0],
        "mmHg",
        50.0,
        500.0,
        5.0,
        "return pressure above this is PART_HIGH, and is regulated",
    ),
    ("venous_saturation_low", [60.0, 60.0, 60.0], "%", 40.0, 90.0, 1.0, "saturation below this is SVO2_LOW"),
];

const CLASSES: [&str; 3] = ["adult", "paediatric", "neonate"];

/// All limits as the preset of this class has them; the first class for a word that is none.
pub(super) fn preset(class: &str) -> Vec<Limit> {
    let index = CLASSES.iter().position(|known| *known == class).unwrap_or(0);
    let rows = ROWS.iter().map(|(name, values, unit, minimum, maximum, step, text)| {
        let value = values.get(index).copied().unwrap_or_default();
        Limit {
            name: (*name).to_owned(),
            value: Maybe(Some(value)),
            preset: Maybe(Some(value)),
            unit: (*unit).to_owned(),
            minimum: *minimum,
            maximum: *maximum,
            step: *step,
            text: (*text).to_owned(),
        }
    });
    rows.collect()
}

pub(super) struct Limits {
    pub(super) model: Shared,
}

#[zbus::interface(name = "org.ecmod.Limits1")]
impl Limits {
    fn set(&self, limit: &str, value: f64) -> Result<(), Fault> {
        change(&self.model, |model| {
            let Some(found) = model.limits.iter_mut().find(|known| known.name == limit) else {
                return Err(Fault::InvalidArgument(format!("there is no limit {limit}")));
            };
            let range = (found.minimum, found.maximum);
            found.value = Maybe(Some(within(limit, &found.unit, value, range)?));
            Ok(())
        })
    }

    fn apply_preset(&self, patient_class: &str) -> Result<(), Fault> {
        change(&self.model, |model| {
            let Some(class) = CLASSES.into_iter().find(|known| *known == patient_class) else {
                let words = CLASSES.join(", ");
                return Err(Fault::InvalidArgument(format!("class {patient_class} is none of {words}")));
            };
            model.limits = preset(class);
            model.patient_class = class;
            Ok(())
        })
    }

    #[zbus(property)]
    fn limits(&self) -> Vec<Limit> {
        lock(&self.model).limits.clone()
    }
    #[zbus(property)]
    fn patient_class(&self) -> &str {
        lock(&self.model).patient_class
    }
}
