// SPDX-License-Identifier: MIT OR Apache-2.0
//! An I2C port against a simulated bus.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/chips.rs"]
mod support;

use ecmod_config::{PortKind, Priority};
use ecmod_host::bus::{BusError, Caller, I2cStep, Port, PortState, Result};
use ecmod_sim_link::errno;
use ecmod_sim_link::server::{I2cServer, Reply};
use support::{Bench, SHORT, i2c, until_state};

static CALLER: Caller = Caller::new(Priority::Normal);
const READ_REGISTER: [I2cStep; 2] = [I2cStep { length: 1, read: false }, I2cStep { length: 2, read: true }];

/// A thermometer at 0x48, and addresses that fail in different ways.
fn bus(bench: &Bench) -> I2cServer {
    let devices = |address: u16, steps: &[I2cStep], bytes: &mut [u8]| match address {
        0x48 => {
            assert_eq!(steps, READ_REGISTER);
            // a register of two bytes, and what a device cannot do: change what was written
            let register = std::mem::replace(&mut bytes[0], 0xEE);
            bytes[1..].fill(register);
            Reply::Done
        }
        0x49 => Reply::Errno(errno::EREMOTEIO),
        0x4A => Reply::Silent,
        0x4B => Reply::Errno(errno::EIO),
        0x4C => Reply::Errno(errno::EBUSY),
        _ => Reply::Errno(errno::ENXIO),
    };
    I2cServer::start(&bench.path("i2c"), devices).unwrap()
}

fn read(port: &Port, address: u32) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let fill = |bytes: &mut [u8]| bytes[0] = 7;
    i2c(port).transfer(&CALLER, address, &READ_REGISTER, fill, |bytes| all = bytes.to_vec())?;
    Ok(all)
}

#[test]
fn a_register_is_read_with_a_repeated_start() {
    let bench = Bench::new();
    let _bus = bus(&bench);
    let port = bench.port(PortKind::I2c { device: bench.device("i2c") }, &[], SHORT);
    until_state(&port, PortState::Connected);
    assert_eq!(read(&port, 0x48), Ok(vec![7, 7, 7]));
    assert_eq!(port.snapshot().devices["address_0x48"]["transfers"], 1);
}

#[test]
fn every_way_to_fail_has_its_own_error_and_the_bus_stays_open() {
    let bench = Bench::new();
    let server = bus(&bench);
    let port = bench.port(PortKind::I2c { device: bench.device("i2c") }, &[], SHORT);
    until_state(&port, PortState::Connected);
    assert_eq!(read(&port, 0x50), Err(BusError::NotAcknowledged));
    assert_eq!(read(&port, 0x49), Err(BusError::NotAcknowledged));
    assert_eq!(read(&port, 0x4A), Err(BusError::Timeout));
    assert!(matches!(read(&port, 0x4B), Err(BusError::Io(_))));
    assert!(matches!(read(&port, 0x4C), Err(BusError::State(_))));
    for no_device in [0x00, 0x07, 0x78, 0x148] {
        assert!(matches!(read(&port, no_device), Err(BusError::Invalid(_))));
    }
    assert!(read(&port, 0x48).is_ok());
    assert_eq!(port.snapshot().devices["address_0x50"]["not_acknowledged"], 1);

    drop(server);
    assert!(matches!(read(&port, 0x48), Err(BusError::Io(_))));
    let _bus = bus(&bench);
    until_state(&port, PortState::Connected);
    assert!(read(&port, 0x48).is_ok());
}
