// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console on D-Bus, exactly as `dbus/*.xml` says it.
//!
//! The bus is for user interfaces. A console without one, or whose bus goes away, runs on and tries again each second;
//! nothing here can reach the control loop but by [`crate::service::requests`].
//!
//! No object changes itself: all methods take `&self`, what is known is in [`Shared`], and no lock is held while anything
//! is awaited.

mod access;
mod alarm;
mod alarms;
mod authorise;
mod case;
mod console;
mod driver;
mod error;
mod intervention;
mod limits;
mod log;
mod pace;
mod port;
mod presence;
mod procedure;
mod procedures;
mod publish;
mod reading;
mod recordings;
mod self_test;
mod signal;

use std::sync::Arc;
use std::time::Duration;

use access::Access;
use ecmod_config::BusAddress;
use ecmod_control::{Fact, InterventionKind};
use zbus::connection::Builder;
use zbus::{Connection, OwnedObjectPath, fdo};

pub use authorise::Rights;
pub use error::Error;
pub use reading::WireReading;

use crate::service::Shared;

/// The service's name.
pub const SERVICE: &str = "org.ecmod";
const ROOT: &str = "/org/ecmod";
const CONSOLE: &str = "/org/ecmod/console";
const ALARMS: &str = "/org/ecmod/alarms";
const LIMITS: &str = "/org/ecmod/limits";
const SELF_TEST: &str = "/org/ecmod/self_test";
const PROCEDURES: &str = "/org/ecmod/procedures";
const CASE: &str = "/org/ecmod/case";

const PAUSE: Duration = Duration::from_secs(1);
const CONNECT: Duration = Duration::from_secs(5);
const METHOD: Duration = Duration::from_secs(2);
/// How long the bus may take to answer a question; the second one that stays open counts.
const ANSWER: Duration = Duration::from_secs(1);

/// How the console appears on the bus.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which bus.
    pub address: BusAddress,
    /// Between two frames.
    pub frame_period: Duration,
    /// Who may change something.
    pub rights: Rights,
}

/// Why the console is not on the bus, at this attempt.
#[derive(Debug, thiserror::Error)]
enum Gone {
    /// The bus, or the name on it.
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    /// It does not answer.
    #[error("the bus does not answer")]
    Silent(#[from] tokio::time::error::Elapsed),
    /// It hung up.
    #[error("the bus closed the connection")]
    Closed,
    /// The task failed; the daemon goes on.
    #[error("the D-Bus task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Keeps the console on the bus for ever.
pub async fn serve(shared: Arc<Shared>, settings: Settings) {
    for group in settings.rights.missing() {
        tracing::info!(
            event = "bus.no_group",
            group,
            "group {group} does not exist: nobody has a right by it"
        );
    }
    let mut said = String::new();
    loop {
        shared.vitals.bus.turn();
        // A task of its own, so that even a panic in there is only a bus that went away.
        let session = tokio::spawn(session(Arc::clone(&shared), settings.clone()));
        let gone = match session.await {
            Ok(Ok(never)) => match never {},
            Ok(Err(gone)) => gone,
            Err(failed) => Gone::Task(failed),
        };
        shared.board.set(Fact::BusLost, true);
        let reason = gone.to_string();
        if reason != said {
            tracing::warn!(event = "bus.gone", %reason, "the console is not on D-Bus; trying again each second");
            said = reason;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn session(shared: Arc<Shared>, settings: Settings) -> Result<std::convert::Infallible, Gone> {
    let connection = tokio::time::timeout(CONNECT, connect(&shared, &settings)).await??;
    let board = Arc::clone(&shared.board);
    // All objects first, the name last: whoever sees the name sees everything.
    let publisher = publish::Publisher::begin(&connection, shared).await?;
    tokio::time::timeout(CONNECT, connection.request_name(SERVICE)).await??;
    board.set(Fact::BusLost, false);
    tracing::info!(event = "bus.joined", name = SERVICE, "the console is on D-Bus");
    tokio::select! {
        () = connection.closed() => Err(Gone::Closed),
        failed = publisher.run(settings.frame_period) => {
            failed?;
            Err(Gone::Closed)
        }
        gone = until_silent(&connection) => Err(gone),
    }
}

/// Asks the bus again and again whether it is there. One that hangs takes what is sent to it for many seconds, until its socket is full;
/// nobody would know meanwhile that nothing arrives. One question that stays open may be this process's own standstill.
async fn until_silent(connection: &Connection) -> Gone {
    let mut open = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        let bus = Some("org.freedesktop.DBus");
        let question = connection.call_method(bus, "/org/freedesktop/DBus", bus, "GetId", &());
        match tokio::time::timeout(ANSWER, question).await {
            Ok(Ok(_)) => open = 0,
            Ok(Err(zbus::Error::InputOutput(error))) => return zbus::Error::InputOutput(error).into(),
            // The bus' own limits, perhaps: an answer all the same.
            Ok(Err(_)) => open = 0,
            Err(silent) if open > 0 => return silent.into(),
            Err(_) => open += 1,
        }
    }
}

/// All objects that are always there; the name comes later.
async fn connect(shared: &Arc<Shared>, settings: &Settings) -> zbus::Result<Connection> {
    let builder = match &settings.address {
        BusAddress::System => Builder::system(),
        BusAddress::Address(address) => Builder::address(address.as_str()),
    };
    let mut builder = builder.method_timeout(METHOD).serve_at(ROOT, fdo::ObjectManager);
    let frame_period = u64::try_from(settings.frame_period.as_nanos()).unwrap_or(u64::MAX);
    let access = Access { shared: Arc::clone(shared), rights: settings.rights.clone() };
    builder = builder
        .serve_at(CONSOLE, console::Console { access: access.clone(), frame_period })
        .serve_at(ALARMS, alarms::Alarms { access: access.clone() })
        .serve_at(LIMITS, limits::Limits { access: access.clone() })
        .serve_at(SELF_TEST, self_test::SelfTest { access: access.clone() })
        .serve_at(PROCEDURES, procedures::Procedures { shared: Arc::clone(shared) })
        .serve_at(CASE, case::CaseObject::new(access.clone()));
    for (index, id) in shared.procedures.ids().into_iter().enumerate() {
        let path = format!("{PROCEDURES}/{id}");
        builder = builder.serve_at(path, procedure::Procedure { access: access.clone(), index, id });
    }
    for kind in InterventionKind::ALL {
        let intervention = intervention::Intervention { access: access.clone(), kind };
        builder = builder.serve_at(format!("{ROOT}/interventions/{}", kind.name()), intervention);
    }
    for (index, plan) in shared.plan.signals.iter().enumerate() {
        let signal = signal::Signal { access: access.clone(), index, plan: plan.clone() };
        builder = builder.serve_at(format!("{ROOT}/signals/{}", plan.name), signal);
    }
    for (index, plan) in shared.plan.ports.iter().enumerate() {
        let port = port::Port { shared: Arc::clone(shared), index, plan: plan.clone() };
        builder = builder.serve_at(format!("{ROOT}/ports/{}", plan.name), port);
    }
    for (index, plan) in shared.plan.drivers.iter().enumerate() {
        let port = shared.plan.ports.get(plan.port).map_or("", |port| port.name.as_str());
        let port = OwnedObjectPath::try_from(format!("{ROOT}/ports/{port}"))?;
        let driver = driver::Driver { shared: Arc::clone(shared), index, id: plan.id.clone(), port };
        builder = builder.serve_at(format!("{ROOT}/drivers/{}", plan.id), driver);
    }
    builder.build().await
}
