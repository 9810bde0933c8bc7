// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the console can see by itself of what a person does.

use ecmod_quantities::{Fraction, GasLitresPerMinute, LitresPerMinute, Rpm};

/// What is seen now. What no signal shows is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sight {
    /// Blood flow.
    pub flow: Option<LitresPerMinute>,
    /// Speed of the pump.
    pub speed: Option<Rpm>,
    /// Sweep gas that flows.
    pub sweep_gas: Option<GasLitresPerMinute>,
    /// By its position switch.
    pub return_clamp: Option<ClampSeen>,
    /// By its position switch.
    pub drainage_clamp: Option<ClampSeen>,
    /// Charge of the battery.
    pub battery: Option<Fraction>,
    /// Whether the mains are there.
    pub mains: Option<bool>,
    /// Whether the last self-test is passed.
    pub self_test: Option<bool>,
    /// Whether every pressure has a zero.
    pub zeroed: Option<bool>,
    /// Whether a planned transport was announced.
    pub transport: Option<bool>,
    /// Whether an alarm of high priority is present.
    pub high_alarm: Option<bool>,
}

/// Where a clamp is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClampSeen {
    /// Blood can pass.
    Open,
    /// Nothing can pass.
    Closed,
    /// Neither, or the switch cannot say.
    Between,
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// No signal shows it: a person has to say so.
    Unknown,
}

/// Something to be seen, with the number that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    what: What,
    threshold: f64,
}

macro_rules! what {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $threshold:expr;)*) => {
        /// What can be seen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum What { $($(#[$doc])* $variant,)* }

        impl What {
            /// All of it.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The word in configuration files and on D-Bus.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The usual threshold, the lowest and the highest, where there is one.
            #[must_use]
            pub const fn threshold(self) -> Option<(f64, f64, f64)> {
                match self { $(Self::$variant => $threshold,)* }
            }
        }
    };
}

what! {
    /// No more blood flows either way than the threshold, in L/min.
    FlowNearZero = "flow_near_zero", Some((0.1, 0.02, 0.5));
    /// At least so much blood flows to the patient, in L/min.
    FlowAbove = "flow_above", Some((0.5, 0.1, 8.0));
    /// The pump turns no faster than the threshold, in rpm.
    PumpStands = "pump_stands", Some((50.0, 10.0, 200.0));
    /// The pump turns at least as fast as the threshold, in rpm.
    PumpTurns = "pump_turns", Some((500.0, 100.0, 8000.0));
    /// The clamp on the return line is closed.
    ReturnClampClosed = "return_clamp_closed", None;
    /// The clamp on the return line is open.
    ReturnClampOpen = "return_clamp_open", None;
    /// The clamp on the drainage line is closed.
    DrainageClampClosed = "drainage_clamp_closed", None;
    /// The clamp on the drainage line is open.
    DrainageClampOpen = "drainage_clamp_open", None;
    /// No more sweep gas flows than the threshold, in L/min.
    SweepGasOff = "sweep_gas_off", Some((0.1, 0.02, 0.5));
    /// At least so much sweep gas flows, in L/min.
    SweepGasFlows = "sweep_gas_flows", Some((0.3, 0.05, 10.0));
    /// The battery has at least so much charge, in percent.
    BatteryAbove = "battery_above", Some((90.0, 10.0, 100.0));
    /// The mains are there.
    MainsPresent = "mains_present", None;
    /// The last self-test is passed.
    SelfTestPassed = "self_test_passed", None;
    /// Every pressure has a zero.
    PressuresZeroed = "pressures_zeroed", None;
    /// A planned transport was announced.
    TransportAnnounced = "transport_announced", None;
    /// No alarm of high priority is present.
    NoHighAlarm = "no_high_alarm", None;
}

impl What {
    /// What has this name, if anything has.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }

    /// Whether this is so.
    const fn seen(self, threshold: f64, sight: &Sight) -> Seen {
        match self {
            Self::FlowNearZero => match sight.flow {
                Some(flow) => Seen::of(flow.abs().value() <= threshold),
                None => Seen::Unknown,
            },
            Self::FlowAbove => match sight.flow {
                Some(flow) => Seen::of(flow.value() >= threshold),
                None => Seen::Unknown,
            },
            Self::PumpStands => match sight.speed {
                Some(speed) => Seen::of(speed.value() <= threshold),
                None => Seen::Unknown,
            },
            Self::PumpTurns => match sight.speed {
                Some(speed) => Seen::of(speed.value() >= threshold),
                None => Seen::Unknown,
            },
            Self::ReturnClampClosed => Seen::clamp(sight.return_clamp, ClampSeen::Closed),
            Self::ReturnClampOpen => Seen::clamp(sight.return_clamp, ClampSeen::Open),
            Self::DrainageClampClosed => Seen::clamp(sight.drainage_clamp, ClampSeen::Closed),
            Self::DrainageClampOpen => Seen::clamp(sight.drainage_clamp, ClampSeen::Open),
            Self::SweepGasOff => match sight.sweep_gas {
                Some(flow) => Seen::of(flow.value() <= threshold),
                None => Seen::Unknown,
            },
            Self::SweepGasFlows => match sight.sweep_gas {
                Some(flow) => Seen::of(flow.value() >= threshold),
                None => Seen::Unknown,
            },
            Self::BatteryAbove => match sight.battery {
                Some(charge) => Seen::of(charge.value() >= threshold),
                None => Seen::Unknown,
            },
            Self::MainsPresent => Seen::answer(sight.mains),
            Self::SelfTestPassed => Seen::answer(sight.self_test),
            Self::PressuresZeroed => Seen::answer(sight.zeroed),
            Self::TransportAnnounced => Seen::answer(sight.transport),
            Self::NoHighAlarm => match sight.high_alarm {
                Some(present) => Seen::of(!present),
                None => Seen::Unknown,
            },
        }
    }
}

impl Check {
    /// With the usual threshold.
    #[must_use]
    pub const fn usual(what: What) -> Self {
        let threshold = match what.threshold() {
            Some((usual, ..)) => usual,
            None => 0.0,
        };
        Self { what, threshold }
    }

    /// With this threshold, brought into its range.
    #[must_use]
    pub const fn with(what: What, threshold: f64) -> Self {
        let threshold = match what.threshold() {
            Some((_, lowest, highest)) => threshold.min(highest).max(lowest),
            None => 0.0,
        };
        Self { what, threshold }
    }

    /// What is to be seen.
    #[must_use]
    pub const fn what(&self) -> What {
        self.what
    }

    /// Compared with what, where there is something.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        self.what.threshold().map(|_| self.threshold)
    }

    /// Whether it is so.
    #[must_use]
    pub const fn seen(&self, sight: &Sight) -> Seen {
        self.what.seen(self.threshold, sight)
    }
}

impl Seen {
    const fn of(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    const fn answer(is_so: Option<bool>) -> Self {
        match is_so {
            Some(is_so) => Self::of(is_so),
            None => Self::Unknown,
        }
    }

    const fn clamp(seen: Option<ClampSeen>, wanted: ClampSeen) -> Self {
        match (seen, wanted) {
            (Some(ClampSeen::Open), ClampSeen::Open) | (Some(ClampSeen::Closed), ClampSeen::Closed) => {
                Self::Yes
            }
            (Some(_), _) => Self::No,
            (None, _) => Self::Unknown,
        }
    }

    /// The word on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
