// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Intervention1`: one of the things the console may do to the pump by itself. Documented in
//! `dbus/org.ecmod.Intervention1.xml`.

use ecmod_control::{
    InterventionAction, InterventionKind, InterventionPolicy, InterventionState, InterventionStatus, Outputs,
    Request, Settings,
};
use zbus::message::Header;
use zbus::{Connection, OwnedFd, Variant, interface};

use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use super::recordings::{self, Recording};
use crate::clock;

/// The object at `/org/ecmod/interventions/<name>`.
pub struct Intervention {
    /// What is known, and who may change it.
    pub access: Access,
    /// Which one.
    pub kind: InterventionKind,
}

/// What sets it off, what has to confirm that, and what it does.
const fn description(kind: InterventionKind) -> &'static str {
    match kind {
        InterventionKind::GrossAir => {
            "Air in the return line, seen by its detector and confirmed by a second sign (head, pressures, flow signal, motor \
             load, the other detector): the pump goes to zero flow for a short time, so that no air reaches the patient."
        }
        InterventionKind::Suction => {
            "The vein collapses on the cannula in a rhythm, seen in the drainage pressure and confirmed by the flow: the speed \
             dips and returns slowly."
        }
        InterventionKind::VenousPressureLow => {
            "The drainage pressure is below its limit: the speed is lowered until it is not, and no further than the floor."
        }
        InterventionKind::PreMembranePressureHigh => {
            "The pressure before the membrane is above its limit: the speed is lowered until it is not, and no further than \
             the floor."
        }
        InterventionKind::ArterialPressureHigh => {
            "The pressure in the return line is above its limit: the speed is lowered until it is not, and no further than the \
             floor."
        }
        InterventionKind::Backflow => {
            "Blood runs backwards through the pump: the speed is raised until it does not. It never lowers the speed."
        }
        InterventionKind::LevelLow => {
            "The level in the reservoir is too low: the speed goes down to the floor, and never to a stop."
        }
        InterventionKind::ClampMismatch => {
            "A clamp is not where it was asked to be: nothing is done to the pump, the alarm names the clamp."
        }
        InterventionKind::SweepGasLost => {
            "The sweep gas does not flow: nothing is done to the pump, since blood flow without gas is better than none."
        }
    }
}

/// What it does by its nature, unless it is configured to alarm only.
fn action(kind: InterventionKind, settings: &Settings) -> InterventionAction {
    match settings.interventions.of(kind).policy {
        InterventionPolicy::Act => kind.action(),
        InterventionPolicy::AlarmOnly => InterventionAction::AlarmOnly,
    }
}

/// Beginning and end of what it is doing, in nanoseconds; 0 where there is none.
const fn times(status: &InterventionStatus) -> (u64, u64) {
    match status.state {
        InterventionState::Active { since, ends } => (since.0, ends.0),
        InterventionState::Overridden { until } => (0, until.0),
        InterventionState::Off
        | InterventionState::Watching
        | InterventionState::Returning
        | InterventionState::Expired
        | InterventionState::Inhibited(_)
        | InterventionState::AlarmOnly => (0, 0),
    }
}

const fn inhibit_reason(status: &InterventionStatus) -> &'static str {
    match status.state {
        InterventionState::Inhibited(reason) => reason.name(),
        InterventionState::Off
        | InterventionState::Watching
        | InterventionState::Active { .. }
        | InterventionState::Returning
        | InterventionState::Expired
        | InterventionState::Overridden { .. }
        | InterventionState::AlarmOnly => "",
    }
}

/// The signs that confirm it, as words.
#[must_use]
pub fn corroboration(status: &InterventionStatus) -> Vec<&'static str> {
    status.corroboration.signs().map(ecmod_control::Sign::name).collect()
}

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(status: &InterventionStatus) -> Vec<(&'static str, Variant<'static>)> {
    let (since, ends) = times(status);
    let trigger = status.trigger;
    let value: Vec<f64> = trigger.iter().map(|trigger| trigger.value).collect();
    let limit: Vec<f64> = trigger.iter().map(|trigger| trigger.limit).collect();
    vec![
        ("State", status.state.name().into()),
        ("Since", since.into()),
        ("Ends", ends.into()),
        ("TriggerPresent", status.present().into()),
        ("TriggerValue", value.into()),
        ("TriggerLimit", limit.into()),
        ("TriggeredAt", trigger.map_or(0, |trigger| trigger.at.0).into()),
        ("Corroboration", corroboration(status).into()),
        ("InhibitReason", inhibit_reason(status).into()),
        ("Count", u64::from(status.count).into()),
    ]
}

/// The status of a kind.
#[must_use]
pub fn status(outputs: &Outputs, kind: InterventionKind) -> Option<&InterventionStatus> {
    outputs.interventions.iter().find(|status| status.kind == kind)
}

impl Intervention {
    fn with<T: Default>(&self, look: impl FnOnce(&InterventionStatus) -> T) -> T {
        status(&self.access.shared.latest().outputs, self.kind).map(look).unwrap_or_default()
    }

    async fn override_it(&self, on: bool, connection: &Connection, header: &Header<'_>) -> Result<(), Error> {
        let request = Request::Override { intervention: Some(self.kind), on };
        self.access.change(Class::Operate, request, connection, header).await.map(|_| ())
    }
}

#[interface(name = "org.ecmod.Intervention1", introspection_docs = false)]
impl Intervention {
    #[zbus(name = "Override")]
    async fn take_back(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.override_it(true, connection, &header).await
    }

    async fn release_override(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.override_it(false, connection, &header).await
    }

    #[zbus(out_args("records"))]
    async fn records(&self) -> Result<Vec<Recording>, Error> {
        Ok(recordings::list(&self.access.shared.record, self.kind).await)
    }

    #[zbus(out_args("file"))]
    async fn open_record(&self, number: u64) -> Result<OwnedFd, Error> {
        recordings::open(&self.access.shared.record, self.kind, number).await.map(OwnedFd::from)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn description(&self) -> &'static str {
        description(self.kind)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn action(&self) -> &'static str {
        action(self.kind, &self.access.shared.plan.settings).name()
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.with(|status| status.state.name())
    }

    #[zbus(property)]
    fn since(&self) -> u64 {
        self.with(|status| times(status).0)
    }

    #[zbus(property)]
    fn ends(&self) -> u64 {
        self.with(|status| times(status).1)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> Vec<f64> {
        let (_, ends) = self.with(times);
        let left = ecmod_quantities::Monotonic(ends).since(clock::now());
        if ends == 0 { Vec::new() } else { vec![left.seconds()] }
    }

    #[zbus(property)]
    fn trigger_present(&self) -> bool {
        self.with(InterventionStatus::present)
    }

    #[zbus(property)]
    fn trigger_value(&self) -> Vec<f64> {
        self.with(|status| status.trigger.iter().map(|trigger| trigger.value).collect())
    }

    #[zbus(property)]
    fn trigger_limit(&self) -> Vec<f64> {
        self.with(|status| status.trigger.iter().map(|trigger| trigger.limit).collect())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn trigger_unit(&self) -> &'static str {
        self.kind.quantity().unit()
    }

    #[zbus(property)]
    fn triggered_at(&self) -> u64 {
        self.with(|status| status.trigger.map_or(0, |trigger| trigger.at.0))
    }

    #[zbus(property)]
    fn corroboration(&self) -> Vec<&'static str> {
        self.with(corroboration)
    }

    #[zbus(property)]
    fn inhibit_reason(&self) -> &'static str {
        self.with(inhibit_reason)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn floor(&self) -> Vec<f64> {
        self.with(|status| status.floor.iter().map(|speed| speed.value()).collect())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn bound(&self) -> Vec<f64> {
        self.with(|status| status.ceiling.iter().map(|speed| speed.value()).collect())
    }

    #[zbus(property)]
    fn longest_duration(&self) -> u64 {
        let settings = &self.access.shared.plan.settings;
        match action(self.kind, settings) {
            InterventionAction::AlarmOnly => 0,
            InterventionAction::ZeroFlow
            | InterventionAction::Dip
            | InterventionAction::Regulate
            | InterventionAction::LowerToFloor
            | InterventionAction::Raise => settings.interventions.of(self.kind).longest.0,
        }
    }

    #[zbus(property)]
    fn count(&self) -> u64 {
        self.with(|status| u64::from(status.count))
    }
}
