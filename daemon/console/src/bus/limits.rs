// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Limits1`: the limits of alarms and pressure regulation. Documented in `dbus/org.ecmod.Limits1.xml`.

use ecmod_control::{LimitKind, Outputs, PatientClass, Request};
use zbus::message::Header;
use zbus::{Connection, Variant, interface};

use super::access::Access;
use super::authorise::Class;
use super::console::finite;
use super::error::Error;
use crate::plan::Plan;

/// The object at `/org/ecmod/limits`.
pub struct Limits {
    /// What is known, and who may change it.
    pub access: Access,
}

/// Name, value, preset, unit, lowest and highest value, step, text.
type Row = (&'static str, Vec<f64>, Vec<f64>, &'static str, f64, f64, f64, &'static str);

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(plan: &Plan, outputs: &Outputs) -> Vec<(&'static str, Variant<'static>)> {
    vec![("Limits", rows(plan, outputs).into()), ("PatientClass", outputs.class.name().into())]
}

fn rows(plan: &Plan, outputs: &Outputs) -> Vec<Row> {
    let preset = plan.settings.alarms.preset(outputs.class);
    let row = |limit: LimitKind| {
        let range = limit.range();
        let value = outputs.limits.get(limit).into_iter().collect();
        let preset = preset.get(limit).into_iter().collect();
        let unit = limit.quantity().unit();
        (limit.name(), value, preset, unit, range.minimum, range.maximum, range.step, text(limit))
    };
    LimitKind::ALL.into_iter().map(row).collect()
}

/// What it limits.
const fn text(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::FlowLow => "Blood flow below this is too little",
        LimitKind::FlowLowPart => "In flow mode, less than this part of the setpoint is too little",
        LimitKind::FlowHigh => "Blood flow above this is too much",
        LimitKind::Backflow => "Blood flow below this runs backwards",
        LimitKind::FlowDeviation => "How far the measured flow may lie from the one that speed and head give",
        LimitKind::FlowQualityLow => "A signal of the flow meter weaker than this is not good enough",
        LimitKind::VenousPressureLow => "Drainage pressure at which the speed is held back",
        LimitKind::VenousPressureVeryLow => "Drainage pressure below this is dangerous",
        LimitKind::PreMembranePressureHigh => "Pressure before the membrane at which the speed is held back",
        LimitKind::PreMembranePressureVeryHigh => "Pressure before the membrane above this is dangerous",
        LimitKind::ArterialPressureHigh => "Pressure in the return line at which the speed is held back",
        LimitKind::ArterialPressureVeryHigh => "Pressure in the return line above this is dangerous",
        LimitKind::SuctionChatter => "Chatter of the drainage pressure above this is suction",
        LimitKind::MembraneResistanceHigh => {
            "Resistance of the membrane, against its baseline, above which it clots"
        }
        LimitKind::MembraneResistanceRise => {
            "Rise of the membrane's resistance within an hour, against its baseline"
        }
        LimitKind::TemperatureHigh => "Blood warmer than this is too warm",
        LimitKind::TemperatureVeryHigh => "Blood warmer than this is dangerous",
        LimitKind::TemperatureLow => "Blood colder than this is too cold",
        LimitKind::VenousSaturationLow => "Venous saturation below this is too low",
        LimitKind::SweepGasLowPart => "Sweep gas below this part of its setpoint does not flow",
        LimitKind::GasSupplyPressureLow => "Pressure of the oxygen supply below this is too low",
        LimitKind::ExhaustOxygenLow => "Oxygen in the exhaust gas below this is that of air",
        LimitKind::DriveTemperatureHigh => "Temperature of the drive above this is too high",
        LimitKind::PumpLoadHigh => "Load of the pump's motor above this is too high",
        LimitKind::BatteryTimeLow => "A battery that lasts less than this is low",
        LimitKind::BatteryTimeCritical => "A battery that lasts less than this is nearly empty",
        LimitKind::BatteryChargeLow => "A battery with less charge than this is low",
        LimitKind::BatteryChargeCritical => "A battery with less charge than this is nearly empty",
    }
}

#[interface(name = "org.ecmod.Limits1", introspection_docs = false)]
impl Limits {
    async fn set(
        &self,
        limit: &str,
        value: f64,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.access.check(Class::Limits, connection, &header).await?;
        let limit = LimitKind::from_name(limit)
            .ok_or_else(|| Error::InvalidArgument(format!("\"{limit}\" is not the name of a limit")))?;
        let request = Request::SetLimit { limit, value: finite(value)? };
        self.access.change(Class::Limits, request, connection, &header).await.map(|_| ())
    }

    async fn apply_preset(
        &self,
        patient_class: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.access.check(Class::Limits, connection, &header).await?;
        let class = PatientClass::from_name(patient_class).ok_or_else(|| {
            Error::InvalidArgument("the classes of patients are adult, paediatric and neonate".into())
        })?;
        let request = Request::ApplyPreset(class);
        self.access.change(Class::Limits, request, connection, &header).await.map(|_| ())
    }

    #[zbus(property)]
    fn limits(&self) -> Vec<Row> {
        let shared = &self.access.shared;
        rows(&shared.plan, &shared.latest().outputs)
    }

    #[zbus(property)]
    fn patient_class(&self) -> &'static str {
        self.access.shared.latest().outputs.class.name()
    }
}
