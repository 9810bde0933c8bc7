// SPDX-License-Identifier: MIT OR Apache-2.0
//! The XML contract as data, and what is rendered from it: the reference page and the Rust proxies.
//!
//! A contract file is refused unless every member and argument has a description, every number a unit, and every method
//! that takes an argument says which errors it raises: what is not documented is not part of the contract.

mod model;
mod parse;
mod reference;
mod rust;
mod types;

pub use model::{Argument, Changes, Interface, Method, Property, Signal};
pub use parse::{ContractError, parse};
pub use reference::reference_page;
pub use rust::rust_module;

/// The contract's files by name, in the order in which a reader meets them.
pub const FILES: [(&str, &str); 12] = [
    ("org.ecmod.Console1.xml", include_str!("../../org.ecmod.Console1.xml")),
    ("org.ecmod.Signal1.xml", include_str!("../../org.ecmod.Signal1.xml")),
    ("org.ecmod.Driver1.xml", include_str!("../../org.ecmod.Driver1.xml")),
    ("org.ecmod.Port1.xml", include_str!("../../org.ecmod.Port1.xml")),
    ("org.ecmod.Alarms1.xml", include_str!("../../org.ecmod.Alarms1.xml")),
    ("org.ecmod.Alarm1.xml", include_str!("../../org.ecmod.Alarm1.xml")),
    ("org.ecmod.Limits1.xml", include_str!("../../org.ecmod.Limits1.xml")),
    ("org.ecmod.Intervention1.xml", include_str!("../../org.ecmod.Intervention1.xml")),
    ("org.ecmod.SelfTest1.xml", include_str!("../../org.ecmod.SelfTest1.xml")),
    ("org.ecmod.Procedures1.xml", include_str!("../../org.ecmod.Procedures1.xml")),
    ("org.ecmod.Procedure1.xml", include_str!("../../org.ecmod.Procedure1.xml")),
    ("org.ecmod.Case1.xml", include_str!("../../org.ecmod.Case1.xml")),
];

/// All interfaces of the contract.
///
/// # Errors
/// The first file that is not as it must be.
pub fn interfaces() -> Result<Vec<Interface>, ContractError> {
    FILES.iter().map(|(file, xml)| parse(file, xml)).collect()
}
