// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors, drivers and the processes that run them. One alarm per cause: what a lost host takes with it is not announced
//! signal by signal.

use super::super::{AlarmKind, Definition, Priorities, Priority, Source, SubjectKind};
use super::{LOW, except, row};
use crate::signals::SWITCH_BACK;
use ecmod_quantities::Span;

/// What therapy or an alarm of high priority goes by.
const BY_ROLE: Priorities = except(
    Priority::Low,
    Priority::Medium,
    "during support, for a signal that therapy or an alarm of high priority goes by",
);
const LOST: &[AlarmKind] =
    &[AlarmKind::HostLost, AlarmKind::PumpLinkLost, AlarmKind::PluginDead, AlarmKind::DriverFault];

pub(super) const STALE: Definition = Definition {
    subject: SubjectKind::Signal,
    delay: Span::from_secs(1),
    priorities: BY_ROLE,
    action: "the value is shown as missing, never as the last one; what would act on it stands back",
    text: "Look at this sensor, its cable and its plug. Watch the patient by other means.",
    causes: &[("silent", "nothing comes from the sensor")],
    inputs: &[Source::AnySignal],
    explained_by: LOST,
    ..row(AlarmKind::SensorStale, "a signal delivers nothing")
};

pub(super) const BAD: Definition = Definition {
    subject: SubjectKind::Signal,
    delay: Span::from_secs(1),
    priorities: BY_ROLE,
    action: "the value is shown as missing; what would act on it stands back",
    text: "Look at this sensor, its cable and its plug. Watch the patient by other means.",
    causes: &[("erratic", "it jumps about faster than is physically possible")],
    inputs: &[Source::AnySignal, Source::Estimates],
    explained_by: LOST,
    ..row(AlarmKind::SensorBad, "a signal delivers what cannot be right, or its sensor reports a fault")
};

pub(super) const FROZEN: Definition = Definition {
    subject: SubjectKind::Signal,
    delay: Span::from_secs(1),
    clear: Span::from_secs(5),
    priorities: BY_ROLE,
    text: "This value does not move. Is a tap closed, or the line blocked? Do not go by it.",
    causes: &[("frozen", "the value does not move although it should")],
    inputs: &[Source::AnySignal, Source::Estimates],
    explained_by: LOST,
    ..row(AlarmKind::SensorFrozen, "a signal does not move although it should")
};

pub(super) const DISAGREES: Definition = Definition {
    subject: SubjectKind::Signal,
    delay: Span::from_secs(2),
    clear: Span::from_secs(5),
    priorities: BY_ROLE,
    text: "Two sensors contradict each other. Find out which one is right before going by either.",
    causes: &[
        ("disagreement", "its sources contradict each other"),
        ("contradicted", "it contradicts another signal"),
    ],
    inputs: &[Source::AnySignal, Source::Estimates],
    explained_by: LOST,
    ..row(AlarmKind::SensorDisagrees, "a signal is contradicted by another sensor")
};

/// What the preferred sensor may be away for, in one piece, without anybody having to look at it.
const DROPOUT: Span = Span::from_secs(1);

pub(super) const REDUNDANT: Definition = Definition {
    subject: SubjectKind::Signal,
    // The second sensor goes on serving for that time when the first one is back: one sample that is missing is no failed sensor.
    delay: Span(SWITCH_BACK.0.saturating_add(DROPOUT.0)),
    clear: Span::from_secs(5),
    priorities: LOW,
    may_be_off: true,
    action: "the second sensor is used",
    text: "The preferred sensor has failed and the second one is used. Have the first one looked at.",
    causes: &[("second", "the preferred source is bad")],
    inputs: &[Source::AnySignal],
    explained_by: LOST,
    ..row(AlarmKind::SensorRedundant, "a signal comes from its second sensor")
};

pub(super) const NOT_ZEROED: Definition = Definition {
    subject: SubjectKind::Signal,
    delay: Span::from_secs(2),
    action: "no limit acts on this pressure",
    text: "Zero this pressure: nothing acts on it before.",
    causes: &[("not_zeroed", "it was never zeroed")],
    inputs: &[Source::AnySignal],
    ..row(AlarmKind::SensorNotZeroed, "during support a pressure that has to be zeroed is not")
};

pub(super) const HOST_LOST: Definition = Definition {
    subject: SubjectKind::Port,
    clear: Span::from_secs(3),
    action: "its supervisor starts it again; its outputs stay as they are",
    text: "The devices of this port cannot be reached. It is started again by itself; if it does not come back, look at its cables.",
    causes: &[("absent", "its process is gone, or does not move")],
    inputs: &[Source::Drivers],
    explained_by: &[AlarmKind::HostHung],
    ..row(
        AlarmKind::HostLost,
        "the process that serves a port is lost; for five seconds after a start the hosts may still be coming. The pump's is PUMP_LINK_LOST",
    )
};

pub(super) const DRIVER_FAULT: Definition = Definition {
    subject: SubjectKind::Driver,
    delay: Span::from_secs(2),
    clear: Span::from_secs(3),
    priorities: except(Priority::Medium, Priority::Low, "in standby"),
    action: "its host starts it again",
    text: "This device cannot be used. Look at its cable and its power.",
    causes: &[
        ("faulted", "the driver could not be opened, has failed, or many of its cycles fail"),
        ("absent", "its process is gone, or does not move"),
    ],
    inputs: &[Source::Drivers],
    ..row(AlarmKind::DriverFault, "a driver does not run")
};

pub(super) const PLUGIN_DEAD: Definition = Definition {
    subject: SubjectKind::Driver,
    clear: Span::from_secs(5),
    priorities: except(Priority::Medium, Priority::High, "for the pump's driver during support"),
    latching: true,
    action: "its outputs stay as they are",
    text: "This device fails again and again. Have it or its driver replaced. Watch the patient by other means.",
    causes: &[("restarts", "it was restarted more than three times in ten minutes")],
    inputs: &[Source::Drivers],
    ..row(AlarmKind::PluginDead, "a driver was restarted more than three times in ten minutes")
};

pub(super) const LINK_DEGRADED: Definition = Definition {
    subject: SubjectKind::Port,
    clear: Span::from_secs(60),
    priorities: except(Priority::Low, Priority::Medium, "for the pump's port"),
    may_be_off: true,
    text: "Check plug and cable of this port before it fails. If it is the pump's, have the backup ready first.",
    causes: &[
        ("errors", "more and more exchanges with its devices fail: how many of a hundred"),
        ("restarts", "its drivers had to begin anew several times within an hour"),
    ],
    inputs: &[Source::Links],
    explained_by: &[AlarmKind::PluginDead, AlarmKind::HostLost, AlarmKind::HostHung],
    ..row(
        AlarmKind::LinkDegraded,
        "exchanges with the devices of a port fail more often than is usual: in 3 of the latest 10 minutes, and 5 % of them, or 1 % and four times those of the hour before; or its drivers began anew three times within an hour",
    )
};
