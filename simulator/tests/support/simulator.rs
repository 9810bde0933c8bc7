// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulator's control socket: the truth, and faults.

use super::wait::LIMIT;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What is true now, as far as tests ask.
#[derive(Debug, Clone, Deserialize)]
pub struct State {
    /// `CLOCK_MONOTONIC`, ns.
    pub t_ns: u64,
    pub pump_speed_rpm: f64,
    pub flow_l_min: f64,
    pub venous_mmhg: f64,
    pub pre_membrane_mmhg: f64,
    pub arterial_mmhg: f64,
    pub sweep_gas_l_min: f64,
    /// What the drive was told, over its line.
    pub drive_commanded_rpm: u32,
    pub drive_alarm: u32,
    pub flow_meter_hung: bool,
    /// Requests that arrived at the devices, by line.
    pub requests: BTreeMap<String, u64>,
}

/// Extremes over a period.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Bin {
    /// End of the period, `CLOCK_MONOTONIC`, ns.
    pub t_ns: u64,
    pub speed_min: f64,
    pub speed_max: f64,
    pub flow_min: f64,
    pub flow_max: f64,
    pub venous_min: f64,
    /// Steps of 1 ms in the period.
    pub steps: u64,
}

/// A connection to the control socket.
pub struct Simulator(BufReader<UnixStream>);

impl Simulator {
    /// Connects to the socket of a running simulator.
    pub fn connect(socket: &Path) -> Self {
        let stream =
            UnixStream::connect(socket).unwrap_or_else(|error| panic!("{}: {error}", socket.display()));
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(BufReader::new(stream))
    }

    /// The answer to any command; the test ends when the simulator refuses it.
    #[track_caller]
    pub fn command(&mut self, command: &Value) -> Value {
        self.say(command);
        let answer: Value = self.hear();
        assert_eq!(answer["ok"], true, "{command}: {answer}");
        answer
    }

    /// What is true now.
    pub fn state(&mut self) -> State {
        serde_json::from_value(self.command(&json!({ "cmd": "state" }))).expect("a state")
    }

    /// Extremes since the last call, or since the connection was made. At least a millisecond must have passed.
    pub fn extremes(&mut self) -> Bin {
        serde_json::from_value(self.command(&json!({ "cmd": "extremes" }))["extremes"].take())
            .expect("extremes")
    }

    /// Something goes wrong: a fault as in scenario files, e.g. `json!({ "kind": "noise", "line": "pump_line" })`.
    #[track_caller]
    pub fn inject(&mut self, fault: &Value) -> u64 {
        self.command(&json!({ "cmd": "inject", "fault": fault }))["id"].as_u64().expect("an id")
    }

    /// It is no longer wrong.
    pub fn clear(&mut self, id: u64) {
        self.command(&json!({ "cmd": "clear", "id": id }));
    }

    /// Nothing is wrong any more.
    pub fn clear_all(&mut self) {
        self.command(&json!({ "cmd": "clear_all" }));
    }

    /// From now on extremes of every period, one after the other without a gap.
    pub fn trace(mut self, period_ms: u64) -> Trace {
        self.say(&json!({ "cmd": "trace", "period_ms": period_ms }));
        Trace(self)
    }

    fn say(&mut self, command: &Value) {
        let stream = self.0.get_mut();
        writeln!(stream, "{command}").expect("the simulator listens");
    }

    fn hear<T: DeserializeOwned>(&mut self) -> T {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("the simulator answers in time");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the simulator says {line:?}: {error}"))
    }
}

/// Extremes period by period, as they happen. Never ends by itself.
pub struct Trace(Simulator);

impl Iterator for Trace {
    type Item = Bin;

    fn next(&mut self) -> Option<Bin> {
        Some(self.0.hear())
    }
}
