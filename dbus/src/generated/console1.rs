// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Console1`, generated from `org.ecmod.Console1.xml`: do not edit.

use std::collections::BTreeMap;

use zbus::{DeserializeDict, Type};

use crate::{Maybe, Reading};

/// All properties of `org.ecmod.Console1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Console1Properties {
    /// Version of the daemon, as in 0.1.0.
    pub version: String,
    /// standby: no support; after a stop 0 rpm is demanded, else nothing. support: the mode is regulated,
    /// also while a confirmed stop slows the pump down. service: the console belongs to a service technician.
    /// One of `standby`, `support`, `service`.
    pub state: String,
    /// What is regulated while supporting, as in SetMode. One of `speed`, `flow`, `zero_flow`.
    pub mode: String,
    /// The pump speed that mode speed holds. Unit: `rpm`.
    pub speed_setpoint: f64,
    /// The blood flow that mode flow holds. Unit: `L/min`.
    pub flow_setpoint: f64,
    /// The sweep gas flow asked of the gas controller; empty while none was asked for. Unit: `L/min`.
    pub sweep_gas_setpoint: Maybe,
    /// Each configured clamp by its name, as in SetClamp: what is demanded of it (none, open or closed; none
    /// while nobody has asked since the daemon started, and the clamp stays where it is), and whether it is
    /// connected, so that a demand would reach it. Where it really is, is a reading of its driver.
    pub clamps: BTreeMap<String, (String, bool)>,
    /// The speed that the control loop demands of the drive now; empty while it demands nothing and the drive
    /// goes on as it is. Unit: `rpm`.
    pub speed_demand: Maybe,
    /// Lowest and highest speed that SetSpeed takes. Unit: `rpm rpm`.
    pub speed_range: (f64, f64),
    /// Lowest and highest blood flow that SetFlow takes. Unit: `L/min L/min`.
    pub flow_range: (f64, f64),
    /// Lowest and highest sweep gas flow that SetSweepGasFlow takes. Unit: `L/min L/min`.
    pub sweep_gas_range: (f64, f64),
    /// What keeps the pump from the speed that the mode asks for; none when nothing does. The words say it:
    /// venous_pressure_low, pre_membrane_pressure_high, arterial_pressure_high (an override controller lowers
    /// the speed), gross_air (air in the return line: zero flow), level_low (down to the floor), backflow
    /// (the speed is raised), maximum_speed, floor (the lowest speed, which prevents backflow), suction (more
    /// speed gives no more flow, so it is not raised, or an intervention lets it dip), flow_lost (mode flow
    /// holds the speed it had), pump_lost (the pump's host is gone, the demand is held). One of `none`,
    /// `venous_pressure_low`, `pre_membrane_pressure_high`, `arterial_pressure_high`, `gross_air`,
    /// `level_low`, `backflow`, `maximum_speed`, `floor`, `suction`, `flow_lost`, `pump_lost`.
    pub active_limit: String,
    /// How far a stop has come. none: nobody asked. pending: requested, and neither confirmed, cancelled nor
    /// expired. ramping: confirmed, the speed runs down to 0; CancelStop and Start still take it back. One of
    /// `none`, `pending`, `ramping`.
    pub stop: String,
    /// Period of the control loop. Unit: `ns`.
    pub loop_period: u64,
    /// Period of the signal Frame. A client that hears no frame for three periods should show its readings as
    /// lost. Unit: `ns`.
    pub frame_period: u64,
    /// How well the control loop keeps its time since the daemon started: ticks (how many, at the fixed
    /// period), urgent_ticks (further ones in between, because a host had something urgent to say or ended),
    /// overruns (ticks that came a period or more late; missed ones are skipped, never caught up),
    /// late_p50_ns, late_p99_ns, late_max_ns (how late ticks began). Keys may be added. Unit: `ns-or-count`.
    #[zbus(rename = "Loop")]
    pub loop_: BTreeMap<String, u64>,
    /// How late ticks began, as a histogram since the daemon started: for each bucket that is not empty its
    /// upper edge and how many ticks fell into it. Sixteen buckets for each power of two. Unit: `ns count`.
    pub loop_lateness: Vec<(u64, u64)>,
    /// How long ticks took, as LoopLateness. Unit: `ns count`.
    pub loop_duration: Vec<(u64, u64)>,
}

#[zbus::proxy(
    interface = "org.ecmod.Console1",
    default_service = "org.ecmod",
    default_path = "/org/ecmod/console"
)]
/// The console as a whole: its state, what is asked of it, and the readings of all signals in one message. A
/// method that changes something returns after the control loop has accepted or refused the change at its
/// next period. A refusal (org.ecmod.Error.Refused) says in its message why, and what is allowed, and ends
/// with a stable code in square brackets, for example \[ecmod.refused.out_of_range\].
pub trait Console1 {
    /// Begin to support, in the mode that property Mode shows. The pump goes from the speed it has to the
    /// setpoint with the configured slew. While a confirmed stop still slows the pump down: go on supporting.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn start(&self) -> zbus::Result<()>;

    /// First step of stopping the pump. Nothing changes yet: the answer is a token, and only ConfirmStop with
    /// this token, within ten seconds, stops. A new request replaces the one before.
    ///
    /// Returns `token`: What ConfirmStop has to repeat.
    ///
    /// Returns `expires`: When the token ceases to be valid, in CLOCK_MONOTONIC of the console. Unit: `ns`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn request_stop(&self) -> zbus::Result<(u32, u64)>;

    /// Second step of stopping the pump: the pump slows down to 0 rpm with the configured slew, then State
    /// becomes standby. Refused when no stop was requested, when the token is not the one of the last
    /// request, or when it has expired.
    ///
    /// `token`: The token that RequestStop returned.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn confirm_stop(&self, token: u32) -> zbus::Result<()>;

    /// Withdraw a stop, whoever requested it, also a confirmed one that still slows the pump down. Refused
    /// when there is none.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn cancel_stop(&self) -> zbus::Result<()>;

    /// Choose what the control loop regulates. While supporting, the change is bumpless: mode speed begins
    /// with the speed there is as its setpoint, mode flow with the flow there is. Mode flow and zero_flow are
    /// refused while the signal blood_flow is bad. In standby it is the mode that Start begins with.
    ///
    /// `mode`: speed: hold a pump speed. flow: hold a blood flow. zero_flow: hold a blood flow of 0 L/min,
    /// which is not a stopped pump. One of `speed`, `flow`, `zero_flow`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_mode(&self, mode: &str) -> zbus::Result<()>;

    /// Set the speed that mode speed holds. Accepted in standby and in mode speed; refused in another mode.
    ///
    /// `speed`: Pump speed within SpeedRange. Not finite: InvalidArgument. Outside the range: Refused. Unit:
    /// `rpm`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_speed(&self, speed: f64) -> zbus::Result<()>;

    /// Set the blood flow that mode flow holds. Accepted in standby and in mode flow; refused in another
    /// mode.
    ///
    /// `flow`: Blood flow towards the patient within FlowRange. Not finite: InvalidArgument. Outside the
    /// range: Refused. Unit: `L/min`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_flow(&self, flow: f64) -> zbus::Result<()>;

    /// Set the sweep gas flow. Refused when the configuration has no sweep gas controller.
    ///
    /// `flow`: Gas flow at the gas controller's standard conditions. Not finite: InvalidArgument. Outside the
    /// controller's range: Refused. Unit: `L/min`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_sweep_gas_flow(&self, flow: f64) -> zbus::Result<()>;

    /// Open or close a clamp, in any state and mode. The console never moves a clamp by itself, and keeps no
    /// position over a restart: a clamp stays where it is until somebody asks. Closing a clamp while the pump
    /// turns stops the blood flow at once and moves the pressures before and behind it. Refused when the
    /// clamp is not connected, so that it cannot move later, unasked.
    ///
    /// `clamp`: return: on the line to the patient. drainage: on the line from the patient. One of `return`,
    /// `drainage`.
    ///
    /// `position`: open: blood can pass. closed: nothing can pass. One of `open`, `closed`.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`,
    /// `org.ecmod.Error.Unavailable`.
    fn set_clamp(&self, clamp: &str, position: &str) -> zbus::Result<()>;

    /// Take back every intervention at once, and keep all of them from acting for a time: the one call for a
    /// screen's override button, and what the hardware key does. As Override of each org.ecmod.Intervention1;
    /// their alarms stay. Never refused because of a state or mode; it takes no more than the right to
    /// operate.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    #[zbus(name = "Override")]
    fn override_(&self) -> zbus::Result<()>;

    /// Let every intervention act again before the time of the override is over. None overridden: nothing
    /// changes, and it is no error.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`, `org.ecmod.Error.Unavailable`.
    fn release_override(&self) -> zbus::Result<()>;

    /// The readings of all signals, taken at one tick of the control loop, once every FramePeriod. This is
    /// the way to follow readings; their properties do not announce changes.
    ///
    /// `monotonic`: When the tick began, in CLOCK_MONOTONIC of the console. The age of a reading is this
    /// minus the time in the reading. Unit: `ns`.
    ///
    /// `sequence`: Grows by one with each frame, and starts again when the daemon does. A gap is the number
    /// of frames lost on the way.
    ///
    /// `readings`: The reading of every signal by its name (the last element of its object path).
    #[zbus(signal)]
    fn frame(&self, monotonic: u64, sequence: u64, readings: BTreeMap<String, Reading>) -> zbus::Result<()>;

    /// Version of the daemon, as in 0.1.0.
    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> zbus::Result<String>;

    /// standby: no support; after a stop 0 rpm is demanded, else nothing. support: the mode is regulated,
    /// also while a confirmed stop slows the pump down. service: the console belongs to a service technician.
    /// One of `standby`, `support`, `service`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// What is regulated while supporting, as in SetMode. One of `speed`, `flow`, `zero_flow`.
    #[zbus(property)]
    fn mode(&self) -> zbus::Result<String>;

    /// The pump speed that mode speed holds. Unit: `rpm`.
    #[zbus(property)]
    fn speed_setpoint(&self) -> zbus::Result<f64>;

    /// The blood flow that mode flow holds. Unit: `L/min`.
    #[zbus(property)]
    fn flow_setpoint(&self) -> zbus::Result<f64>;

    /// The sweep gas flow asked of the gas controller; empty while none was asked for. Unit: `L/min`.
    #[zbus(property)]
    fn sweep_gas_setpoint(&self) -> zbus::Result<Maybe>;

    /// Each configured clamp by its name, as in SetClamp: what is demanded of it (none, open or closed; none
    /// while nobody has asked since the daemon started, and the clamp stays where it is), and whether it is
    /// connected, so that a demand would reach it. Where it really is, is a reading of its driver.
    #[zbus(property)]
    fn clamps(&self) -> zbus::Result<BTreeMap<String, (String, bool)>>;

    /// The speed that the control loop demands of the drive now; empty while it demands nothing and the drive
    /// goes on as it is. Unit: `rpm`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn speed_demand(&self) -> zbus::Result<Maybe>;

    /// Lowest and highest speed that SetSpeed takes. Unit: `rpm rpm`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn speed_range(&self) -> zbus::Result<(f64, f64)>;

    /// Lowest and highest blood flow that SetFlow takes. Unit: `L/min L/min`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn flow_range(&self) -> zbus::Result<(f64, f64)>;

    /// Lowest and highest sweep gas flow that SetSweepGasFlow takes. Unit: `L/min L/min`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn sweep_gas_range(&self) -> zbus::Result<(f64, f64)>;

    /// What keeps the pump from the speed that the mode asks for; none when nothing does. The words say it:
    /// venous_pressure_low, pre_membrane_pressure_high, arterial_pressure_high (an override controller lowers
    /// the speed), gross_air (air in the return line: zero flow), level_low (down to the floor), backflow
    /// (the speed is raised), maximum_speed, floor (the lowest speed, which prevents backflow), suction (more
    /// speed gives no more flow, so it is not raised, or an intervention lets it dip), flow_lost (mode flow
    /// holds the speed it had), pump_lost (the pump's host is gone, the demand is held). One of `none`,
    /// `venous_pressure_low`, `pre_membrane_pressure_high`, `arterial_pressure_high`, `gross_air`,
    /// `level_low`, `backflow`, `maximum_speed`, `floor`, `suction`, `flow_lost`, `pump_lost`.
    #[zbus(property)]
    fn active_limit(&self) -> zbus::Result<String>;

    /// How far a stop has come. none: nobody asked. pending: requested, and neither confirmed, cancelled nor
    /// expired. ramping: confirmed, the speed runs down to 0; CancelStop and Start still take it back. One of
    /// `none`, `pending`, `ramping`.
    #[zbus(property)]
    fn stop(&self) -> zbus::Result<String>;

    /// Period of the control loop. Unit: `ns`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn loop_period(&self) -> zbus::Result<u64>;

    /// Period of the signal Frame. A client that hears no frame for three periods should show its readings as
    /// lost. Unit: `ns`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn frame_period(&self) -> zbus::Result<u64>;

    /// How well the control loop keeps its time since the daemon started: ticks (how many, at the fixed
    /// period), urgent_ticks (further ones in between, because a host had something urgent to say or ended),
    /// overruns (ticks that came a period or more late; missed ones are skipped, never caught up),
    /// late_p50_ns, late_p99_ns, late_max_ns (how late ticks began). Keys may be added. Unit: `ns-or-count`.
    #[zbus(property(emits_changed_signal = "false"), name = "Loop")]
    fn loop_(&self) -> zbus::Result<BTreeMap<String, u64>>;

    /// How late ticks began, as a histogram since the daemon started: for each bucket that is not empty its
    /// upper edge and how many ticks fell into it. Sixteen buckets for each power of two. Unit: `ns count`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_lateness(&self) -> zbus::Result<Vec<(u64, u64)>>;

    /// How long ticks took, as LoopLateness. Unit: `ns count`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn loop_duration(&self) -> zbus::Result<Vec<(u64, u64)>>;
}
