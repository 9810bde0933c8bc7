// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole driver on one page: a pressure transmitter that keeps its value in one holding register.
#![forbid(unsafe_code)]

use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Host, Info, ModbusUnit, Samples, Signal, c_text};

const PRESSURE: usize = 0; // its place in the list of signals
const PRESSURE_REGISTER: u16 = 4; // i16 in 0.1 mmHg
const NO_SENSOR: u16 = 0x8000;

struct Hello {
    host: Host,
    device: ModbusUnit,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    unit: std::num::NonZeroU8,
}

impl Driver for Hello {
    const INFO: Info = Info::new(
        c"example,hello",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"One pressure transmitter",
    )
    .needs(Bus::Modbus)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(60))
    .signals(&[Signal::new(c"pressure", Quantity::Pressure, (-500.0, 900.0))
        .label(c"Pressure")
        .longest_age(Span::from_millis(300))])
    .config_schema(c_text!(include_str!("hello.schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let device = host.modbus(config.unit.get());
        device.read_holding(PRESSURE_REGISTER, &mut [0])?; // is it there?
        Ok(Self { host, device })
    }

    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        let mut register = [0];
        self.device.read_holding(PRESSURE_REGISTER, &mut register)?;
        match mmhg(register) {
            Some(pressure) => samples.good(PRESSURE, pressure, self.host.now()),
            None => samples.bad(PRESSURE, Cause::Disconnected, self.host.now()),
        }
        Ok(())
    }
}

/// The register's meaning; `None` if the transmitter has no sensor.
fn mmhg([register]: [u16; 1]) -> Option<f64> {
    (register != NO_SENSOR).then(|| f64::from(register.cast_signed()) / 10.0)
}

ecmod_plugin::export_driver!(Hello);
