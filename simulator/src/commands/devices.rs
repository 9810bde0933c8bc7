// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim devices`

use super::{Failure, end, help, required, seconds};
use ecmod_quantities::Span;
use ecmod_sim::circuit::{PumpPreset, Support};
use ecmod_sim::devices::Generation;
use ecmod_sim::live::{self, Options};
use ecmod_sim::scenario::Scenario;
use lexopt::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The simulated patient, circuit and devices in real time. Makes in DIR: pump_line and gas_line (Modbus RTU, unit 1),
flow_line (serial text), simulator.sock (control socket, JSON lines); the transmitter listens on Modbus TCP. Prints one
JSON object with all addresses when they can be used; ends on SIGTERM.

usage: ecmod-sim devices --run-dir DIR
  --scenario FILE             what happens, and the circuit (its operator actions are the runner's part)
  --circuit va|vv             instead of the scenario's
  --pump-preset NAME          rotaflow_like, centrimag_like or dp3_like, instead of the scenario's
  --gas-generation 1|2        register map of the gas controller (1)
  --monitor HOST:PORT         where the transmitter listens (127.0.0.1:0: a free port)
  --response-delay-us N       least time from request to answer (500; what is not 0 is rounded up to 1 ms)
  --seed N                    of all noise (1)
  --duration S                ends by itself
";

pub fn run(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    let mut run_dir = None;
    let mut scenario = Scenario::default();
    let (mut support, mut pump, mut duration) = (None, None, None);
    let mut options = Options::new(Path::new(""), Scenario::default());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("run-dir") => run_dir = Some(PathBuf::from(parser.value()?)),
            Long("scenario") => scenario = Scenario::load(Path::new(&parser.value()?))?,
            Long("circuit") => {
                support = Some(parser.value()?.parse_with(|name| match name {
                    "va" => Ok(Support::Va),
                    "vv" => Ok(Support::Vv),
                    _ => Err("va or vv"),
                })?);
            }
            Long("pump-preset") => {
                let preset = |name: &str| PumpPreset::from_name(name).ok_or("no such pump");
                pump = Some(parser.value()?.parse_with(preset)?);
            }
            Long("gas-generation") => {
                options.gas = parser.value()?.parse_with(|number| match number {
                    "1" => Ok(Generation::One),
                    "2" => Ok(Generation::Two),
                    _ => Err("1 or 2"),
                })?;
            }
            Long("monitor") => options.monitor = parser.value()?.parse()?,
            Long("response-delay-us") => options.response_delay = Span::from_micros(parser.value()?.parse()?),
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("duration") => duration = Some(parser.value()?.parse_with(seconds)?),
            Long("help") | Short('h') => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    options.run_dir = std::path::absolute(required(run_dir, "--run-dir")?)?;
    scenario.circuit.support = support.unwrap_or(scenario.circuit.support);
    scenario.circuit.pump = pump.unwrap_or(scenario.circuit.pump);
    options.scenario = scenario;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ended = async {
            if let Err(error) = end(duration).await {
                eprintln!("ecmod-sim: signals cannot be received: {error}");
            }
        };
        live::serve(&options, announce, ended).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn announce(ready: &live::Ready) {
    let mut out = std::io::stdout();
    let text = serde_json::to_string(ready).unwrap_or_default();
    // Nobody may be listening: then nobody needs it.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
