// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console seen through its bus by nothing but standard D-Bus calls, without our own client crate.
#![allow(dead_code, unused_imports)] // each test file uses its part

mod frames;

pub use frames::{Frame, Frames};

use crate::support::until;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use zbus::wire::DynamicType;
use zbus::{Connection, DBusError, OwnedObjectPath, OwnedVariant, Type};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The console's object and interface.
pub const CONSOLE: (&str, &str) = ("/org/ecmod/console", "org.ecmod.Console1");

/// A reading in the contract's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub value: Option<f64>,
    pub quality: String,
    pub cause: String,
    /// `CLOCK_MONOTONIC`, ns.
    pub acquired: u64,
    pub sequence: u64,
}

/// How a reading travels.
type WireReading = (Vec<f64>, String, String, u64, u64);

impl From<WireReading> for Reading {
    fn from((value, quality, cause, acquired, sequence): WireReading) -> Self {
        assert!(value.len() <= 1 && (quality == "bad") == value.is_empty(), "{quality} with {value:?}");
        Self { value: value.first().copied(), quality, cause, acquired, sequence }
    }
}

impl Reading {
    pub fn is_good(&self) -> bool {
        self.quality == "good"
    }
}

/// What a call was answered with instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the D-Bus error; `transport` when the bus itself failed.
    pub name: String,
    pub text: String,
}

/// What the console says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub state: String,
    pub mode: String,
    pub speed_setpoint: f64,
    pub flow_setpoint: f64,
    pub sweep_gas_setpoint: Option<f64>,
    pub speed_demand: Option<f64>,
    pub active_limit: String,
    pub ticks: u64,
    pub overruns: u64,
}

/// What the bus has of the console: the properties of every interface of every object.
type Objects = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>>;

/// A stranger on the bus; every call waits for its answer.
pub struct Stranger {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
}

impl Stranger {
    /// Joins the bus as soon as there is one.
    pub fn join(address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = until("joining the bus", || {
            let joining = async { zbus::connection::Builder::address(address).build().await };
            runtime.block_on(async { tokio::time::timeout(PATIENCE, joining).await.ok()?.ok() })
        });
        Self { runtime, connection }
    }

    /// Calls a method of the daemon.
    pub fn call<B, R>(
        &self,
        (path, interface): (&str, &str),
        method: &str,
        arguments: &B,
    ) -> Result<R, Refusal>
    where
        B: serde::Serialize + DynamicType,
        R: for<'de> serde::Deserialize<'de> + Type,
    {
        let calling =
            self.connection.call_method(Some("org.ecmod"), path, Some(interface), method, arguments);
        let transport = |text: String| Refusal { name: "transport".into(), text };
        match self.runtime.block_on(async { tokio::time::timeout(PATIENCE, calling).await }) {
            Ok(Ok(reply)) => Ok(reply.body().deserialize().expect("the type of the contract")),
            Ok(Err(zbus::Error::MethodError(name, text, _))) => {
                Err(Refusal { name: name.to_string(), text: text.unwrap_or_default() })
            }
            // The bus' own errors come as a type of their own.
            Ok(Err(zbus::Error::FDO(error))) => Err(Refusal {
                name: error.name().to_string(),
                text: error.description().unwrap_or_default().to_owned(),
            }),
            Ok(Err(other)) => Err(transport(other.to_string())),
            Err(_) => Err(transport(format!("no answer to {method} within {PATIENCE:?}"))),
        }
    }

    /// The process that has the console's name, asked of the bus itself. A call to a process that has just died may never
    /// be answered: not every bus tells the caller.
    pub fn owner(&self) -> Option<u32> {
        let bus = Some("org.freedesktop.DBus");
        let path = "/org/freedesktop/DBus";
        let asking = self.connection.call_method(bus, path, bus, "GetConnectionUnixProcessID", &"org.ecmod");
        let answer = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, asking).await });
        answer.ok()?.ok()?.body().deserialize().ok()
    }

    /// All properties of an object; `None` while the console is not on the bus.
    pub fn properties(&self, (path, interface): (&str, &str)) -> Option<HashMap<String, OwnedVariant>> {
        self.call((path, "org.freedesktop.DBus.Properties"), "GetAll", &interface).ok()
    }

    /// The signals that do not come from their preferred source; `None` while the console is not on the bus.
    pub fn second_best(&self) -> Option<Vec<String>> {
        let root = ("/org/ecmod", "org.freedesktop.DBus.ObjectManager");
        let all: Objects = self.call(root, "GetManagedObjects", &()).ok()?;
        let signals = all
            .into_iter()
            .filter_map(|(path, mut object)| Some((path, object.remove("org.ecmod.Signal1")?)));
        let is_second_best = |signal: &mut HashMap<String, OwnedVariant>| {
            let (sources, active): (Vec<String>, String) =
                (take(signal, "Sources"), take(signal, "ActiveSource"));
            sources.len() > 1 && sources[0] != active
        };
        let second_best =
            signals.filter_map(|(path, mut signal)| is_second_best(&mut signal).then(|| path.to_string()));
        Some(second_best.collect())
    }

    /// What the console says of itself; `None` while it is not on the bus.
    pub fn said(&self) -> Option<Said> {
        let mut all = self.properties(CONSOLE)?;
        let statistics: BTreeMap<String, u64> = take(&mut all, "Loop");
        Some(Said {
            state: take(&mut all, "State"),
            mode: take(&mut all, "Mode"),
            speed_setpoint: take(&mut all, "SpeedSetpoint"),
            flow_setpoint: take(&mut all, "FlowSetpoint"),
            sweep_gas_setpoint: take::<Vec<f64>>(&mut all, "SweepGasSetpoint").first().copied(),
            speed_demand: take::<Vec<f64>>(&mut all, "SpeedDemand").first().copied(),
            active_limit: take(&mut all, "ActiveLimit"),
            ticks: statistics["ticks"],
            overruns: statistics["overruns"],
        })
    }

    /// The reading of one signal; `None` while the console is not on the bus.
    pub fn reading(&self, signal: &str) -> Option<Reading> {
        let path = format!("/org/ecmod/signals/{signal}");
        let object = (path.as_str(), "org.freedesktop.DBus.Properties");
        let value: OwnedVariant = self.call(object, "Get", &("org.ecmod.Signal1", "Reading")).ok()?;
        Some(WireReading::try_from(value).expect("a reading").into())
    }

    /// Counters of a port, and those of its devices added up.
    pub fn counters(&self, port: &str) -> BTreeMap<String, u64> {
        let path = format!("/org/ecmod/ports/{port}");
        let mut all = self.properties((&path, "org.ecmod.Port1")).expect("the console is on the bus");
        let mut counters: BTreeMap<String, u64> = take(&mut all, "Counters");
        let devices: BTreeMap<String, BTreeMap<String, u64>> = take(&mut all, "DeviceCounters");
        for (name, count) in devices.into_values().flatten() {
            *counters.entry(name).or_default() += count;
        }
        counters
    }

    /// A driver's state and what it says about it.
    pub fn driver(&self, id: &str) -> Option<(String, String)> {
        let path = format!("/org/ecmod/drivers/{id}");
        let mut all = self.properties((&path, "org.ecmod.Driver1"))?;
        Some((take(&mut all, "State"), take(&mut all, "Detail")))
    }
}

fn take<T: TryFrom<OwnedVariant>>(all: &mut HashMap<String, OwnedVariant>, name: &str) -> T {
    let value = all.remove(name).unwrap_or_else(|| panic!("there is no property {name}"));
    T::try_from(value).unwrap_or_else(|_| panic!("{name} has another type"))
}
