// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many reads a second go through the host's bus layer, to a given server. For comparison with other clients.
//!
//! `modbus_rate rtu DEVICE|tcp HOST:PORT UNIT COUNT SECONDS` reads COUNT holding registers from address 0 and prints one JSON
//! object: requests, errors, seconds, requests per second, and percentiles of the time of one request in
//! microseconds, and the counters of the device.

use std::process::ExitCode;

use ecmod_config::{Parity, Port, PortKind, Priority, SerialLine};
use ecmod_host::bus::{self, Bus, Caller, Table};
use ecmod_host::clock;
use ecmod_quantities::Span;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match measure(&arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("modbus_rate: {error}\nusage: modbus_rate rtu DEVICE|tcp HOST:PORT UNIT COUNT SECONDS");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &[String]) -> Result<String, Box<dyn std::error::Error>> {
    let [kind, device, unit, count, seconds] = arguments else { return Err("five words are needed".into()) };
    let (unit, count): (u8, usize) = (unit.parse()?, count.parse()?);
    let span = Span(std::time::Duration::try_from_secs_f64(seconds.parse()?)?.as_nanos().try_into()?);
    let kind = match kind.as_str() {
        "rtu" => PortKind::ModbusRtu(SerialLine {
            device: device.clone(),
            baud: 115_200,
            parity: Parity::None,
            stop_bits: 1,
            rs485: false,
        }),
        "tcp" => PortKind::ModbusTcp { address: device.clone() },
        other => return Err(format!("{other} is neither rtu nor tcp").into()),
    };
    let timeout = Span::from_millis(500);
    let settings = Port {
        kind,
        lines: Default::default(),
        timeout,
        retries: 0,
        turnaround: Span::ZERO,
        local_control: None,
    };
    let port = bus::Port::start("bench", &settings)?;
    let Bus::Modbus(modbus) = &port.bus else { return Err("not a Modbus port".into()) };
    if !modbus.gate().wait_open(clock::now().plus(Span::from_secs(5))) {
        return Err(format!("{device}: {}", modbus.gate().status().1).into());
    }

    let caller = Caller::new(Priority::Normal);
    let mut items = vec![0; count];
    let mut times = Vec::with_capacity(1 << 20);
    let mut errors = 0_u64;
    let begun = clock::now();
    let mut now = begun;
    while now.since(begun) < span {
        let result = modbus.read(&caller, unit, Table::HoldingRegisters, 0, &mut items, None);
        errors += u64::from(result.is_err());
        let then = clock::now();
        times.push(then.since(now).0);
        now = then;
    }
    let seconds = now.since(begun).seconds();
    times.sort_unstable();
    let counters = modbus.counters().snapshot().devices;
    let percentile = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or(0) / 1000;
    let requests = u32::try_from(times.len())?;
    Ok(serde_json::json!({
        "requests": requests,
        "errors": errors,
        "counters": counters,
        "seconds": seconds,
        "requests_per_second": f64::from(requests) / seconds,
        "p50_us": percentile(500),
        "p99_us": percentile(990),
        "p999_us": percentile(999),
    })
    .to_string())
}
