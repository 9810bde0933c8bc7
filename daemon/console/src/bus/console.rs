// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Console1`: state, setpoints, and the methods that change them. Documented in `dbus/org.ecmod.Console1.xml`.

use std::collections::BTreeMap;

use ecmod_control::{Clamp, ClampPosition, Mode, Request, StopState};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Rpm};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, Variant, interface};

use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use super::reading::WireReading;
use crate::control_thread::channels::{Reply, Snapshot};
use crate::control_thread::command::Command;
use crate::plan::Plan;

/// The object at `/org/ecmod/console`.
pub struct Console {
    /// What is known, and who may change it.
    pub access: Access,
    /// Nanoseconds between two frames.
    pub frame_period: u64,
}

/// By the name of the clamp: what is demanded of it, and whether it is connected.
type Clamps = BTreeMap<&'static str, (&'static str, bool)>;

/// The properties that announce their changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Announced {
    state: &'static str,
    mode: &'static str,
    speed_setpoint: f64,
    flow_setpoint: f64,
    sweep_gas_setpoint: Vec<f64>,
    clamps: Clamps,
    active_limit: &'static str,
    stop: &'static str,
}

impl Announced {
    /// What they are now.
    #[must_use]
    pub fn new(plan: &Plan, snapshot: &Snapshot) -> Self {
        let outputs = &snapshot.outputs;
        Self {
            state: outputs.state.name(),
            mode: outputs.mode.name(),
            speed_setpoint: outputs.speed_setpoint.value(),
            flow_setpoint: outputs.flow_setpoint.value(),
            sweep_gas_setpoint: outputs.sweep_gas_flow.iter().map(|flow| flow.value()).collect(),
            clamps: clamps(plan, snapshot),
            active_limit: outputs.active_limit.name(),
            stop: stop_word(outputs.stop),
        }
    }

    /// By name, for `PropertiesChanged`.
    #[must_use]
    pub fn by_name(self) -> Vec<(&'static str, Variant<'static>)> {
        vec![
            ("State", self.state.into()),
            ("Mode", self.mode.into()),
            ("SpeedSetpoint", self.speed_setpoint.into()),
            ("FlowSetpoint", self.flow_setpoint.into()),
            ("SweepGasSetpoint", self.sweep_gas_setpoint.into()),
            ("Clamps", self.clamps.into()),
            ("ActiveLimit", self.active_limit.into()),
            ("Stop", self.stop.into()),
        ]
    }
}

fn clamps(plan: &Plan, snapshot: &Snapshot) -> Clamps {
    let configured = plan.commands.iter().filter_map(|(command, _)| match command {
        Command::Clamp(clamp) => Some(*clamp),
        Command::PumpSpeed | Command::SweepGasFlow | Command::AlarmLamp | Command::AlarmSound => None,
    });
    configured
        .map(|clamp| {
            let demand = snapshot.outputs.clamps.of(clamp).map_or("none", |demand| demand.position.name());
            (clamp.name(), (demand, snapshot.clamps.has(clamp)))
        })
        .collect()
}

const fn stop_word(stop: StopState) -> &'static str {
    match stop {
        StopState::None => "none",
        StopState::Pending { .. } => "pending",
        StopState::Ramping => "ramping",
    }
}

impl Console {
    fn announced(&self) -> Announced {
        Announced::new(&self.access.shared.plan, &self.access.shared.latest())
    }

    async fn change(
        &self,
        request: Request,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<Reply, Error> {
        self.access.change(Class::Operate, request, connection, header).await
    }
}

/// A number that is one.
pub(super) fn finite(value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::InvalidArgument("the value is not a finite number".into()))
    }
}

#[interface(name = "org.ecmod.Console1", introspection_docs = false)]
impl Console {
    async fn start(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Request::Start, connection, &header).await.map(|_| ())
    }

    #[zbus(out_args("token", "expires"))]
    async fn request_stop(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(u32, u64), Error> {
        match self.change(Request::RequestStop, connection, &header).await?.stop {
            StopState::Pending { token, expires } => Ok((token, expires.0)),
            StopState::None | StopState::Ramping => {
                Err(Error::Refused("the pump is being stopped already".into()))
            }
        }
    }

    async fn confirm_stop(
        &self,
        token: u32,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Request::ConfirmStop { token }, connection, &header).await.map(|_| ())
    }

    async fn cancel_stop(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Request::CancelStop, connection, &header).await.map(|_| ())
    }

    async fn set_mode(
        &self,
        mode: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let known = Mode::from_name(mode)
            .ok_or_else(|| Error::InvalidArgument("the modes are speed, flow and zero_flow".into()))?;
        self.change(Request::SetMode(known), connection, &header).await.map(|_| ())
    }

    async fn set_speed(
        &self,
        speed: f64,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Request::SetSpeed(Rpm(finite(speed)?)), connection, &header).await.map(|_| ())
    }

    async fn set_flow(
        &self,
        flow: f64,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let flow = LitresPerMinute(finite(flow)?);
        self.change(Request::SetFlow(flow), connection, &header).await.map(|_| ())
    }

    async fn set_sweep_gas_flow(
        &self,
        flow: f64,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let flow = GasLitresPerMinute(finite(flow)?);
        if !self.access.shared.plan.commands.iter().any(|(command, _)| *command == Command::SweepGasFlow) {
            let reason = "no sweep gas controller is configured [ecmod.refused.not_configured]";
            return Err(Error::Refused(reason.into()));
        }
        self.change(Request::SetSweepGasFlow(flow), connection, &header).await.map(|_| ())
    }

    async fn set_clamp(
        &self,
        clamp: &str,
        position: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let clamp = Clamp::from_name(clamp)
            .ok_or_else(|| Error::InvalidArgument("the clamps are return and drainage".into()))?;
        let position = ClampPosition::from_name(position)
            .ok_or_else(|| Error::InvalidArgument("the positions are open and closed".into()))?;
        self.change(Request::SetClamp { clamp, position }, connection, &header).await.map(|_| ())
    }

    #[zbus(name = "Override")]
    async fn override_all(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let request = Request::Override { intervention: None, on: true };
        self.change(request, connection, &header).await.map(|_| ())
    }

    async fn release_override(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let request = Request::Override { intervention: None, on: false };
        self.change(request, connection, &header).await.map(|_| ())
    }

    /// One message with all readings.
    #[zbus(signal)]
    pub async fn frame(
        emitter: &SignalEmitter<'_>,
        monotonic: u64,
        sequence: u64,
        readings: BTreeMap<&str, WireReading>,
    ) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.announced().state
    }

    #[zbus(property)]
    fn mode(&self) -> &'static str {
        self.announced().mode
    }

    #[zbus(property)]
    fn speed_setpoint(&self) -> f64 {
        self.announced().speed_setpoint
    }

    #[zbus(property)]
    fn flow_setpoint(&self) -> f64 {
        self.announced().flow_setpoint
    }

    #[zbus(property)]
    fn sweep_gas_setpoint(&self) -> Vec<f64> {
        self.announced().sweep_gas_setpoint
    }

    #[zbus(property)]
    fn clamps(&self) -> Clamps {
        self.announced().clamps
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn speed_demand(&self) -> Vec<f64> {
        self.access.shared.latest().outputs.pump_speed.iter().map(|speed| speed.value()).collect()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn speed_range(&self) -> (f64, f64) {
        let speed = &self.access.shared.plan.settings.speed;
        (speed.minimum.value(), speed.maximum.value())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn flow_range(&self) -> (f64, f64) {
        (0.0, self.access.shared.plan.settings.flow.maximum.value())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn sweep_gas_range(&self) -> (f64, f64) {
        (0.0, self.access.shared.plan.settings.sweep_gas_maximum.value())
    }

    #[zbus(property)]
    fn active_limit(&self) -> &'static str {
        self.announced().active_limit
    }

    #[zbus(property)]
    fn stop(&self) -> &'static str {
        self.announced().stop
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn loop_period(&self) -> u64 {
        self.access.shared.plan.settings.period.0
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn frame_period(&self) -> u64 {
        self.frame_period
    }

    #[zbus(property(emits_changed_signal = "false"), name = "Loop")]
    fn loop_statistics(&self) -> BTreeMap<String, u64> {
        let mut statistics = self.access.shared.statistics.by_name();
        statistics.insert("log_lost", ecmod_logging::lost());
        statistics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_lateness(&self) -> Vec<(u64, u64)> {
        self.access.shared.statistics.lateness()
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_duration(&self) -> Vec<(u64, u64)> {
        self.access.shared.statistics.durations()
    }
}
