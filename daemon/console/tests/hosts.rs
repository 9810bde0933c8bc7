// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon with real threads and sockets, against hosts that come, go, die and lie.
// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use ecmod_console::clock;
use ecmod_control::{AlarmKind, AlarmPhase, AlarmStatus, Boot, Mode, Resume, State};
use ecmod_link::image::Sample;
use ecmod_link::message::{DriverEvent, DriverState, FromHost, Hello, Hold, Written};
use ecmod_quantities::{Cause, LitresPerMinute, Monotonic, Rpm, Span};
use support::{Console, Host, flow_hello, pump_hello, until};

/// Indices of the signals in the order of their names.
const BLOOD_FLOW: usize = 0;
const PUMP_SPEED: usize = 1;

const PERIOD: Span = Span::from_millis(10);

/// The pump's drive: it has the speed that is asked for, and goes on when nobody asks.
fn drive(host: &mut Host, speed: &mut f64) {
    if let Some(demanded) = host.demanded(0) {
        *speed = demanded;
    }
    host.publish(0, *speed);
}

fn until_supporting(console: &mut Console, host: &mut Host, speed: &mut f64) {
    until("support", || {
        drive(host, speed);
        let snapshot = console.snapshots.as_mut()?.pop().ok()?;
        matches!(snapshot.outputs.state, State::Support(_)).then_some(())
    });
}

#[test]
fn readings_of_a_host_that_died_are_bad_within_two_periods() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut delays: Vec<Span> = (0..7)
        .map(|_| {
            let mut host = until("a free port", || Host::connect(&console.socket, &flow_hello()).ok());
            until("a good reading", || {
                host.publish(0, 4.0);
                let snapshot = console.snapshots.as_mut()?.pop().ok()?;
                snapshot.outputs.readings[BLOOD_FLOW].value()
            });
            console.forget();
            let died = clock::now();
            drop(host);
            let seen = console.until_tick("a bad reading", |snapshot| {
                snapshot.outputs.readings[BLOOD_FLOW].cause() == Cause::HostLost
            });
            seen.outputs.now.since(died)
        })
        .collect();
    delays.sort();
    // The middle one: this machine may be busy, the daemon must not be the reason.
    let middle = delays[delays.len() / 2];
    assert!(middle <= Span(2 * PERIOD.0), "{delays:?}");
}

#[test]
fn a_host_that_runs_with_a_copy_of_its_configuration_is_an_alarm_until_one_runs_with_the_written_one() {
    let mut console = Console::with_hosts(Boot::Cold);
    let alarms = |snapshot: &ecmod_console::control_thread::channels::Snapshot, kind| {
        let present = |status: &&AlarmStatus| status.alarm.kind == kind;
        snapshot.outputs.alarms.iter().find(present).map(|status| status.phase)
    };
    for (written, kind) in [
        (Written::Invalid, AlarmKind::ConfigurationInvalid),
        (Written::Lost, AlarmKind::ConfigurationRestored),
    ] {
        let spoilt = Hello { written, ..flow_hello() };
        let host = until("a free port", || Host::connect(&console.socket, &spoilt).ok());
        console.until_tick("the alarm", |snapshot| alarms(snapshot, kind) == Some(AlarmPhase::Active));
        drop(host);
        let well = until("a free port", || Host::connect(&console.socket, &flow_hello()).ok());
        // It latches: somebody has to see that it was so.
        console.until_tick("its condition is gone", |snapshot| {
            alarms(snapshot, kind) == Some(AlarmPhase::Latched)
        });
        drop(well);
    }
}

#[test]
fn the_loop_itself_hears_at_once_of_a_hosts_end_while_its_socket_is_still_open() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut delays: Vec<Span> = (0..7)
        .map(|_| {
            let host = until("a free port", || Host::connect(&console.socket, &flow_hello()).ok());
            let alive = host.image.hold_life().unwrap();
            let mut sequence = 0;
            until("a good reading", || {
                sequence += 1;
                let t = clock::now();
                host.image.publish(0, Sample { value: 4.0, t, quality: 1, cause: 0, sequence });
                host.image.beat(t);
                let snapshot = console.snapshots.as_mut()?.pop().ok()?;
                snapshot.outputs.readings[BLOOD_FLOW].value()
            });
            console.forget();
            let before = console.shared.statistics.urgent_ticks();
            let died = clock::now();
            drop(alive);
            let seen = console.until_tick("a bad reading", |snapshot| {
                snapshot.outputs.readings[BLOOD_FLOW].cause() == Cause::HostLost
            });
            assert!(!host.is_closed(), "nobody has noticed but the loop");
            until("an urgent tick", || (console.shared.statistics.urgent_ticks() > before).then_some(()));
            seen.outputs.now.since(died)
        })
        .collect();
    delays.sort();
    // The middle one: this machine may be busy, the daemon must not be the reason. No waiting for the grid: that would be half a
    // period.
    let middle = delays[delays.len() / 2];
    println!("from the end of a host to the tick that knows it: {delays:?}");
    assert!(middle <= Span(PERIOD.0 / 2), "{delays:?}");
}

#[test]
fn a_restarted_daemon_takes_a_running_pump_over_without_a_bump() {
    let mut speed = 3210.0;
    for boot in [
        Boot::Cold,
        Boot::Resume(Resume {
            flow: LitresPerMinute(4.0),
            supporting: true,
            ..Resume::at(Mode::Speed, Rpm(3210.0))
        }),
        Boot::Resume(Resume {
            flow: LitresPerMinute(4.0),
            supporting: true,
            ..Resume::at(Mode::Flow, Rpm(3210.0))
        }),
    ] {
        let mut console = Console::with_hosts(boot);
        let mut host = Host::connect(&console.socket, &pump_hello(Some(speed))).unwrap();
        let before = speed;
        until_supporting(&mut console, &mut host, &mut speed);
        let end = clock::now().plus(Span::from_millis(300));
        until("it goes on for a while", || {
            drive(&mut host, &mut speed);
            console.forget();
            assert!((speed - before).abs() <= 1.0, "{boot:?}: {speed} instead of {before}");
            (clock::now() >= end).then_some(())
        });
    }
}

#[test]
fn a_daemon_that_ends_leaves_the_pumps_demand_as_it_is() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut host = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let mut speed = 3000.0;
    until_supporting(&mut console, &mut host, &mut speed);
    until("a demand", || host.demanded(0));
    console.stop();
    let demanded = host.demanded(0).expect("it still stands there");
    assert!((demanded - 3000.0).abs() < 1.0, "{demanded}");
    until("the host notices", || host.is_closed().then_some(()));
}

#[test]
fn whatever_a_host_writes_into_its_slots_no_value_out_of_range_is_believed_and_the_loop_goes_on() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut pump = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let flow = Host::connect(&console.socket, &flow_hello()).unwrap();
    let mut speed = 3000.0;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let (mut ticks, mut believed) = (0, 0);
    while ticks < 300 {
        drive(&mut pump, &mut speed);
        flow.image.beat(clock::now());
        let small = u32::try_from(word() % 6).unwrap();
        let t = if word() % 2 == 0 { clock::now() } else { Monotonic(word()) };
        let sample = Sample {
            value: f64::from_bits(word()),
            t,
            quality: if word() % 2 == 0 { small } else { u32::try_from(word() >> 32).unwrap() },
            cause: small,
            sequence: word(),
        };
        flow.image.publish(0, sample);
        while let Ok(snapshot) = console.snapshots.as_mut().unwrap().pop() {
            ticks += 1;
            let reading = snapshot.outputs.readings[BLOOD_FLOW];
            assert!(reading.value().is_none_or(|value| (-10.0..=10.0).contains(&value)), "{reading:?}");
            believed += usize::from(reading.value().is_some());
        }
        assert!((speed - 3000.0).abs() < 1.0, "the pump does not mind: {speed}");
        std::thread::sleep(Duration::from_micros(300));
    }
    assert!(believed < ticks);
}

#[test]
fn an_image_full_of_garbage_harms_nobody_but_its_own_readings() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut pump = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let flow = Host::connect(&console.socket, &flow_hello()).unwrap();
    let mut speed = 3000.0;
    until_supporting(&mut console, &mut pump, &mut speed);
    let size = rustix::fs::fstat(&flow.file).unwrap().st_size;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut ticks = 0;
    while ticks < 200 {
        drive(&mut pump, &mut speed);
        let garbage: Vec<u8> = (0..size)
            .map(|_| {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                random.to_be_bytes()[0]
            })
            .collect();
        rustix::io::pwrite(&flow.file, &garbage, 0).unwrap();
        while let Ok(snapshot) = console.snapshots.as_mut().unwrap().pop() {
            ticks += 1;
            let [garbled, good, ..] = snapshot.outputs.readings;
            assert!(garbled.value().is_none_or(|value| (-10.0..=10.0).contains(&value)), "{garbled:?}");
            assert!(garbled.acquired() <= snapshot.outputs.now);
            assert_eq!(good.value().map(|value| (value - 3000.0).abs() < 1.0), Some(true), "{good:?}");
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

#[test]
fn a_host_that_stands_still_is_lost_and_one_that_moves_again_is_taken_back() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut host = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let mut speed = 3000.0;
    until_supporting(&mut console, &mut host, &mut speed);
    console.until_tick("lost without a heartbeat", |snapshot| {
        snapshot.outputs.readings[PUMP_SPEED].cause() == Cause::HostLost
    });
    until_supporting(&mut console, &mut host, &mut speed);
    assert!((speed - 3000.0).abs() < 1.0, "{speed}");
}

#[test]
fn a_pump_whose_driver_is_at_fault_is_absent_until_it_runs_again() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut host = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let mut speed = 3000.0;
    until_supporting(&mut console, &mut host, &mut speed);
    let event = |state| {
        FromHost::Driver(DriverEvent {
            id: "pump".into(),
            state,
            detail: "no answer".into(),
            hold: Hold::Unverified,
            cycles: 5,
            overruns: 0,
            faults: 1,
            restarts: 0,
        })
    };
    host.connection.send(&event(DriverState::Fault).encode().unwrap(), None).unwrap();
    until("pump lost", || {
        drive(&mut host, &mut speed);
        let snapshot = console.snapshots.as_mut()?.pop().ok()?;
        (snapshot.outputs.active_limit == ecmod_control::ActiveLimit::PumpLost).then_some(())
    });
    host.connection.send(&event(DriverState::Running).encode().unwrap(), None).unwrap();
    until("pump back", || {
        drive(&mut host, &mut speed);
        let snapshot = console.snapshots.as_mut()?.pop().ok()?;
        (snapshot.outputs.active_limit == ecmod_control::ActiveLimit::None).then_some(())
    });
    assert!((speed - 3000.0).abs() < 1.0, "{speed}");
}

#[test]
fn hosts_that_do_not_belong_are_refused_with_the_reason() {
    let console = Console::with_hosts(Boot::Cold);
    let refusal = |hello| Host::connect(&console.socket, &hello).err().expect("refused");

    let mut stranger = flow_hello();
    stranger.port = "nowhere".into();
    assert!(refusal(stranger).contains("nowhere"));

    let mut wrong_port = flow_hello();
    wrong_port.port = "pump_line".into();
    assert!(refusal(wrong_port).contains("flow_line"));

    let mut unknown = flow_hello();
    unknown.drivers[0].id = "unheard_of".into();
    assert!(refusal(unknown).contains("unheard_of"));

    let _first = Host::connect(&console.socket, &flow_hello()).unwrap();
    let second = refusal(flow_hello());
    assert!(
        second.contains("already has a host") && second.contains(&std::process::id().to_string()),
        "{second}"
    );
}

#[test]
fn a_host_that_talks_nonsense_ends_its_own_connection_and_nothing_else() {
    let mut console = Console::with_hosts(Boot::Cold);
    let mut good = Host::connect(&console.socket, &flow_hello()).unwrap();
    for nonsense in [b"{".as_slice(), b"\0\0\0\0", b"{\"hello\":{\"protocol\":9}}", &[0xff; 5000]] {
        let bad = until("connecting", || ecmod_link::transport::Connection::connect(&console.socket).ok());
        bad.send(nonsense, None).unwrap();
        let mut buffer = vec![0; 4096];
        let answer = until("an answer", || match bad.recv(&mut buffer) {
            Err(ecmod_link::transport::Error::WouldBlock) => None,
            other => Some(other.map(|received| received.length)),
        });
        let text = String::from_utf8_lossy(&buffer[..answer.unwrap()]).into_owned();
        assert!(text.contains("refused"), "{text}");
    }
    let pump = Host::connect(&console.socket, &pump_hello(None)).unwrap();
    pump.connection.send(b"not an event", None).unwrap();
    until("the talker is out", || pump.is_closed().then_some(()));
    console.forget();
    until("the good one is still heard", || {
        good.publish(0, 4.0);
        let snapshot = console.snapshots.as_mut()?.pop().ok()?;
        snapshot.outputs.readings[BLOOD_FLOW].value()
    });
}
