// SPDX-License-Identifier: MIT OR Apache-2.0
//! How late the control loop wakes up, to the nanosecond.
//!
//! `cargo run --release -p ecmod --example wake_up -- PERIOD_US TICKS PRIORITY`
//!
//! The loop of [`ecmod_console::control_thread`] - its pacing, its real-time settings, its whole tick - with a host in this
//! process that publishes eight signals; only that every lateness is kept, where the daemon has a histogram. Prints one JSON
//! object, times in nanoseconds; `shortfalls` counts what the system did not permit.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, sleep};
use std::time::Duration;

use ecmod_console::clock;
use ecmod_console::control_thread::attachment::{Attachment, Declared, Input, Pulse};
use ecmod_console::control_thread::channels::{ServiceEnd, channels};
use ecmod_console::control_thread::command::{Command, Output};
use ecmod_console::control_thread::cycle::Cycle;
use ecmod_console::control_thread::pacing::{Occasion, Pacer};
use ecmod_console::control_thread::realtime;
use ecmod_console::control_thread::statistics::Statistics;
use ecmod_control::{Boot, Core, PumpPreset, Role, Settings, SignalSettings};
use ecmod_link::image::{Bounds, DaemonImage, HostImage, Layout, Sample};
use ecmod_quantities::{Quantity, Span};

const SIGNALS: u16 = 8;
const STACK: usize = 512 * 1024;
/// How often the host publishes, and the service takes what the loop says.
const SENSOR_PERIOD: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [period, ticks, priority] = arguments.as_slice() else {
        return Err("usage: wake_up PERIOD_US TICKS PRIORITY".into());
    };
    let (period, ticks, priority) = (Span::from_micros(period.parse()?), ticks.parse()?, priority.parse()?);
    let mut shortfalls: Vec<String> = Vec::new();
    shortfalls.extend(realtime::lock_memory().err().map(|shortfall| shortfall.to_string()));
    let latency = realtime::hold_cpu_latency();
    shortfalls.extend(latency.as_ref().err().map(ToString::to_string));

    let (end, mut service) = channels();
    let statistics = Arc::new(Statistics::default());
    let core = Core::new(settings(period), Boot::Cold)?;
    let mut cycle = Cycle::new(core, end, Arc::clone(&statistics));
    let host = connect(&mut service, period)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&is_over);
    let counted = Arc::clone(&statistics);
    // Written once, so that no page is touched for the first time in the loop.
    let mut late = vec![u64::MAX; ticks];
    let thread = Builder::new().name("control".into()).stack_size(STACK).spawn(move || {
        let refused = realtime::enter(Some(priority));
        let mut pacer = Pacer::new(period, clock::now());
        for place in &mut late {
            let wake = pacer.wait(|deadline| cycle.wait(deadline));
            // Its host never rings: every tick is due.
            if let Occasion::Due { late, .. } = wake.occasion {
                *place = late.0;
            }
            cycle.tick(wake.now);
            let end = clock::now();
            counted.ticked(wake.occasion, end.since(wake.now));
            pacer.done(wake, end);
        }
        tell.store(true, Ordering::Release);
        (late, refused)
    })?;

    let mut sequence = 0;
    while !is_over.load(Ordering::Acquire) {
        sequence += 1;
        publish(&host, sequence);
        while service.snapshots.pop().is_ok() {}
        sleep(SENSOR_PERIOD);
    }
    let (mut late, refused) = thread.join().map_err(|_| "the loop failed")?;
    shortfalls.extend(refused.iter().map(ToString::to_string));
    for shortfall in &shortfalls {
        eprintln!("{shortfall}");
    }
    late.sort_unstable();
    let at = |per_mille: usize| late.get((late.len() * per_mille).div_ceil(1000).saturating_sub(1)).copied();
    let result = serde_json::json!({
        "p50": at(500), "p99": at(990), "p99_9": at(999), "max": at(1000), "ticks": late.len(),
        "overruns": statistics.overruns(), "shortfalls": shortfalls.len(),
    });
    println!("{result}");
    Ok(())
}

fn settings(period: Span) -> Settings {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    settings.period = period;
    for ((place, role), index) in settings.signals.iter_mut().zip(Role::KNOWN).zip(0..SIGNALS) {
        *place = Some(SignalSettings::new(role, Quantity::BloodFlow, index));
    }
    settings
}

/// A host that has eight signals and the pump; it arrives with the first tick.
fn connect(service: &mut ServiceEnd, period: Span) -> Result<HostImage, Box<dyn Error>> {
    let count = usize::from(SIGNALS);
    let layout = Layout::new(count, 1)?;
    let (image, file) = DaemonImage::create(layout)?;
    let bounds = Bounds { min: -500.0, max: 5000.0 };
    let declared = Declared { bounds, longest_age: Span::from_millis(300), max_slew: None };
    let runs = Arc::new(AtomicBool::new(true));
    let attachment = Attachment {
        port: 0,
        heard: image.heard(),
        image: Arc::new(image),
        hung_up: Arc::new(AtomicBool::new(false)),
        inputs: (0..count).map(|index| Input::new(index, index, declared)).collect(),
        outputs: vec![Output::new(0, Command::PumpSpeed, bounds, Some(3000.0), runs)],
        pulse: Pulse::new(period, clock::now()),
    };
    service.arrivals.push(attachment).map_err(|_| "the loop takes no host")?;
    Ok(HostImage::attach(file, layout)?)
}

fn publish(host: &HostImage, sequence: u64) {
    let t = clock::now();
    host.beat(t);
    for (index, role) in Role::KNOWN.into_iter().enumerate().take(usize::from(SIGNALS)) {
        let value = match role {
            Role::BloodFlow => 4.0,
            Role::PumpSpeed => 3000.0,
            Role::VenousPressure => -60.0,
            Role::PreMembranePressure | Role::ArterialPressure => 150.0,
            Role::SweepGasFlow => 3.0,
            _ => 36.8, // temperatures
        };
        host.publish(index, Sample { value, t, quality: 1, cause: 0, sequence });
    }
}
