// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver on SPI and GPIO in a real host: an edge wakes it, its sample wakes the daemon, and what is wrong is told.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/process.rs"]
mod support;

use std::time::Duration;

use ecmod_link::message::DriverState;
use ecmod_quantities::{Cause, Quality};
use ecmod_sim_link::SpiStep;
use ecmod_sim_link::server::{LineChip, LineServer, Reply, SpiServer, now_ns};
use support::{Daemon, Host, build_driver, until};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// The simulated board: a chip that answers 0x0102, and three lines.
struct Board {
    lines: LineServer,
    spi: Option<SpiServer>,
    path: std::path::PathBuf,
}

impl Board {
    fn new(folder: &TempDir) -> Self {
        let path = folder.path().join("adc.spi");
        let lines =
            LineServer::start(&folder.path().join("lines"), LineChip::new(&["DRDY", "LAMP"])).unwrap();
        let mut board = Self { lines, spi: None, path };
        board.plug_in();
        board
    }

    fn plug_in(&mut self) {
        let chip = |steps: &[SpiStep], out: &[u8], back: &mut [u8]| {
            assert_eq!((steps.len(), out), (2, &[0x12, 0, 0][..]));
            back.copy_from_slice(&[0xFF, 1, 2]);
            Reply::Done
        };
        self.spi = Some(SpiServer::start(&self.path, chip).unwrap());
    }

    fn pulse(&self) {
        self.lines.drive("DRDY", true);
        self.lines.drive("DRDY", false);
    }
}

fn host(folder: TempDir, flags: &[&str]) -> Host {
    let library = build_driver(folder.path(), "libboard.so", "board.c", flags);
    let at = folder.path().display();
    let tables = format!(
        "[ports.line]\nkind = \"spi\"\ntimeout_ms = 500\nchips = [{{ device = \"unix:{at}/adc.spi\", mode = 1, max_hz = 1000000 }}]\n\
         lines.data_ready = {{ chip = \"unix:{at}/lines\", name = \"DRDY\", direction = \"input\", edge = \"falling\" }}\n\
         lines.lamp = {{ chip = \"unix:{at}/lines\", name = \"LAMP\", direction = \"output\", initial = 0 }}\n\
         [drivers.probe]\nlibrary = {library:?}\nport = \"line\"\n"
    );
    Host::configured(folder, &tables)
}

fn is(daemon: &Daemon, signal: &str, value: f64) -> u64 {
    let good = |sample: &ecmod_link::image::Sample| {
        sample.quality == Quality::Good.code() && sample.value.to_bits() == value.to_bits()
    };
    daemon.sample(signal, good).t.0
}

/// The driver's period is ten minutes: only the edge can be what makes it run.
fn an_edge_wakes_the_driver_and_its_sample_the_daemon(flags: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new(&folder);
    let host = host(folder, flags);
    let daemon = host.daemon();
    is(&daemon, "value", 258.0);
    is(&daemon, "edges", 0.0);
    for count in 1..=3_u32 {
        let heard = daemon.image.heard();
        let begun = now_ns();
        board.pulse();
        let t = is(&daemon, "edges", count.into());
        assert!((begun..=now_ns()).contains(&t), "the edge's own time");
        assert!(board.lines.wait_level("LAMP", count % 2 == 1, PATIENCE));
        until("the daemon is woken", || (daemon.image.heard() != heard).then_some(()));
    }
    is(&daemon, "lost", 0.0);
    let event = daemon.event(|event| event.cycles >= 4);
    assert_eq!((event.state, event.faults, event.overruns), (DriverState::Running, 0, 0));
    let port = daemon.port(|port| port.counters["edges"] == 3);
    assert_eq!((port.counters["connected"], port.counters["lost_edges"]), (1, 0));
    assert!(port.devices["chip_0"]["transfers"] >= 4);
}

#[test]
fn an_edge_wakes_a_driver_without_commands_and_its_sample_the_daemon() {
    an_edge_wakes_the_driver_and_its_sample_the_daemon(&[]);
}

#[test]
fn an_edge_wakes_a_driver_that_waits_for_the_bell_and_its_sample_the_daemon() {
    an_edge_wakes_the_driver_and_its_sample_the_daemon(&["-DCOMMANDS=1"]);
}

#[test]
fn without_a_daemon_an_edge_wakes_a_driver_with_commands_too() {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new(&folder);
    let host = host(folder, &["-DCOMMANDS=1"]);
    is(&host.daemon(), "edges", 0.0);
    // nobody answers its hello
    host.greeted();
    board.pulse();
    assert!(board.lines.wait_level("LAMP", true, PATIENCE));
}

#[test]
fn a_storm_of_edges_stops_neither_the_driver_nor_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new(&folder);
    let host = host(folder, &[]);
    let daemon = host.daemon();
    is(&daemon, "edges", 0.0);
    let count = |signal: &str| daemon.sample(signal, |sample| sample.quality == Quality::Good.code()).value;
    for _ in 0..10_000 {
        board.pulse();
    }
    // every edge is either seen or known to be lost, once the newest one is through
    until("the storm is over", || {
        board.pulse();
        (count("edges") + count("lost") >= 10_000.0).then_some(())
    });
    let event = daemon.event(|event| event.state == DriverState::Running);
    assert_eq!((event.faults, event.overruns), (0, 0));
}

#[test]
fn a_line_that_somebody_holds_is_named_in_the_drivers_state_with_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::new(&folder);
    board.lines.with(|chip| chip.occupy(1, Some("led-driver")));
    let host = host(folder, &[]);
    let daemon = host.daemon();
    is(&daemon, "edges", 0.0);
    let mut last = 0;
    for _ in 0..3 {
        board.pulse();
        let bad = daemon.sample("edges", |sample| {
            let why = (sample.quality, sample.cause);
            why == (Quality::Bad.code(), Cause::Communication.code()) && sample.t.0 > last
        });
        last = bad.t.0;
    }
    let event = daemon.event(|event| event.state == DriverState::Fault);
    assert!(event.detail.contains("line lamp") && event.detail.contains("led-driver"), "{}", event.detail);
    board.lines.with(|chip| chip.occupy(1, None));
    daemon.port(|port| port.counters["connected"] == 1);
    board.pulse();
    daemon.event(|event| event.state == DriverState::Running);
}

#[test]
fn a_chip_that_is_pulled_out_makes_the_readings_bad_with_a_cause_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = Board::new(&folder);
    let host = host(folder, &[]);
    let daemon = host.daemon();
    is(&daemon, "value", 258.0);
    board.spi = None;
    board.pulse();
    daemon.sample("value", |sample| {
        sample.quality == Quality::Bad.code() && sample.cause == Cause::Communication.code()
    });
    daemon.port(|port| port.counters["connected"] == 0);
    board.plug_in();
    daemon.port(|port| port.counters["connected"] == 1);
    board.pulse();
    is(&daemon, "value", 258.0);
}

#[test]
fn an_edge_that_met_a_missing_chip_is_told_when_the_chip_is_back_however_long_the_period_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = Board::new(&folder);
    let host = host(folder, &[]);
    let daemon = host.daemon();
    is(&daemon, "edges", 0.0);
    board.spi = None;
    board.pulse();
    daemon.sample("edges", |sample| sample.quality == Quality::Bad.code());
    board.plug_in();
    is(&daemon, "edges", 1.0);
    assert!(board.lines.wait_level("LAMP", true, PATIENCE));
}
