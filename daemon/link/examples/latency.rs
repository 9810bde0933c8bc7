// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measures how long a command takes through shared memory, between two processes.
//!
//! ```text
//! cargo run --release -p ecmod-link --example latency -- [TICKS] [PERIOD_MS]      (1000 ticks of 10 ms)
//! ```
//! This process is the daemon: each period it wakes at an absolute deadline, reads the newest sample, writes a demand and rings.
//! The other process, started from the same file, is the host: it publishes a sample each time it has seen a demand, and waits at
//! the doorbell. One JSON object is printed, all times in microseconds:
//! - `after_tick`: from the tick's start (the clock read right behind the wake-up) to the moment when the host has the demand in hand.
//! - `after_deadline`: the same from the tick's deadline, so with the wake-up's own delay.
//! - `realtime`: whether both ran under `SCHED_FIFO`; without, other load is measured as well.
//! - `cpu_dma_latency`: whether the processors were kept from sleeping deeply, as the control thread does it.
//! - `samples`, `torn`: ticks that found a new sample, and reads that gave up.

use ecmod_link::image::{DaemonImage, Demand, HostImage, Layout, Sample, Slot};
use ecmod_link::transport::{Connection, Listener, Policy};
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::{ClockId, Timespec};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LAYOUT: Layout = Layout { inputs: 1, outputs: 1 };
/// First argument of the process that is the host.
const HOST: &str = "--host";
/// As the control thread's default.
const PRIORITY: i32 = 50;
/// How long one side waits for the other.
const PATIENCE: Span = Span::from_secs(10);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [HOST, path, ticks] => host(Path::new(path), ticks.parse()?),
        [] => daemon(1000, Span::from_millis(10)),
        [ticks] => daemon(ticks.parse()?, Span::from_millis(10)),
        [ticks, period, ..] => daemon(ticks.parse()?, Span::from_millis(period.parse()?)),
    }
}

/// The daemon's side; prints the result.
fn daemon(ticks: u64, period: Span) -> Result<()> {
    let path = std::env::temp_dir().join(format!("ecmod-latency-{}.sock", std::process::id()));
    let listener = Listener::bind(&path)?;
    let mut child =
        Ended(Command::new(std::env::current_exe()?).arg(HOST).arg(&path).arg(ticks.to_string()).spawn()?);
    wait_for(&listener)?;
    let (connection, _) = listener.accept(&Policy::default())?;
    let (image, file) = DaemonImage::create(LAYOUT)?;
    connection.send(b"image", Some(file.as_fd()))?;
    // The host says that it is ready.
    let mut buffer = vec![0; ecmod_link::message::MAX_MESSAGE];
    wait_for(&connection)?;
    connection.recv(&mut buffer)?;

    let realtime = be_realtime();
    let awake = keep_awake();
    let (mut samples, mut torn, mut newest) = (0_u64, 0_u64, 0);
    let mut deadline = now().plus(period);
    for sequence in 1..=ticks {
        rustix::thread::clock_nanosleep_absolute(ClockId::Monotonic, &timespec(deadline))?;
        let t = now();
        match image.read(0) {
            Slot::Empty => {}
            Slot::Torn => torn += 1,
            Slot::Value(sample) if sample.sequence != newest => {
                newest = sample.sequence;
                samples += 1;
            }
            Slot::Value(_) => {}
        }
        // The value carries the wake-up's delay, for `after_deadline`.
        let value = t.since(deadline).seconds();
        image.write(0, Demand { value, t, sequence, valid: true, fallback: None });
        image.ring();
        // Late by more than a period: no burst, as the control thread does it.
        deadline = deadline.plus(period).max(now());
    }

    wait_for(&connection)?;
    let received = connection.recv(&mut buffer)?;
    let mut result: serde_json::Value = serde_json::from_slice(buffer.get(..received.length).unwrap_or(&[]))?;
    if let Some(object) = result.as_object_mut() {
        object.insert("ticks".into(), ticks.into());
        object.insert("period_us".into(), (period.0 / 1000).into());
        object.insert("samples".into(), samples.into());
        object.insert("torn".into(), torn.into());
        object.insert("cpu_dma_latency".into(), awake.is_some().into());
        let both = realtime && object.get("realtime").is_some_and(|host| host == true);
        object.insert("realtime".into(), both.into());
    }
    println!("{result}");
    child.0.wait()?;
    Ok(())
}

/// The host's side; sends its result to the daemon.
fn host(path: &Path, ticks: u64) -> Result<()> {
    let connection = Connection::connect(path)?;
    wait_for(&connection)?;
    let file = connection.recv(&mut [0; 16])?.descriptor.ok_or("no image came")?;
    let image = HostImage::attach(file, LAYOUT)?;
    let capacity = usize::try_from(ticks)?;
    let (mut after_tick, mut after_deadline) = (Vec::with_capacity(capacity), Vec::with_capacity(capacity));
    let realtime = be_realtime();
    let mut last = image.doorbell();
    connection.send(b"ready", None)?;
    let mut seen = 0;
    while seen < ticks {
        let rung = image.wait(last, now().plus(PATIENCE));
        let t = now();
        if rung == last {
            return Err("the bell was not rung in time".into());
        }
        last = rung;
        if let Slot::Value(demand) = image.demand(0)
            && demand.sequence != seen
        {
            seen = demand.sequence;
            let after = t.since(demand.t).seconds() * 1e6;
            after_tick.push(after);
            after_deadline.push(after + demand.value * 1e6);
        }
        image.publish(0, Sample { value: 4.0, t, quality: 1, cause: 0, sequence: seen });
    }
    let result = serde_json::json!({
        "realtime": realtime,
        "after_tick": percentiles(after_tick),
        "after_deadline": percentiles(after_deadline),
    });
    connection.send(&serde_json::to_vec(&result)?, None)?;
    Ok(())
}

/// Nearest-rank percentiles, in microseconds with two decimals.
fn percentiles(mut values: Vec<f64>) -> serde_json::Value {
    values.sort_by(f64::total_cmp);
    let at = |per_mille: usize| {
        let rank = (values.len() * per_mille).div_ceil(1000).saturating_sub(1);
        values.get(rank).map(|value| (value * 100.0).round() / 100.0)
    };
    serde_json::json!({
        "count": values.len(), "p50": at(500), "p99": at(990), "p99_9": at(999), "max": at(1000),
    })
}

/// Keeps the processors from sleeping deeply, as the control thread does, while the file is open. Not everywhere permitted.
fn keep_awake() -> Option<File> {
    let mut file = File::options().write(true).open("/dev/cpu_dma_latency").ok()?;
    file.write_all(&0_i32.to_ne_bytes()).ok()?;
    Some(file)
}

/// Locked memory and `SCHED_FIFO` where the system permits; says whether it did.
fn be_realtime() -> bool {
    let locked =
        rustix::mm::mlockall(rustix::mm::MlockAllFlags::CURRENT | rustix::mm::MlockAllFlags::FUTURE).is_ok();
    let parameters = libc::sched_param { sched_priority: PRIORITY };
    // SAFETY: a call with a valid pointer to parameters that live long enough; 0 is the calling thread.
    let scheduled = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) } == 0;
    locked && scheduled
}

fn now() -> Monotonic {
    let t = rustix::time::clock_gettime(ClockId::Monotonic);
    let part = |part: i64| u64::try_from(part).unwrap_or(0);
    Monotonic(part(t.tv_sec).saturating_mul(1_000_000_000).saturating_add(part(t.tv_nsec)))
}

fn timespec(t: Monotonic) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(t.0 / 1_000_000_000).unwrap_or(i64::MAX),
        tv_nsec: i32::try_from(t.0 % 1_000_000_000).unwrap_or(0).into(),
    }
}

fn wait_for(what: &impl AsFd) -> Result<()> {
    let mut descriptors = [PollFd::new(what, PollFlags::IN)];
    match poll(&mut descriptors, Some(&timespec(Monotonic(PATIENCE.0))))? {
        0 => Err("the other process does not answer".into()),
        _ => Ok(()),
    }
}

/// Ends the other process when this one gives up.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Fails if it has ended already, as it should have.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
