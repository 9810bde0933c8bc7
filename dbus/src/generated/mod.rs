// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is generated from the XML contract; never edited by hand.
//! `cargo run -p ecmod-client --example dbus_proxies` writes it anew.

pub mod alarm1;
pub mod alarms1;
pub mod case1;
pub mod console1;
pub mod driver1;
pub mod intervention1;
pub mod limits1;
pub mod port1;
pub mod procedure1;
pub mod procedures1;
pub mod selftest1;
pub mod signal1;
