// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console that is made up, on a private bus of its own or on the one at the given address: for trying a user interface.
//!
//! `cargo run -p ecmod-client --example mock_console [-- ADDRESS]`

use std::{env, error::Error};

use ecmod_client::mock::{Mock, PrivateBus};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (address, _bus) = match env::args().nth(1) {
        Some(address) => (address, None),
        None => {
            let bus = PrivateBus::start()?;
            (bus.address(), Some(bus))
        }
    };
    let mock = Mock::serve(&address).await?;
    println!("export DBUS_SYSTEM_BUS_ADDRESS={address}");
    tokio::select! {
        ended = mock.run() => ended?,
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}
