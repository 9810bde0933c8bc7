// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's console object: it changes the invented state, or refuses.

use std::collections::BTreeMap;

use zbus::object_server::SignalEmitter;

use super::{FRAME_PERIOD, Shared, lock, model};
use crate::{Maybe, Reading};

/// How long a requested stop stays valid, in ns.
const STOP_VALID: u64 = 10_000_000_000;

/// The errors of the contract.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.ecmod.Error")]
pub(super) enum Fault {
    #[zbus(error)]
    ZBus(zbus::Error),
    Refused(String),
    InvalidArgument(String),
    NotAuthorised(String),
    Unavailable(String),
}

pub(super) struct Console {
    pub(super) model: Shared,
}

impl Console {
    fn change<T>(&self, change: impl FnOnce(&mut model::Model) -> Result<T, Fault>) -> Result<T, Fault> {
        self::change(&self.model, change)
    }
}

/// Runs a change unless the mock is in trouble.
pub(super) fn change<T>(
    model: &Shared,
    change: impl FnOnce(&mut model::Model) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut model = lock(model);
    match model.trouble {
        model::Trouble::None => change(&mut model),
        model::Trouble::NotAuthorised => Err(Fault::NotAuthorised("you may not operate this console".into())),
        model::Trouble::LoopStuck => Err(Fault::Unavailable("no answer within 100 ms".into())),
    }
}

pub(super) fn within(
    what: &str,
    unit: &str,
    value: f64,
    (minimum, maximum): (f64, f64),
) -> Result<f64, Fault> {
    if !value.is_finite() {
        return Err(Fault::InvalidArgument(format!("{what} must be a finite number")));
    }
    if value < minimum || value > maximum {
        let sentence = format!("{what} {value} {unit} is outside {minimum} to {maximum} {unit}.");
        return Err(Fault::Refused(format!("{sentence} [ecmod.refused.out_of_range]")));
    }
    Ok(value)
}

/// A setpoint can be changed in standby and in its own mode.
fn in_use(model: &model::Model, mode: &str) -> Result<(), Fault> {
    if model.state == "standby" || model.mode == mode {
        return Ok(());
    }
    let sentence = format!("Not in use in {} mode: change the mode first.", model.mode);
    Err(Fault::Refused(format!("{sentence} [ecmod.refused.not_in_this_mode]")))
}

#[zbus::interface(name = "org.ecmod.Console1")]
impl Console {
    fn start(&self) -> Result<(), Fault> {
        self.change(|model| match model.state {
            "standby" if model.self_test.blocks_start() => Err(Fault::Refused(
                "The self-test has failed: see its items, or override it. [ecmod.refused.self_test_failed]"
                    .into(),
            )),
            "standby" => {
                model.state = "support";
                Ok(())
            }
            _ => {
                Err(Fault::Refused("The console supports already. [ecmod.refused.not_in_this_state]".into()))
            }
        })
    }

    #[zbus(out_args("token", "expires"))]
    fn request_stop(&self) -> Result<(u32, u64), Fault> {
        self.change(|model| {
            if model.state != "support" {
                return Err(Fault::Refused(
                    "The console is in standby. [ecmod.refused.not_in_this_state]".into(),
                ));
            }
            model.tokens = model.tokens.wrapping_add(41);
            model.stop = Some(model.tokens);
            Ok((model.tokens, model.monotonic.saturating_add(STOP_VALID)))
        })
    }

    fn confirm_stop(&self, token: u32) -> Result<(), Fault> {
        self.change(|model| match model.stop {
            None => Err(Fault::Refused("No stop was requested. [ecmod.refused.no_stop_requested]".into())),
            Some(requested) if requested != token => Err(Fault::Refused(
                "This is not the token of the last request. [ecmod.refused.wrong_token]".into(),
            )),
            Some(_) => {
                model.stop = None;
                model.state = "standby";
                Ok(())
            }
        })
    }

    fn cancel_stop(&self) -> Result<(), Fault> {
        self.change(|model| match model.stop.take() {
            Some(_) => Ok(()),
            None => Err(Fault::Refused("No stop was requested. [ecmod.refused.no_stop_requested]".into())),
        })
    }

    fn set_mode(&self, mode: &str) -> Result<(), Fault> {
        self.change(|model| {
            model.mode = match mode {
                "speed" => "speed",
                "flow" => "flow",
                "zero_flow" => "zero_flow",
                other => {
                    return Err(Fault::InvalidArgument(format!(
                        "mode {other} is not speed, flow or zero_flow"
                    )));
                }
            };
            Ok(())
        })
    }

    fn set_speed(&self, speed: f64) -> Result<(), Fault> {
        self.change(|model| {
            in_use(model, "speed")?;
            model.speed_setpoint = within("Speed", "rpm", speed, model::SPEED_RANGE)?;
            Ok(())
        })
    }

    fn set_flow(&self, flow: f64) -> Result<(), Fault> {
        self.change(|model| {
            in_use(model, "flow")?;
            model.flow_setpoint = within("Flow", "L/min", flow, model::FLOW_RANGE)?;
            Ok(())
        })
    }

    fn set_sweep_gas_flow(&self, flow: f64) -> Result<(), Fault> {
        self.change(|model| {
            model.sweep_gas_setpoint = Some(within("Sweep gas flow", "L/min", flow, model::SWEEP_GAS_RANGE)?);
            Ok(())
        })
    }

    fn set_clamp(&self, clamp: &str, position: &str) -> Result<(), Fault> {
        self.change(|model| {
            let position = match position {
                "open" => "open",
                "closed" => "closed",
                other => {
                    return Err(Fault::InvalidArgument(format!("position {other} is not open or closed")));
                }
            };
            match (clamp, model.clamps.get_mut(clamp)) {
                (_, None) => Err(Fault::InvalidArgument(format!("clamp {clamp} is not return or drainage"))),
                ("drainage", Some(_)) => Err(Fault::Refused(
                    "The drainage clamp is not connected. [ecmod.refused.clamp_absent]".into(),
                )),
                (_, Some(demand)) => {
                    *demand = position;
                    Ok(())
                }
            }
        })
    }

    #[zbus(name = "Override")]
    fn override_(&self) -> Result<(), Fault> {
        self.change(|model| {
            model.override_interventions(None, true);
            Ok(())
        })
    }

    fn release_override(&self) -> Result<(), Fault> {
        self.change(|model| {
            model.override_interventions(None, false);
            Ok(())
        })
    }

    #[zbus(signal)]
    pub(super) async fn frame(
        emitter: &SignalEmitter<'_>,
        monotonic: u64,
        sequence: u64,
        readings: BTreeMap<String, Reading>,
    ) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &str {
        "0.0.0-mock"
    }
    #[zbus(property)]
    fn state(&self) -> &str {
        lock(&self.model).state
    }
    #[zbus(property)]
    fn mode(&self) -> &str {
        lock(&self.model).mode
    }
    #[zbus(property)]
    fn speed_setpoint(&self) -> f64 {
        lock(&self.model).speed_setpoint
    }
    #[zbus(property)]
    fn flow_setpoint(&self) -> f64 {
        lock(&self.model).flow_setpoint
    }
    #[zbus(property)]
    fn sweep_gas_setpoint(&self) -> Maybe {
        Maybe(lock(&self.model).sweep_gas_setpoint)
    }
    #[zbus(property)]
    fn clamps(&self) -> BTreeMap<&str, (&str, bool)> {
        let model = lock(&self.model);
        model.clamps.iter().map(|(name, demand)| (*name, (*demand, *name == "return"))).collect()
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn speed_demand(&self) -> Maybe {
        let model = lock(&self.model);
        Maybe((model.state == "support").then_some(model.speed))
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn speed_range(&self) -> (f64, f64) {
        model::SPEED_RANGE
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn flow_range(&self) -> (f64, f64) {
        model::FLOW_RANGE
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn sweep_gas_range(&self) -> (f64, f64) {
        model::SWEEP_GAS_RANGE
    }
    #[zbus(property)]
    fn active_limit(&self) -> &str {
        lock(&self.model).active_limit
    }
    #[zbus(property)]
    fn stop(&self) -> &str {
        if lock(&self.model).stop.is_some() { "pending" } else { "none" }
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn loop_period(&self) -> u64 {
        10_000_000
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn frame_period(&self) -> u64 {
        u64::try_from(FRAME_PERIOD.as_nanos()).unwrap_or(u64::MAX)
    }
    #[zbus(property(emits_changed_signal = "false"), name = "Loop")]
    fn loop_(&self) -> BTreeMap<&str, u64> {
        let ticks = lock(&self.model).sequence.saturating_mul(10);
        BTreeMap::from([
            ("ticks", ticks),
            ("urgent_ticks", 0),
            ("overruns", 0),
            ("late_p50_ns", 18_000),
            ("late_p99_ns", 71_000),
            ("late_max_ns", 902_000),
        ])
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_lateness(&self) -> Vec<(u64, u64)> {
        let sequence = lock(&self.model).sequence;
        vec![(18_431, sequence.saturating_mul(9)), (73_727, sequence)]
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_duration(&self) -> Vec<(u64, u64)> {
        vec![(4_095, lock(&self.model).sequence.saturating_mul(10))]
    }
}
