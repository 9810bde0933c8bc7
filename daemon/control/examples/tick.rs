// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one step of the core costs.
//!
//! `cargo run --release -p ecmod-control --example tick -- PERIOD_MS TICKS`
//!
//! Records a console in Flow mode against the tests' small plant - one signal for each role, each renewed at its sensor's rate - and then
//! replays that record for as many ticks, each pass with a fresh copy of the core, so that only the core is measured. Prints
//! one JSON object; run it under callgrind with two numbers of ticks to count instructions.

// A helper of tests: it may stop at the first surprise.
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#[path = "../tests/bench/mod.rs"]
mod bench;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use bench::{MS, Plant};
use ecmod_control::{
    Boot, Core, Inputs, Mode, PumpLink, PumpPreset, Request, Role, Settings, SignalSettings,
};
use ecmod_quantities::{LitresPerMinute, Monotonic, Quantity, Reading, Seconds, Span};

const SIGNALS: usize = Role::KNOWN.len();
/// The record's length in simulated time, after the flow has settled.
const RECORD: Span = Span::from_secs(4);
const SETTLING: Span = Span::from_secs(30);

/// What one tick is given.
struct Step {
    sources: [Reading; SIGNALS],
    now: Monotonic,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [period, ticks] = arguments.as_slice() else { return Err("usage: tick PERIOD_MS TICKS".into()) };
    let (period, ticks): (u64, u32) = (period.parse()?, ticks.parse()?);
    let (start, record) = record(Span::from_millis(period))?;
    let began = Instant::now();
    let mut left = ticks;
    while left > 0 {
        let mut core = start.clone();
        for step in record.iter().take(left.try_into()?) {
            let inputs = Inputs {
                sources: &step.sources,
                pump: PumpLink::Present { held: None, local: false },
                ..Inputs::NOTHING
            };
            black_box(core.tick(black_box(&inputs), step.now));
            left -= 1;
        }
    }
    let each = began.elapsed().as_secs_f64() * 1e9 / f64::from(ticks);
    println!("{{\"period_ms\": {period}, \"ticks\": {ticks}, \"ns_per_tick\": {each:.1}}}");
    Ok(())
}

fn settings(period: Span) -> Settings {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    settings.period = period;
    for ((place, role), index) in settings.signals.iter_mut().zip(Role::KNOWN).zip(0..) {
        let mut signal = SignalSettings::new(role, Quantity::BloodFlow, index);
        if signal.quantity == Quantity::Pressure {
            signal.filter = Seconds(0.04);
        }
        *place = Some(signal);
    }
    settings
}

/// The core as it is when the flow has settled, and what it was given from then on.
fn record(period: Span) -> Result<(Box<Core>, Vec<Step>), Box<dyn Error>> {
    let mut core = Box::new(Core::new(settings(period), Boot::Cold)?);
    let mut plant = Plant::va(PumpPreset::RotaflowLike);
    let mut sources = [Reading::NO_DATA; SIGNALS];
    let pump = PumpLink::Present { held: None, local: false };
    let begin = 1000 * MS;
    let settled = begin + SETTLING.0;
    let mut now = begin;
    let mut start = None;
    let mut record = Vec::new();
    while now < settled + RECORD.0 {
        for _ in 0..period.0 / MS {
            let demand = core.outputs().pump_speed.map_or(0.0, |speed| speed.value());
            now += MS;
            plant.step(demand, 1e-3);
            sense(&plant, &mut sources, now);
        }
        if now >= settled {
            start.get_or_insert_with(|| core.clone());
            record.push(Step { sources, now: Monotonic(now) });
        }
        core.tick(&Inputs { sources: &sources, pump, ..Inputs::NOTHING }, Monotonic(now));
        if now == begin + 500 * MS {
            core.request(Request::SetMode(Mode::Flow), Monotonic(now))?;
            core.request(Request::SetFlow(LitresPerMinute(4.0)), Monotonic(now))?;
            core.request(Request::Start, Monotonic(now))?;
        }
    }
    if (plant.flow - 4.0).abs() > 0.1 {
        return Err(format!("the flow has not settled: {} L/min", plant.flow).into());
    }
    Ok((start.ok_or("nothing was recorded")?, record))
}

/// Flow at 10 Hz, pressures at 50 Hz, speed at 20 Hz, all else at 5 Hz.
fn sense(plant: &Plant, sources: &mut [Reading; SIGNALS], now: u64) {
    let (venous, pre_membrane, arterial) = plant.pressures();
    for (reading, role) in sources.iter_mut().zip(Role::KNOWN) {
        let (value, every) = match role {
            Role::BloodFlow => (plant.flow, 100),
            Role::PumpSpeed => (plant.speed, 50),
            Role::VenousPressure => (venous, 20),
            Role::PreMembranePressure => (pre_membrane, 20),
            Role::ArterialPressure => (arterial, 20),
            Role::SweepGasFlow => (3.0, 200),
            Role::VenousTemperature | Role::ArterialTemperature | Role::DriveTemperature => (36.8, 200),
            Role::Tacho => (plant.speed, 50),
            Role::Mains | Role::BatteryUsable | Role::BatteryCharging | Role::SounderOk => (1.0, 200),
            Role::BatteryCharge | Role::VenousSaturation | Role::FlowQuality | Role::ExhaustOxygen => {
                (80.0, 200)
            }
            Role::BatteryTimeToEmpty => (7200.0, 200),
            Role::GasSupplyPressure => (4.0, 200),
            Role::PumpLoad => (40.0, 50),
            _ => (0.0, 200), // what is 0 when all is well
        };
        if now.is_multiple_of(every * MS) {
            *reading = Reading::good(value, Monotonic(now), reading.sequence() + 1);
        }
    }
}
