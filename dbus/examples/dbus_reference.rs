// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes the D-Bus reference page to standard output.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", ecmod_client::contract::reference_page(&ecmod_client::contract::interfaces()?));
    Ok(())
}
