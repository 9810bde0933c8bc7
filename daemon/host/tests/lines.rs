// SPDX-License-Identifier: MIT OR Apache-2.0
//! GPIO lines against a simulated chip: levels, edges, storms, holders, and a chip that goes away.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/chips.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ecmod_config::{LineEdge, PortKind};
use ecmod_host::bus::lines::{CAPACITY, Edge, Lines, Wake};
use ecmod_host::bus::{BusError, Port, PortState};
use ecmod_host::clock;
use ecmod_quantities::Span;
use ecmod_sim_link::server::{LineChip, LineServer};
use support::{Bench, LIMIT, SHORT, lines, soon, until_state};

const PATIENCE: Duration = Duration::from_secs(20);

fn chip(bench: &Bench) -> LineServer {
    LineServer::start(&bench.path("lines"), LineChip::new(&["DRDY", "LAMP", "KEY"])).unwrap()
}

fn port(bench: &Bench) -> Port {
    let configured = [
        ("data_ready", bench.input("DRDY", LineEdge::Falling)),
        ("key", bench.input("KEY", LineEdge::None)),
        ("lamp", bench.output("LAMP", Some(false))),
    ];
    bench.port(PortKind::Gpio, &configured, LIMIT)
}

fn take(lines: &Lines, cursor: &mut u64, timeout: Span) -> Result<Vec<Edge>, BusError> {
    let mut room = [Edge::default(); 64];
    let line = lines.find("data_ready").unwrap();
    lines.edges(line, cursor, &mut room, Some(timeout)).map(|count| room[..count].to_vec())
}

fn pulse(chip: &LineServer) {
    chip.drive("DRDY", true);
    chip.drive("DRDY", false);
}

#[test]
fn inputs_are_read_outputs_are_driven_and_no_driver_can_drive_an_input() {
    let bench = Bench::new();
    let chip = chip(&bench);
    chip.drive("KEY", true);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    let line = |name: &str| lines(&port).find(name).unwrap();
    assert_eq!(lines(&port).get(line("key")), Ok(true));
    chip.drive("KEY", false);
    assert_eq!(lines(&port).get(line("key")), Ok(false));
    lines(&port).set(line("lamp"), true).unwrap();
    assert_eq!(chip.level("LAMP"), Some(true));
    assert_eq!(lines(&port).get(line("lamp")), Ok(true));
    assert!(matches!(lines(&port).set(line("key"), true), Err(BusError::Denied(_))));
    assert_eq!(lines(&port).find("other"), Err(BusError::NotFound("line")));
    assert_eq!(chip.with(|chip| chip.holder(1).unwrap().to_string()), "ecmod:bench");
}

#[test]
fn that_no_edge_came_is_said_only_while_the_line_is_held() {
    let bench = Bench::new();
    let chip = chip(&bench);
    // not asked for yet, most likely
    let port = port(&bench);
    assert_eq!(take(lines(&port), &mut 0, Span::from_micros(1)), Err(BusError::Timeout));
    pulse(&chip);
    assert_eq!(take(lines(&port), &mut 0, LIMIT).unwrap().len(), 1);
}

#[test]
fn edges_come_with_their_time_once_to_every_reader() {
    let bench = Bench::new();
    let chip = chip(&bench);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    let begun = clock::now();
    let (mut one, mut two) = (0, 0);
    for count in 1..=3 {
        pulse(&chip);
        let edges = take(lines(&port), &mut one, LIMIT).unwrap();
        assert_eq!(
            edges.iter().map(|edge| (edge.rising, edge.sequence)).collect::<Vec<_>>(),
            [(false, count)]
        );
        assert!(begun <= edges[0].t && edges[0].t <= clock::now());
    }
    assert_eq!(take(lines(&port), &mut two, LIMIT).unwrap().len(), 3, "a reader of its own");
    assert_eq!(take(lines(&port), &mut one, SHORT), Err(BusError::Timeout));
    let key = lines(&port).find("key").unwrap();
    let result = lines(&port).edges(key, &mut 0, &mut [Edge::default()], None);
    assert!(matches!(result, Err(BusError::Invalid(_))), "no edges are configured for it");
}

struct Count(AtomicU64);

impl Wake for Count {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn an_edge_wakes_who_asked_for_it_and_no_longer_than_he_wants() {
    let bench = Bench::new();
    let chip = chip(&bench);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    let count = Arc::new(Count(AtomicU64::new(0)));
    let wake: Arc<dyn Wake> = count.clone();
    let line = |name: &str| lines(&port).find(name).unwrap();
    lines(&port).wake(line("data_ready"), &wake, true).unwrap();
    lines(&port).wake(line("data_ready"), &wake, true).unwrap();
    assert!(matches!(lines(&port).wake(line("key"), &wake, true), Err(BusError::Invalid(_))));
    let mut cursor = 0;
    pulse(&chip);
    take(lines(&port), &mut cursor, LIMIT).unwrap();
    let deadline = soon();
    while count.0.load(Ordering::SeqCst) == 0 {
        assert!(clock::now() < deadline);
        std::thread::yield_now();
    }
    lines(&port).wake(line("data_ready"), &wake, false).unwrap();
    let before = count.0.load(Ordering::SeqCst);
    assert_eq!(before, 1, "asked for twice, told once");
    pulse(&chip);
    take(lines(&port), &mut cursor, LIMIT).unwrap();
    pulse(&chip);
    take(lines(&port), &mut cursor, LIMIT).unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), before);
}

/// A second of edges at 10 kHz, as fast as they can be made.
#[test]
fn a_storm_of_edges_is_counted_whole_and_what_a_reader_misses_shows_as_a_gap() {
    const EDGES: u32 = 10_000;
    let bench = Bench::new();
    let chip = chip(&bench);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    for at in 0..EDGES {
        pulse(&chip);
        // the socket of the simulated chip is the kernel's buffer of a real one: it must not be the bottleneck here
        if at % 100 == 99 {
            let deadline = soon();
            while port.snapshot().port["edges"] <= u64::from(at) {
                assert!(clock::now() < deadline, "{:?}", port.snapshot().port);
                std::thread::yield_now();
            }
        }
    }
    let key = lines(&port).find("key").unwrap();
    assert_eq!(lines(&port).get(key), Ok(false), "the other lines work");
    let mut cursor = 0;
    let mut seen = Vec::new();
    while let Ok(edges) = take(lines(&port), &mut cursor, SHORT) {
        seen.extend(edges.into_iter().map(|edge| edge.sequence));
    }
    let kept = u32::try_from(CAPACITY).unwrap();
    assert_eq!(seen, (EDGES - kept + 1..=EDGES).collect::<Vec<_>>(), "the newest, without a gap among them");
    let counters = port.snapshot().port;
    assert_eq!((counters["edges"], counters["lost_edges"]), (EDGES.into(), (EDGES - kept).into()));
}

#[test]
fn a_chip_that_goes_away_is_noticed_at_once_and_its_lines_come_back_as_they_were_set() {
    let bench = Bench::new();
    let first = chip(&bench);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    let line = |name: &str| lines(&port).find(name).unwrap();
    let mut cursor = 0;
    pulse(&first);
    assert_eq!(take(lines(&port), &mut cursor, LIMIT).unwrap()[0].sequence, 1);
    lines(&port).set(line("lamp"), true).unwrap();
    drop(first);
    let reason = until_state(&port, PortState::Lost);
    assert!(!reason.is_empty());
    assert!(matches!(lines(&port).get(line("key")), Err(BusError::Io(_))));
    assert!(matches!(take(lines(&port), &mut cursor, SHORT), Err(BusError::Io(_))), "not just no edge");

    let second = chip(&bench);
    until_state(&port, PortState::Connected);
    assert!(second.wait_level("LAMP", true, PATIENCE));
    pulse(&second);
    let edges = take(lines(&port), &mut cursor, LIMIT).unwrap();
    assert_eq!(edges[0].sequence, 3, "a gap: nobody knows what was lost");
    assert_eq!(lines(&port).get(line("key")), Ok(false));
}

#[test]
fn a_level_that_could_not_be_set_is_not_set_later_behind_the_drivers_back() {
    let bench = Bench::new();
    let first = chip(&bench);
    let port = port(&bench);
    assert!(lines(&port).wait_open(soon()));
    let lamp = lines(&port).find("lamp").unwrap();
    drop(first);
    until_state(&port, PortState::Lost);
    assert!(matches!(lines(&port).set(lamp, true), Err(BusError::Io(_))));
    let second = chip(&bench);
    until_state(&port, PortState::Connected);
    assert_eq!(second.level("LAMP"), Some(false), "its configured level");
}

#[test]
fn a_line_that_somebody_holds_names_the_holder_and_keeps_no_other_line_away() {
    let bench = Bench::new();
    let chip = chip(&bench);
    chip.with(|chip| chip.occupy(2, Some("gpio-keys")));
    let port = port(&bench);
    let deadline = soon();
    while !port.status().1.contains("held by") {
        assert!(clock::now() < deadline, "{:?}", port.status());
        std::thread::yield_now();
    }
    let (state, reason) = port.status();
    assert_eq!(state, PortState::Lost);
    assert!(
        reason.contains("line key") && reason.contains("\"KEY\"") && reason.contains("gpio-keys"),
        "{reason}"
    );
    let lamp = lines(&port).find("lamp").unwrap();
    lines(&port).set(lamp, true).unwrap();
    let key = lines(&port).find("key").unwrap();
    assert!(matches!(lines(&port).get(key), Err(BusError::Io(why)) if why.contains("gpio-keys")));
    chip.with(|chip| chip.occupy(2, None));
    until_state(&port, PortState::Connected);
    assert_eq!(lines(&port).get(key), Ok(false));
}

#[test]
fn lines_are_let_go_when_the_port_is_closed() {
    let bench = Bench::new();
    let chip = chip(&bench);
    let port = port(&bench);
    assert!(chip.wait_held("KEY", true, PATIENCE));
    drop(port);
    assert!(chip.wait_held("KEY", false, PATIENCE) && chip.wait_held("DRDY", false, PATIENCE));
}
