// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's case: a document that says the mode and the setpoint, and takes up nothing but these.

use super::console::{Fault, change};
use super::{Shared, lock};

/// The first line of the mock's documents, which are no documents of a console.
const FIRST: &str = "ecmod-mock-case 1";

pub(super) struct Case {
    pub(super) model: Shared,
}

#[zbus::interface(name = "org.ecmod.Case1")]
impl Case {
    #[zbus(out_args("document"))]
    fn export(&self) -> String {
        format!("{FIRST}\nspeed_rpm {}\n", lock(&self.model).speed_setpoint)
    }

    #[zbus(out_args("taken", "left"))]
    fn import(&self, document: &str) -> Result<(Vec<String>, Vec<String>), Fault> {
        let speed = document.strip_prefix(FIRST).and_then(|rest| rest.trim().strip_prefix("speed_rpm "));
        let speed = speed.and_then(|speed| speed.parse::<f64>().ok());
        let Some(speed) = speed else {
            return Err(Fault::InvalidArgument("this is no document of the mock".into()));
        };
        change(&self.model, |model| {
            if model.state != "standby" {
                return Err(Fault::Refused("A case runs. [ecmod.refused.case_does_not_fit]".into()));
            }
            model.speed_setpoint = speed;
            Ok(())
        })?;
        Ok((vec![format!("speed setpoint {speed} rpm")], vec!["zeros: zero this console's own".into()]))
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn format(&self) -> u32 {
        1
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn imported(&self) -> String {
        String::new()
    }
}
