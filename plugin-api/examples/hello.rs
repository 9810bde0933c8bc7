// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole driver on one page: the flow of a meter that keeps it in one holding register, in mL/min.
#![forbid(unsafe_code)]

use ecmod_plugin::quantities::{Monotonic, Quantity, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Host, Info, ModbusUnit, Samples, Signal, c_text};

const FLOW: usize = 0;
const FLOW_REGISTER: u16 = 0x0010;

struct Hello {
    host: Host,
    device: ModbusUnit,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    unit: u8,
}

impl Driver for Hello {
    const INFO: Info = Info::new(
        c"example,hello",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"One flow meter",
    )
    .needs(Bus::Modbus)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(60))
    .signals(&[Signal::new(c"flow", Quantity::BloodFlow, (-10.0, 10.0))
        .label(c"Blood flow")
        .longest_age(Span::from_millis(300))])
    .config_schema(c_text!(include_str!("hello.schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let device = host.modbus(config.unit);
        device.read_holding(FLOW_REGISTER, &mut [0])?; // is it there?
        Ok(Self { host, device })
    }

    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        let mut register = [0];
        self.device.read_holding(FLOW_REGISTER, &mut register)?;
        samples.good(FLOW, litres_per_minute(register), self.host.now());
        Ok(())
    }
}

/// The register holds mL/min as a signed number.
fn litres_per_minute([register]: [u16; 1]) -> f64 {
    f64::from(register.cast_signed()) / 1000.0
}

ecmod_plugin::export_driver!(Hello);
