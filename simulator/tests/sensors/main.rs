// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors and actuators on SPI, I2C and GPIO in a running console: what is true is what is shown; whatever goes wrong is
//! seen in time, with its cause, and is over when it is over.
#![cfg(test)] // helpers between the tests are test code too

mod annunciator;
mod bench;
mod clamps;
mod converter;
mod kernel_driver;
mod panel;
mod power;
mod pressures;
mod second_converter;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;
mod thermometers;
