// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a daemon has lowered for a while, when there is no daemon to end it: a real host gives it back, once, by the slew, and not before its time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do
#![allow(clippy::float_cmp)] // a demand is passed on to the last bit

#[path = "support/process.rs"]
mod support;

use ecmod_host::clock;
use ecmod_link::image::Fallback;
use ecmod_link::message::Held;
use ecmod_quantities::{Monotonic, Span};
use support::{Daemon, Host, pause, until};

/// Of what is given back, per second.
const SLEW: f64 = 100.0;

/// Lowered to 100 for so long, else 300.
fn lowered(for_span: Span) -> Fallback {
    Fallback { until: clock::now().plus(for_span), then: 300.0, slew: SLEW }
}

/// What the host holds, by a hello that nobody answers.
fn held(host: &Host) -> Option<Held> {
    let (_, hello) = host.greeted();
    hello.drivers[0].held.first().cloned()
}

/// Beats until the pump is told this.
fn beat_until(daemon: &Daemon, wanted: f64) {
    until(&format!("the pump is told {wanted}"), || {
        daemon.image.beat(clock::now());
        pause();
        let slot = daemon.hello.input("probe", "echo")?;
        match daemon.image.read(slot) {
            ecmod_link::image::Slot::Value(sample) if sample.value == wanted => Some(()),
            _ => None,
        }
    });
}

/// Looks at what is held until it is all given back, and says when that was.
fn given_back(host: &Host, fallback: Fallback) -> Monotonic {
    let (mut last, mut looked) = (100.0, fallback.until);
    loop {
        let held = held(host).unwrap();
        let now = clock::now();
        if held.value != 100.0 {
            assert!(held.returned && !held.local, "{held:?}");
            assert!(held.t() >= fallback.until, "before its time: {held:?}");
        }
        // A hello is made at some time between two of our looks.
        let most = SLEW * (now.since(looked).seconds() + 0.1);
        assert!(held.value >= last && held.value - last <= most, "{last} to {held:?}");
        (last, looked) = (held.value, if held.value == 100.0 { now } else { looked });
        if held.value == fallback.then {
            return held.t();
        }
        assert!(now < fallback.until.plus(Span::from_secs(30)), "{held:?}");
    }
}

#[test]
fn behind_a_dead_daemon_what_it_lowered_is_given_back_when_its_time_is_over_and_the_next_one_hears_of_it() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    let fallback = lowered(Span::from_secs(3));
    daemon.lower(100.0, fallback);
    beat_until(&daemon, 100.0);
    drop(daemon);
    let ended = given_back(&host, fallback);
    let took = ended.since(fallback.until);
    println!("given back {} ms behind its time", took.millis());
    assert!(
        took >= Span::from_secs(2) && took < Span::from_secs(6),
        "200 at 100 a second: {} ms",
        took.millis()
    );

    let next = host.daemon();
    let told = &next.hello.drivers[0].held[0];
    assert!(told.value == 300.0 && told.returned && !told.local, "{told:?}");
    beat_until(&next, 300.0);
    next.demand(250.0, 1, true);
    beat_until(&next, 250.0);
    drop(next);
    assert!(held(&host).is_some_and(|held| held.value == 250.0 && !held.returned));
}

#[test]
fn a_daemon_that_hangs_is_parted_with_and_what_it_demands_when_it_wakes_up_counts_no_more() {
    let host = Host::probe("echo");
    let hung = host.daemon();
    let fallback = lowered(Span::from_millis(500));
    hung.lower(100.0, fallback);
    beat_until(&hung, 100.0);
    // it stops beating
    hung.hung_up();
    hung.demand(100.0, 2, true);
    given_back(&host, fallback);
    let next = host.daemon();
    beat_until(&next, 300.0);
}

#[test]
fn while_a_daemon_lives_it_ends_what_it_has_lowered_itself() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    daemon.lower(100.0, lowered(Span::ZERO));
    beat_until(&daemon, 100.0);
    let end = clock::now().plus(Span::from_secs(3));
    while clock::now() < end {
        beat_until(&daemon, 100.0);
    }
}

#[test]
fn a_daemon_that_comes_back_in_between_knows_to_the_last_bit_what_is_held() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    // so slow that it is on its way all the time
    daemon.lower(100.0, Fallback { slew: 5.0, ..lowered(Span::ZERO) });
    beat_until(&daemon, 100.0);
    drop(daemon);
    until("it moves", || held(&host).filter(|held| held.value > 102.0));
    let next = until("a daemon is attached", || {
        let next = host.daemon();
        let told = next.hello.drivers[0].held[0].value;
        let slot = next.hello.input("probe", "echo")?;
        let attached = clock::now().plus(Span::from_secs(2));
        while clock::now() < attached {
            next.image.beat(clock::now());
            if matches!(next.image.read(slot), ecmod_link::image::Slot::Value(_)) {
                return Some((next, told));
            }
            pause();
        }
        None
    });
    let (daemon, told) = next;
    let end = clock::now().plus(Span::from_millis(1500));
    while clock::now() < end {
        beat_until(&daemon, told);
    }
}

#[test]
fn a_fallback_that_nobody_may_follow_is_counted_and_the_demand_is_held_for_ever() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    daemon.lower(100.0, Fallback { then: 1e9, ..lowered(Span::ZERO) });
    beat_until(&daemon, 100.0);
    let counted = daemon.port(|event| event.counters.get("refused_demands").is_some_and(|count| *count > 0));
    assert_eq!(counted.counters["refused_demands"], 1);
    drop(daemon);
    let end = clock::now().plus(Span::from_secs(4));
    while clock::now() < end {
        assert!(held(&host).is_some_and(|held| held.value == 100.0 && !held.returned));
    }
}
