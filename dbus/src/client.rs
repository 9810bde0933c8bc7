// SPDX-License-Identifier: MIT OR Apache-2.0
//! The connection to a console: which bus, how long to wait, and the three things clients do: look once
//! ([`Client::snapshot`]), follow ([`Client::frames`]), and ask for a change ([`Client::console`]).

use std::{collections::BTreeMap, fmt, fs::File, os::fd::OwnedFd, time::Duration};

use futures_util::StreamExt;
use zbus::{
    Connection, OwnedObjectPath, connection::Builder, fdo::DBusProxy, names::WellKnownName,
    proxy::CacheProperties,
};

use crate::{
    AlarmNews, Alarms1Proxy, Case1Proxy, Console1Proxy, Driver1Proxy, Error, Frames, Intervention1Proxy,
    Limits1Proxy, LogRecord, Procedure1Proxy, Reading, Recording, SelfTest1Proxy, Signal1Proxy, Snapshot,
};

/// The name of the service on the bus.
pub const SERVICE: &str = "org.ecmod";

/// Root of the objects; it has the standard ObjectManager.
pub const ROOT: &str = "/org/ecmod";

/// The variable that says where the system bus is, when it is not where the machine has it.
const SYSTEM_BUS_ADDRESS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

/// How long a call may take. The control loop answers within some of its periods, so this is for a daemon in trouble.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// How many records of the alarm log are asked for at once.
const LOG_CHUNK: u32 = 500;

/// Which bus the console is on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Bus {
    /// The system bus: the address in `DBUS_SYSTEM_BUS_ADDRESS`, or the machine's.
    #[default]
    System,
    /// The bus at this D-Bus address, for example `unix:path=/run/example/bus`.
    Address(String),
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => match std::env::var(SYSTEM_BUS_ADDRESS) {
                Ok(address) => write!(f, "{address} (from {SYSTEM_BUS_ADDRESS})"),
                Err(_) => f.write_str("the system bus"),
            },
            Self::Address(address) => f.write_str(address),
        }
    }
}

/// A connection to a console. Cloning it shares the connection.
#[derive(Debug, Clone)]
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects to the bus. Whether the daemon runs shows with the first call.
    ///
    /// # Errors
    /// [`Error::NoBus`] when there is no bus, or it does not let us in.
    pub async fn connect(bus: &Bus) -> Result<Self, Error> {
        let builder = match bus {
            Bus::System => Builder::system(),
            Bus::Address(address) => Builder::address(address.as_str()),
        };
        match builder.method_timeout(CALL_TIMEOUT).build().await {
            Ok(connection) => Ok(Self { connection }),
            Err(error) => Err(Error::NoBus { address: bus.to_string(), reason: reason(&error) }),
        }
    }

    /// A client on a connection that exists already.
    #[must_use]
    pub const fn on(connection: Connection) -> Self {
        Self { connection }
    }

    /// The connection, for what this crate does not offer.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Asks the bus whether the daemon is there. Some buses never answer a call to a name that nobody has, so every call
    /// of this client is preceded by this.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when it is not.
    pub async fn running(&self) -> Result<(), Error> {
        let bus = DBusProxy::new(&self.connection).await?;
        let name = WellKnownName::try_from(SERVICE)?;
        if bus.name_has_owner(name.into()).await? { Ok(()) } else { Err(Error::NotRunning) }
    }

    /// The console object: start, stop, modes and setpoints. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn console(&self) -> Result<Console1Proxy<'static>, Error> {
        self.running().await?;
        let builder = Console1Proxy::builder(&self.connection).cache_properties(CacheProperties::No);
        builder.build().await.map_err(Error::from)
    }

    /// All objects with all properties, in one call.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Contract`] when it speaks another version.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        self.running().await?;
        Snapshot::take(&self.connection).await
    }

    /// The readings of all signals, as the console sends them. Works before the daemon is there and across its restarts.
    ///
    /// # Errors
    /// [`Error::Connection`] when the bus is gone.
    pub async fn frames(&self) -> Result<Frames, Error> {
        Frames::follow(&self.connection).await
    }

    /// All alarms together: acknowledge, pause, reset, the log. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn alarms(&self) -> Result<Alarms1Proxy<'static>, Error> {
        self.running().await?;
        let builder = Alarms1Proxy::builder(&self.connection).cache_properties(CacheProperties::No);
        builder.build().await.map_err(Error::from)
    }

    /// That an alarm came, changed or left, as it happens. Works before the daemon is there and across its restarts.
    ///
    /// # Errors
    /// [`Error::Connection`] when the bus is gone.
    pub async fn alarm_news(&self) -> Result<AlarmNews, Error> {
        AlarmNews::follow(&self.connection).await
    }

    /// The whole alarm log after a record, oldest first, in as many calls as it takes; 0 begins with the oldest there is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be read.
    pub async fn alarm_log(&self, after: u64) -> Result<Vec<LogRecord>, Error> {
        let alarms = self.alarms().await?;
        let mut records: Vec<LogRecord> = Vec::new();
        loop {
            let last = records.last().map_or(after, |record| record.number);
            let more = alarms.log(last, LOG_CHUNK).await?;
            // A number that does not grow would never end.
            match more.last() {
                Some(newest) if newest.number > last => records.extend(more),
                Some(_) | None => return Ok(records),
            }
        }
    }

    /// The limits. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn limits(&self) -> Result<Limits1Proxy<'static>, Error> {
        self.running().await?;
        let builder = Limits1Proxy::builder(&self.connection).cache_properties(CacheProperties::No);
        builder.build().await.map_err(Error::from)
    }

    /// The self-test. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn self_test(&self) -> Result<SelfTest1Proxy<'static>, Error> {
        self.running().await?;
        let builder = SelfTest1Proxy::builder(&self.connection).cache_properties(CacheProperties::No);
        builder.build().await.map_err(Error::from)
    }

    /// The procedure with this name, whether there is one or not. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone,
    /// [`Error::InvalidArgument`] when nothing can have this name.
    pub async fn procedure(&self, id: &str) -> Result<Procedure1Proxy<'static>, Error> {
        self.running().await?;
        let path = OwnedObjectPath::try_from(format!("{ROOT}/procedures/{id}"))
            .map_err(|_| Error::InvalidArgument(format!("{id} is not the name of a procedure")))?;
        let builder = Procedure1Proxy::builder(&self.connection).path(path);
        builder.cache_properties(CacheProperties::No).build().await.map_err(Error::from)
    }

    /// Waits until no self-test runs. A daemon that ends meanwhile never says so: wait with a time limit, and ask again.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn self_test_over(&self) -> Result<(), Error> {
        let proxy = self.self_test().await?;
        let mut finished = proxy.receive_finished().await?;
        while proxy.state().await? == "running" {
            if finished.next().await.is_none() {
                return Err(Error::Connection("the bus is gone".to_owned()));
            }
        }
        Ok(())
    }

    /// The case as a document, out of this console or into it. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when the daemon is not there, [`Error::Connection`] when the bus is gone.
    pub async fn case(&self) -> Result<Case1Proxy<'static>, Error> {
        self.running().await?;
        let builder = Case1Proxy::builder(&self.connection).cache_properties(CacheProperties::No);
        builder.build().await.map_err(Error::from)
    }

    /// One intervention. Its properties are asked for each time, not cached.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the name cannot be one; that there is none of this name shows with the first call.
    pub async fn intervention(&self, name: &str) -> Result<Intervention1Proxy<'static>, Error> {
        self.running().await?;
        let path = OwnedObjectPath::try_from(format!("{ROOT}/interventions/{name}"))
            .map_err(|_| Error::InvalidArgument(format!("there is no intervention {name}")))?;
        let builder = Intervention1Proxy::builder(&self.connection).path(path);
        builder.cache_properties(CacheProperties::No).build().await.map_err(Error::from)
    }

    /// The recordings that are kept of an intervention, newest first.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no intervention of this name.
    pub async fn recordings(&self, intervention: &str) -> Result<Vec<Recording>, Error> {
        self.intervention(intervention).await?.records().await.map_err(Error::from)
    }

    /// One recording of an intervention, open for reading.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none of this number.
    pub async fn open_recording(&self, intervention: &str, number: u64) -> Result<File, Error> {
        let file = self.intervention(intervention).await?.open_record(number).await?;
        Ok(File::from(OwnedFd::from(file)))
    }

    /// Takes what the transducers of a pressure deliver now as their zero: the new offset and the noise, in mmHg. Takes about a second.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no signal of this name, [`Error::Refused`] when the console does not take the zero.
    pub async fn zero(&self, signal: &str) -> Result<(f64, f64), Error> {
        self.running().await?;
        let builder = Signal1Proxy::builder(&self.connection).path(format!("{ROOT}/signals/{signal}"));
        let signal = builder.cache_properties(CacheProperties::No).build().await?;
        signal.zero().await.map_err(Error::from)
    }

    /// The newest samples of a driver's own signals, before the console made readings of them.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no driver of this name.
    pub async fn read_driver(&self, id: &str) -> Result<BTreeMap<String, Reading>, Error> {
        self.running().await?;
        let builder = Driver1Proxy::builder(&self.connection).path(format!("{ROOT}/drivers/{id}"));
        let driver = builder.cache_properties(CacheProperties::No).build().await?;
        driver.read_all().await.map_err(Error::from)
    }
}

/// The reason a connection failed, without the address, which the caller names.
fn reason(error: &zbus::Error) -> String {
    match error {
        zbus::Error::Connection(source, _) => source.to_string(),
        other => other.to_string(),
    }
}
