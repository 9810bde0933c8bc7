// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which alarms there are. What each means stands in the catalogue ([`crate::CATALOGUE`]).

macro_rules! kinds {
    ($($variant:ident = $code:literal, $id:literal;)*) => {
        /// A kind of alarm. Codes and ids are written to disk and to the bus and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[allow(missing_docs)] // each one is documented in its definition in the catalogue
        pub enum AlarmKind { $($variant = $code,)* }

        impl AlarmKind {
            /// How many kinds there are.
            pub const COUNT: usize = [$($id),*].len();
            /// Every kind, in the order of the catalogue.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant),*];

            /// The id in documents, in logs and on D-Bus.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The number in records on disk.
            #[must_use]
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// The kind with this number, if there is one.
            #[must_use]
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The place in [`Self::ALL`] and in the catalogue. Codes may leave gaps; places do not.
            pub(crate) const fn index(self) -> usize {
                enum Place { $($variant,)* }
                match self { $(Self::$variant => Place::$variant as usize,)* }
            }
        }
    };
}

kinds! {
    // the pump
    PumpStop = 1, "PUMP_STOP";
    PumpSpeedDeviation = 2, "PUMP_SPEED_DEV";
    PumpLinkLost = 3, "PUMP_LINK_LOST";
    DriveFault = 4, "DRIVE_FAULT";
    DriveOvertemperature = 5, "DRIVE_OVERTEMP";
    MotorCurrentTrend = 6, "MOTOR_CURRENT_TREND";
    // the flow
    FlowLow = 7, "FLOW_LOW";
    FlowHigh = 8, "FLOW_HIGH";
    Backflow = 9, "BACKFLOW";
    FlowSensorBad = 10, "FLOW_SENSOR_BAD";
    FlowImplausible = 11, "FLOW_IMPLAUSIBLE";
    // air and level
    BubbleGrossArterial = 12, "BUBBLE_GROSS_ART";
    BubbleVenous = 13, "BUBBLE_VEN";
    BubbleUnconfirmed = 14, "BUBBLE_UNCONFIRMED";
    LevelLow = 15, "LEVEL_LOW";
    // the pressures
    VenousPressureLow = 16, "PVEN_LOW";
    Suction = 17, "SUCTION";
    PreMembranePressureHigh = 18, "PINT_HIGH";
    ArterialPressureHigh = 19, "PART_HIGH";
    MembraneDropHigh = 20, "DP_HIGH";
    MembraneDropTrend = 21, "DP_TREND";
    OcclusionDownstream = 22, "OCCLUSION_DOWN";
    OcclusionUpstream = 23, "OCCLUSION_UP";
    Disconnect = 24, "DISCONNECT";
    // blood and gas
    TemperatureHigh = 25, "TEMP_HIGH";
    TemperatureLow = 26, "TEMP_LOW";
    VenousSaturationLow = 27, "SVO2_LOW";
    SweepGasLost = 28, "SWEEP_ZERO";
    OxygenSupply = 29, "O2_SUPPLY";
    // the clamps
    ClampMismatch = 30, "CLAMP_MISMATCH";
    // power
    MainsLost = 31, "MAINS_LOST";
    BatteryLow = 32, "BATT_LOW";
    BatteryCritical = 33, "BATT_CRIT";
    BatteryFault = 34, "BATT_FAULT";
    BatteryNotCharging = 35, "BATT_NOT_CHARGING";
    // sensors and drivers
    SensorStale = 36, "SENSOR_STALE";
    SensorBad = 37, "SENSOR_BAD";
    SensorFrozen = 38, "SENSOR_FROZEN";
    SensorDisagrees = 39, "SENSOR_DISAGREES";
    SensorRedundant = 40, "SENSOR_REDUNDANT";
    SensorNotZeroed = 41, "SENSOR_NOT_ZEROED";
    HostLost = 42, "HOST_LOST";
    DriverFault = 43, "DRIVER_FAULT";
    PluginDead = 44, "PLUGIN_DEAD";
    LinkDegraded = 68, "LINK_DEGRADED";
    // the console itself
    ControlLost = 45, "CTRL_LOSS";
    DaemonRestarted = 46, "DAEMON_RESTARTED";
    RestartsFrequent = 47, "RESTARTS_FREQUENT";
    LocalControl = 48, "LOCAL_CONTROL";
    LoopOverrun = 49, "LOOP_OVERRUN";
    WatchdogNear = 50, "WD_NEAR";
    HostHung = 51, "HOST_HUNG";
    BusLost = 52, "BUS_LOST";
    ConfigurationInvalid = 53, "CFG_INVALID";
    ConfigurationRestored = 54, "CFG_RESTORED";
    JournalDamaged = 55, "JOURNAL_DAMAGED";
    LimitsReset = 56, "LIMITS_RESET";
    ClockJump = 57, "CLOCK_JUMP";
    DiskFull = 58, "DISK_FULL";
    StorageFailed = 59, "STORAGE_FAILED";
    LogLoss = 60, "LOG_LOSS";
    SelfTestFailed = 61, "SELFTEST_FAIL";
    SounderFault = 62, "SOUNDER_FAULT";
    KeyStuck = 63, "KEY_STUCK";
    // what the operator should not forget
    InterventionExpired = 64, "INTERVENTION_EXPIRED";
    InterventionOverridden = 65, "INTERVENTION_OVERRIDDEN";
    AlarmsOff = 66, "ALARMS_OFF";
    ReviewPending = 67, "REVIEW_PENDING";
    CheckDue = 69, "CHECK_DUE";
}

impl AlarmKind {
    /// The kind with this id, if there is one.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AlarmSet(u128);

impl AlarmSet {
    /// No kind.
    pub const NONE: Self = Self(0);

    /// Whether this kind is in it.
    #[must_use]
    pub const fn has(self, kind: AlarmKind) -> bool {
        self.0 & (1 << kind.index()) != 0
    }

    /// The same set with this kind in it.
    #[must_use]
    pub const fn with(self, kind: AlarmKind) -> Self {
        Self(self.0 | (1 << kind.index()))
    }

    /// The same set without this kind.
    #[must_use]
    pub const fn without(self, kind: AlarmKind) -> Self {
        Self(self.0 & !(1 << kind.index()))
    }

    /// Whether there is none in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in it.
    pub fn kinds(self) -> impl Iterator<Item = AlarmKind> {
        AlarmKind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_codes_go_there_and_back_and_the_order_is_the_index() {
        for (index, kind) in AlarmKind::ALL.into_iter().enumerate() {
            assert_eq!(AlarmKind::from_id(kind.id()), Some(kind));
            assert_eq!(AlarmKind::from_code(kind.code()), Some(kind));
            assert_eq!(kind.index(), index);
        }
        assert_eq!((AlarmKind::from_id("PUMP"), AlarmKind::from_code(0)), (None, None));
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = AlarmSet::NONE.with(AlarmKind::FlowHigh).with(AlarmKind::ReviewPending);
        assert!(set.has(AlarmKind::FlowHigh) && set.has(AlarmKind::ReviewPending));
        assert!(!set.has(AlarmKind::FlowLow) && AlarmSet::NONE.is_empty());
        assert_eq!(set.without(AlarmKind::FlowHigh).kinds().count(), 1);
    }
}
