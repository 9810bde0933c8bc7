// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console that is made up, on a private bus of its own or on the one at the given address: for trying a user interface.
//!
//! `cargo run -p ecmod-client --example mock_console [-- [--alarms] [ADDRESS]]`
//!
//! With `--alarms` it supports, three alarms are present, and an intervention acts.

use std::{env, error::Error};

use ecmod_client::mock::{Mock, MockAlarm, PrivateBus};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (options, addresses): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let (address, _bus) = match addresses.into_iter().next() {
        Some(address) => (address, None),
        None => {
            let bus = PrivateBus::start()?;
            (bus.address(), Some(bus))
        }
    };
    let mock = Mock::serve(&address).await?;
    if options.iter().any(|option| option == "--alarms") {
        trouble(&mock).await?;
    }
    println!("export DBUS_SYSTEM_BUS_ADDRESS={address}");
    tokio::select! {
        ended = mock.run() => ended?,
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}

/// The drainage cannula sucks: what it leads to.
async fn trouble(mock: &Mock) -> zbus::Result<()> {
    mock.with(|model| {
        model.state = "support";
        model.active_limit = "venous_pressure_low";
        let ends = model.monotonic + 23_000_000_000;
        if let Some(own) = model.interventions.get_mut("venous_pressure_low") {
            (own.state, own.ends, own.bound) = ("active", ends, Some(2450.0));
            own.trigger = Some((-123.0, -100.0, "mmHg"));
            own.count = 1;
        }
    });
    let stale = MockAlarm::new("SENSOR_STALE", "low", "Look at the sensor's plug and at its driver.")
        .about_signal("arterial_temperature")
        .because("no sample for 3 s", 3.0, "s");
    let mut flow = MockAlarm::new("FLOW_LOW", "high", "Look at the drainage first: see PVEN_LOW.").because(
        "blood flow 1.9 L/min, limit 2.5 L/min",
        1.9,
        "L/min",
    );
    "PVEN_LOW".clone_into(&mut flow.caused_by);
    let suction = MockAlarm::new(
        "PVEN_LOW",
        "high",
        "Lower the speed or give volume. Look at the drainage cannula and for a kink in the drainage line.",
    )
    .because("venous pressure -123 mmHg, limit -100 mmHg", -123.0, "mmHg");
    for alarm in [stale, flow, suction] {
        mock.raise(alarm).await?;
    }
    Ok(())
}
