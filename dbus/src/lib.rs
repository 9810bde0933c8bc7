// SPDX-License-Identifier: MIT OR Apache-2.0
//! Client of an ecmod console on D-Bus: the proxies, and the types that travel.
//!
//! The contract is the XML beside this crate (`org.ecmod.*.xml`). The modules that end in the version of an interface, such
//! as [`console1`] and [`alarms1`], are generated from it, and a test holds both together. A client needs neither a device
//! nor another crate of the project:
//!
//! ```no_run
//! # async fn example() -> Result<(), ecmod_client::Error> {
//! use ecmod_client::{Bus, Client};
//!
//! let client = Client::connect(&Bus::System).await?;
//! println!("{}", client.snapshot().await?.console.state);      // look once
//!
//! client.console().await?.set_flow(4.0).await?;                // ask for a change: L/min
//!
//! let mut frames = client.frames().await?;                     // follow
//! while let Some(frame) = frames.next().await {
//!     match frame?.readings.get("blood_flow").and_then(ecmod_client::Reading::value) {
//!         Some(flow) => println!("{flow:.2} L/min"),
//!         None => println!("---"),                             // a bad reading has no value
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Connections run on the tokio runtime they are made in.
#![forbid(unsafe_code)]

mod client;
#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod frame;
mod generated;
#[cfg(feature = "mock")]
pub mod mock;
mod news;
mod reading;
mod record;
mod snapshot;

pub use client::{Bus, Client, ROOT, SERVICE};
pub use error::Error;
pub use frame::{Frame, Frames};
pub use generated::{
    alarm1, alarms1, case1, console1, driver1, intervention1, limits1, port1, procedure1, procedures1,
    selftest1, signal1,
};
pub use generated::{
    alarm1::{Alarm1Properties, Alarm1Proxy},
    alarms1::{Alarms1Properties, Alarms1Proxy},
    case1::{Case1Properties, Case1Proxy},
    console1::{Console1Properties, Console1Proxy},
    driver1::{Driver1Properties, Driver1Proxy},
    intervention1::{Intervention1Properties, Intervention1Proxy},
    limits1::{Limits1Properties, Limits1Proxy},
    port1::{Port1Properties, Port1Proxy},
    procedure1::{Procedure1Properties, Procedure1Proxy},
    procedures1::{Procedures1Properties, Procedures1Proxy},
    selftest1::{SelfTest1Properties, SelfTest1Proxy},
    signal1::{Signal1Properties, Signal1Proxy},
};
pub use news::{AlarmEvent, AlarmNews};
pub use reading::{Maybe, Quality, Reading, TableEntry, monotonic_now};
pub use record::{Limit, LogRecord, ProcedureStep, Recording, SelfTestItem};
pub use snapshot::Snapshot;
pub use zbus::Connection;
