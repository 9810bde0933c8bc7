// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes the proxies anew from the XML contract, into `src/generated` of this crate.

use std::{error::Error, fs, path::Path};

use ecmod_client::contract;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    for interface in contract::interfaces()? {
        let file = folder.join(format!("{}.rs", interface.short_name().to_lowercase()));
        fs::write(&file, contract::rust_module(&interface)?)?;
        println!("{}", file.display());
    }
    Ok(())
}
