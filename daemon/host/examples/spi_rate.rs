// SPDX-License-Identifier: MIT OR Apache-2.0
//! What SPI transfers cost the host.
//!
//! `spi_rate DEVICE|simulated BYTES RATE SECONDS` makes RATE transfers of BYTES bytes a second (0: as many as possible) through the host's
//! bus layer and prints one JSON object: transfers, errors, seconds, percentiles of the time of one transfer in microseconds, and
//! the processor time of the thread that makes them, as percentage of one core and in microseconds for each transfer. The
//! processor time of a `simulated` chip, which answers from a thread of its own, is not counted. `spi_rate.c` is the plain `ioctl`.

use std::process::ExitCode;

use ecmod_config::{Port, PortKind, Priority, SpiChip};
use ecmod_host::bus::{self, Bus, Caller, PortState, SpiStep};
use ecmod_host::clock;
use ecmod_quantities::Span;
use ecmod_sim_link::server::{Reply, SpiServer};
use rustix::time::{ClockId, clock_gettime};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match measure(&arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("spi_rate: {error}\nusage: spi_rate DEVICE|simulated BYTES RATE SECONDS");
            ExitCode::FAILURE
        }
    }
}

/// Processor time of this thread.
fn used() -> Span {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec);
    Span(nanoseconds.try_into().unwrap_or(0))
}

fn measure(arguments: &[String]) -> Result<String, Box<dyn std::error::Error>> {
    let [device, bytes, rate, seconds] = arguments else { return Err("four words are needed".into()) };
    let (length, rate): (u16, u64) = (bytes.parse()?, rate.parse()?);
    let span = Span(std::time::Duration::try_from_secs_f64(seconds.parse()?)?.as_nanos().try_into()?);
    let socket = std::env::temp_dir().join(format!("spi_rate-{}", std::process::id()));
    let (device, _chip) = if device == "simulated" {
        let chip = |_: &[SpiStep], out: &[u8], back: &mut [u8]| {
            back.copy_from_slice(out);
            Reply::Done
        };
        (format!("unix:{}", socket.display()), Some(SpiServer::start(&socket, chip)?))
    } else {
        (device.clone(), None)
    };
    let kind = PortKind::Spi(vec![SpiChip { device, mode: 1, max_hz: 4_000_000 }]);
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
    let Bus::Spi(spi) = &port.bus else { return Err("not an SPI port".into()) };
    let patience = clock::now().plus(Span::from_secs(5));
    while port.status().0 != PortState::Connected {
        if clock::now() >= patience {
            return Err(port.status().1.into());
        }
        clock::sleep_until(clock::now().plus(Span::from_millis(1)));
    }

    let caller = Caller::new(Priority::Normal);
    let step = SpiStep { length, sends: true, receives: true, delay_ns: 0 };
    let period = Span(1_000_000_000_u64.checked_div(rate).unwrap_or(0));
    let mut times = Vec::with_capacity(1 << 20);
    let mut errors = 0_u64;
    let (begun, used_before) = (clock::now(), used());
    let mut due = begun;
    let mut now = begun;
    while now.since(begun) < span {
        let result = spi.transfer(&caller, 0, &[step], |out| out.fill(0x55), |_| ());
        errors += u64::from(result.is_err());
        let then = clock::now();
        times.push(then.since(now).0 / 1000);
        now = then;
        if period != Span::ZERO {
            due = due.plus(period);
            clock::sleep_until(due);
            now = clock::now();
        }
    }
    let (took, used) = (now.since(begun), used().0.saturating_sub(used_before.0));
    times.sort_unstable();
    let count = times.len();
    let percentile = |per_mille: usize| times.get((count * per_mille / 1000).min(count.saturating_sub(1)));
    let json = serde_json::json!({
        "transfers": count,
        "errors": errors,
        "seconds": took.seconds(),
        "per_second": f64::from(u32::try_from(count)?) / took.seconds(),
        "p50_us": percentile(500),
        "p99_us": percentile(990),
        "max_us": times.last(),
        "cpu_percent": 100.0 * Span(used).seconds() / took.seconds(),
        "cpu_us_per_transfer": 1e6 * Span(used).seconds() / f64::from(u32::try_from(count.max(1))?),
    });
    Ok(json.to_string())
}
