// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Intervention1`, generated from `org.ecmod.Intervention1.xml`: do not edit.

use zbus::{DeserializeDict, OwnedFd, Type};

use crate::{Maybe, Recording};

/// All properties of `org.ecmod.Intervention1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Intervention1Properties {
    /// Its name, which is the last element of the object path. One of `gross_air`, `suction`,
    /// `venous_pressure_low`, `pre_membrane_pressure_high`, `arterial_pressure_high`, `backflow`,
    /// `level_low`, `clamp_mismatch`, `sweep_gas_lost`.
    pub name: String,
    /// What sets it off, what has to confirm that, and what it does, for people.
    pub description: String,
    /// What it does while it is active. zero_flow: regulate to a blood flow of 0 L/min, which may go below
    /// the floor. dip: go a little below the speed there was. regulate: hold a pressure at its limit.
    /// lower_to_floor: go down to the floor. raise: the only one that raises the speed. alarm_only: nothing,
    /// by its nature or by the configuration. One of `zero_flow`, `dip`, `regulate`, `lower_to_floor`,
    /// `raise`, `alarm_only`.
    pub action: String,
    /// off: the console does not support, or there is no such limit. watching: nothing has set it off.
    /// active: it acts, until Ends at the latest. returning: it is over, the speed goes back with the slew.
    /// expired: its longest duration is over while the trigger lasts; it does not act, its alarm stays, and
    /// it watches again when the trigger has been gone for a while. inhibited: it would act and does not, see
    /// InhibitReason. overridden: an operator has taken it back, until Ends. alarm_only: it is configured not
    /// to act. One of `off`, `watching`, `active`, `returning`, `expired`, `inhibited`, `overridden`,
    /// `alarm_only`.
    pub state: String,
    /// When it began to act, in CLOCK_MONOTONIC of the console; 0 unless it is active. Unit: `ns`.
    pub since: u64,
    /// When active or overridden ends by itself at the latest, in CLOCK_MONOTONIC of the console; 0 in other
    /// states. Count down from it by the time in Frame. Unit: `ns`.
    pub ends: u64,
    /// How long that is from now, for a client that looks once; empty when Ends is 0. Unit: `s`.
    pub remaining: Maybe,
    /// Whether the condition that sets it off is present now.
    pub trigger_present: bool,
    /// The value at the moment it was set off: of the condition that is present, or else of the latest one;
    /// empty when nothing has set it off since the daemon started. Unit: `TriggerUnit`.
    pub trigger_value: Maybe,
    /// What the value was compared with; empty when nothing has set it off. Unit: `TriggerUnit`.
    pub trigger_limit: Maybe,
    /// Unit of TriggerValue and TriggerLimit as people write it; empty where there is none.
    pub trigger_unit: String,
    /// When it was set off, in CLOCK_MONOTONIC of the console; 0 when nothing has. Unit: `ns`.
    pub triggered_at: u64,
    /// The independent signs that confirm the present or latest trigger; empty when none does. head_drop: the
    /// pump gives less head than before at this speed. pressure_dip: the pressures behind the pump fell
    /// together. flow_quality_drop: the flow meter's signal got weaker. second_detector: the other bubble
    /// detector saw air. load_dip: the motor has less to do at this speed. flow_chatter: the flow fluctuates
    /// with the pressure. low_pressure: the drainage pressure is low as well. model_flow: the flow that speed
    /// and head give agrees. persistence: it lasted through the whole delay. One of `head_drop`,
    /// `pressure_dip`, `flow_quality_drop`, `second_detector`, `load_dip`, `flow_chatter`, `low_pressure`,
    /// `model_flow`, `persistence`.
    pub corroboration: Vec<String>,
    /// Why it cannot act; empty unless it is inhibited. no_signal: no signal is configured that it needs.
    /// signal_bad: that signal is bad. nothing_to_corroborate: no signal is usable that could confirm it, and
    /// one detector alone does not act. contradicted: another estimate contradicts what set it off.
    /// pump_lost: the pump's host is gone. stopping: a stop runs down. One of `no_signal`, `signal_bad`,
    /// `nothing_to_corroborate`, `contradicted`, `pump_lost`, `stopping`.
    pub inhibit_reason: String,
    /// The speed below which it does not take the pump now; empty where it does not change the speed. Unit:
    /// `rpm`.
    pub floor: Maybe,
    /// The bound it puts on the speed now: a ceiling, or for backflow what is not undercut; empty while it
    /// puts none. Unit: `rpm`.
    pub bound: Maybe,
    /// How long it acts at the longest; 0 where it does not act. Unit: `ns`.
    pub longest_duration: u64,
    /// How often it has acted since the daemon started.
    pub count: u64,
}

#[zbus::proxy(interface = "org.ecmod.Intervention1", default_service = "org.ecmod")]
/// Something that the console may do to the pump by itself: what sets it off, what has to confirm it, how far
/// and how long it goes, and how an operator takes it back. Every kind has an object, also one that is
/// configured to alarm only. None goes on for longer than LongestDuration, none lowers the speed below Floor,
/// and each returns by itself.
pub trait Intervention1 {
    /// Take this intervention back now and keep it from acting for a time, see Ends; its alarm stays. The
    /// speed returns with the configured slew. It takes no more than the right to operate. Overridden
    /// already: the time begins anew.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    #[zbus(name = "Override")]
    fn override_(&self) -> zbus::Result<()>;

    /// Let it act again before the time of the override is over. Not overridden: nothing changes, and it is
    /// no error.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn release_override(&self) -> zbus::Result<()>;

    /// The recordings of this intervention that are kept, newest first. Each has all readings from ten
    /// seconds before the event to ten seconds after; it is there when that time is over. The oldest make
    /// room.
    ///
    /// Returns `records`: Of each its number, when it was (ms since 1970-01-01 UTC, as far as the console's
    /// clock was right), what set it off, and its size. Unit: `1 ms text byte`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Unavailable`.
    fn records(&self) -> zbus::Result<Vec<Recording>>;

    /// One recording, to read. Refused when there is none of this number, or no longer.
    ///
    /// `number`: Its number, from Records.
    ///
    /// Returns `file`: The file, open for reading only: lines that begin with # and say what it is, then
    /// comma-separated values, a line for each time, with a heading that has the units; the last line is a
    /// checksum, without which it is not whole.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.Unavailable`.
    fn open_record(&self, number: u64) -> zbus::Result<OwnedFd>;

    /// Its name, which is the last element of the object path. One of `gross_air`, `suction`,
    /// `venous_pressure_low`, `pre_membrane_pressure_high`, `arterial_pressure_high`, `backflow`,
    /// `level_low`, `clamp_mismatch`, `sweep_gas_lost`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> zbus::Result<String>;

    /// What sets it off, what has to confirm that, and what it does, for people.
    #[zbus(property(emits_changed_signal = "const"))]
    fn description(&self) -> zbus::Result<String>;

    /// What it does while it is active. zero_flow: regulate to a blood flow of 0 L/min, which may go below
    /// the floor. dip: go a little below the speed there was. regulate: hold a pressure at its limit.
    /// lower_to_floor: go down to the floor. raise: the only one that raises the speed. alarm_only: nothing,
    /// by its nature or by the configuration. One of `zero_flow`, `dip`, `regulate`, `lower_to_floor`,
    /// `raise`, `alarm_only`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn action(&self) -> zbus::Result<String>;

    /// off: the console does not support, or there is no such limit. watching: nothing has set it off.
    /// active: it acts, until Ends at the latest. returning: it is over, the speed goes back with the slew.
    /// expired: its longest duration is over while the trigger lasts; it does not act, its alarm stays, and
    /// it watches again when the trigger has been gone for a while. inhibited: it would act and does not, see
    /// InhibitReason. overridden: an operator has taken it back, until Ends. alarm_only: it is configured not
    /// to act. One of `off`, `watching`, `active`, `returning`, `expired`, `inhibited`, `overridden`,
    /// `alarm_only`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// When it began to act, in CLOCK_MONOTONIC of the console; 0 unless it is active. Unit: `ns`.
    #[zbus(property)]
    fn since(&self) -> zbus::Result<u64>;

    /// When active or overridden ends by itself at the latest, in CLOCK_MONOTONIC of the console; 0 in other
    /// states. Count down from it by the time in Frame. Unit: `ns`.
    #[zbus(property)]
    fn ends(&self) -> zbus::Result<u64>;

    /// How long that is from now, for a client that looks once; empty when Ends is 0. Unit: `s`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> zbus::Result<Maybe>;

    /// Whether the condition that sets it off is present now.
    #[zbus(property)]
    fn trigger_present(&self) -> zbus::Result<bool>;

    /// The value at the moment it was set off: of the condition that is present, or else of the latest one;
    /// empty when nothing has set it off since the daemon started. Unit: `TriggerUnit`.
    #[zbus(property)]
    fn trigger_value(&self) -> zbus::Result<Maybe>;

    /// What the value was compared with; empty when nothing has set it off. Unit: `TriggerUnit`.
    #[zbus(property)]
    fn trigger_limit(&self) -> zbus::Result<Maybe>;

    /// Unit of TriggerValue and TriggerLimit as people write it; empty where there is none.
    #[zbus(property(emits_changed_signal = "const"))]
    fn trigger_unit(&self) -> zbus::Result<String>;

    /// When it was set off, in CLOCK_MONOTONIC of the console; 0 when nothing has. Unit: `ns`.
    #[zbus(property)]
    fn triggered_at(&self) -> zbus::Result<u64>;

    /// The independent signs that confirm the present or latest trigger; empty when none does. head_drop: the
    /// pump gives less head than before at this speed. pressure_dip: the pressures behind the pump fell
    /// together. flow_quality_drop: the flow meter's signal got weaker. second_detector: the other bubble
    /// detector saw air. load_dip: the motor has less to do at this speed. flow_chatter: the flow fluctuates
    /// with the pressure. low_pressure: the drainage pressure is low as well. model_flow: the flow that speed
    /// and head give agrees. persistence: it lasted through the whole delay. One of `head_drop`,
    /// `pressure_dip`, `flow_quality_drop`, `second_detector`, `load_dip`, `flow_chatter`, `low_pressure`,
    /// `model_flow`, `persistence`.
    #[zbus(property)]
    fn corroboration(&self) -> zbus::Result<Vec<String>>;

    /// Why it cannot act; empty unless it is inhibited. no_signal: no signal is configured that it needs.
    /// signal_bad: that signal is bad. nothing_to_corroborate: no signal is usable that could confirm it, and
    /// one detector alone does not act. contradicted: another estimate contradicts what set it off.
    /// pump_lost: the pump's host is gone. stopping: a stop runs down. One of `no_signal`, `signal_bad`,
    /// `nothing_to_corroborate`, `contradicted`, `pump_lost`, `stopping`.
    #[zbus(property)]
    fn inhibit_reason(&self) -> zbus::Result<String>;

    /// The speed below which it does not take the pump now; empty where it does not change the speed. Unit:
    /// `rpm`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn floor(&self) -> zbus::Result<Maybe>;

    /// The bound it puts on the speed now: a ceiling, or for backflow what is not undercut; empty while it
    /// puts none. Unit: `rpm`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn bound(&self) -> zbus::Result<Maybe>;

    /// How long it acts at the longest; 0 where it does not act. Unit: `ns`.
    #[zbus(property)]
    fn longest_duration(&self) -> zbus::Result<u64>;

    /// How often it has acted since the daemon started.
    #[zbus(property)]
    fn count(&self) -> zbus::Result<u64>;
}
