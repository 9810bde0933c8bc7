// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is read before anything is written: whether it is the right device, what it does, and how it behaves when
//! nobody speaks to it. This module never writes.

use crate::alarms;
use crate::config::Config;
use crate::drive::{Drive, Speeds, Status};
use crate::reconcile::Held;
use crate::registers::{MAXIMUM_RPM, MINIMUM_RPM};
use ecmod_plugin::{Error, Hold, Host, Level};

/// Reads the drive once and makes sure that it is one: every register must hold what this drive can hold.
///
/// # Errors
/// [`Error::Device`] if it is another device; what the bus says if it does not answer.
pub fn identify(host: &Host, drive: &mut Drive) -> Result<Held, Error> {
    let Status { command, alarm } = drive.status()?;
    let Speeds { commanded, actual } = drive.speeds()?;
    let speed = drive.speed_no_0()?;
    let possible = speed == 0 || (u32::from(MINIMUM_RPM)..=u32::from(MAXIMUM_RPM)).contains(&speed);
    let (Some(alarm), Some(commanded), Some(actual), true) = (alarm, commanded, actual, possible) else {
        host.log(
            Level::Error,
            "the device answers, but not like a BLV drive (alarm, speeds or speed No. 0 hold what it cannot hold)",
        );
        return Err(Error::Device);
    };
    host.log(
        Level::Info,
        &format!(
            "found the drive: {actual} rpm measured, {commanded} rpm commanded, speed No. 0 is {speed} rpm, command word {:#06x}",
            command.0
        ),
    );
    if alarm != 0 {
        host.log(Level::Error, &alarms::text(alarm));
    }
    Ok(Held { speed: Some(speed), command: Some(command), turning: Some(actual), alarm: Some(alarm) })
}

/// How the drive behaves when nobody speaks to it, as far as it can be read.
#[must_use]
pub fn ask_hold(host: &Host, drive: &Drive, config: &Config) -> Hold {
    let Some(address) = config.communication_timeout_register else { return Hold::Unverified };
    match drive.communication_timeout(address) {
        Ok(0) => Hold::Verified,
        Ok(timeout) => {
            let text = format!(
                "the drive's communication timeout is {timeout}: it will STOP the pump when the link is lost (alarm 0x85); set it to 0"
            );
            host.log(Level::Error, &text);
            Hold::No
        }
        Err(error) => {
            host.log(
                Level::Warning,
                &format!("the drive's communication timeout could not be read: {error}"),
            );
            Hold::Unverified
        }
    }
}
