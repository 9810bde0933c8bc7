// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clamps, level, bubbles and keys on a `/dev/gpiochipN`.

use std::time::Duration;

use ecmod_link::image::wait_for_news;
use ecmod_quantities::{Cause, Quality, Span};
use ecmod_sim::chips::board::{Faults, Happening};
use ecmod_sim::chips::inputs::{Key, Scene};
use ecmod_sim::chips::{Level, clamp};
use ecmod_sim::circuit::Site;
use ecmod_sim::kernel::{Bank, Wired, now};
use ecmod_vm_tests::{Daemon, Host, figure, until};

use crate::board;

const OPEN: f64 = 0.0;
const CLOSED: f64 = 1.0;
const FAULT: f64 = 3.0;

fn console() -> (Wired, Host, Daemon) {
    let wired = Wired::new(7).unwrap();
    let host = Host::start("panel", &board::panel(&wired.chip()));
    let daemon = host.daemon();
    // As the control core does: what stands at the beginning is what the clamps are.
    for clamp in ["drainage_clamp", "return_clamp"] {
        daemon.demand(clamp, "position", OPEN);
    }
    let demanded = now();
    for clamp in ["drainage_clamp", "return_clamp"] {
        let taken = demanded.plus(Span::from_millis(200));
        daemon.sample(clamp, "actual_position", |reading| {
            reading.is_good() && reading.value == OPEN && reading.t > taken
        });
    }
    (wired, host, daemon)
}

#[test]
fn a_clamp_follows_its_demand_and_says_where_it_is() {
    let (wired, _host, daemon) = console();
    daemon.good("return_clamp", "actual_position", OPEN, 0.0);
    daemon.demand("return_clamp", "position", CLOSED);
    daemon.good("return_clamp", "actual_position", CLOSED, 0.0);
    let [drainage, back] = wired.closed();
    assert!(back > 0.95 && drainage < 0.05, "{drainage} {back}");
    daemon.demand("return_clamp", "position", OPEN);
    daemon.good("return_clamp", "actual_position", OPEN, 0.0);
    assert!(wired.closed()[1] < 0.05);
}

#[test]
fn lines_carry_the_name_of_their_port() {
    let (wired, _host, _daemon) = console();
    let line = gpiocdev::find_named_line("RETURN_CLAMP_OPEN_COIL").unwrap();
    assert_eq!((line.chip.as_path(), line.info.consumer.as_str()), (wired.chip().as_path(), "ecmod:panel"));
}

#[test]
fn a_jammed_clamp_is_a_fault_and_heals() {
    let (wired, _host, daemon) = console();
    daemon.good("return_clamp", "actual_position", OPEN, 0.0);
    let mut faults = Faults::default();
    faults.clamps[1] = clamp::Fault { jammed: true, ..clamp::Fault::default() };
    wired.set_faults(faults);
    daemon.demand("return_clamp", "position", CLOSED);
    daemon.good("return_clamp", "actual_position", FAULT, 0.0);
    wired.set_faults(Faults::default());
    daemon.demand("return_clamp", "position", OPEN);
    daemon.good("return_clamp", "actual_position", OPEN, 0.0);
    daemon.demand("return_clamp", "position", CLOSED);
    daemon.good("return_clamp", "actual_position", CLOSED, 0.0);
}

#[test]
fn a_clamp_stays_where_it_is_when_daemon_and_host_are_gone() {
    let (wired, host, daemon) = console();
    daemon.demand("return_clamp", "position", CLOSED);
    daemon.good("return_clamp", "actual_position", CLOSED, 0.0);
    drop(daemon);
    drop(host);
    let coil = wired.bank().pin("RETURN_CLAMP_CLOSE_COIL").unwrap();
    until("the coil is without current", || (coil.level() == Level::Low).then_some(()));
    assert!(wired.closed()[1] > 0.95);
}

#[test]
fn level_key_and_bubbles_are_seen() {
    let (wired, _host, daemon) = console();
    daemon.good("inputs", "reservoir", 0.0, 0.0);
    daemon.good("inputs", "bubble", 0.0, 0.0);
    daemon.good("inputs", "mute", 0.0, 0.0);
    let scene = |scene| wired.set_faults(Faults { scene, ..Faults::default() });
    scene(Scene { level_low: true, pressed: Key::ALL.map(|key| key == Key::Mute), ..Scene::default() });
    daemon.good("inputs", "reservoir", 1.0, 0.0);
    daemon.good("inputs", "mute", 1.0, 0.0);
    scene(Scene::default());
    daemon.good("inputs", "reservoir", 0.0, 0.0);
    daemon.good("inputs", "mute", 0.0, 0.0);
    let before = now();
    wired.happen(Happening::Bubble(Site::Return));
    let seen = daemon.good("inputs", "bubble", 1.0, 0.0);
    assert!(seen.t >= before);
    daemon.good("inputs", "bubble_count", 1.0, 0.0);
    daemon.good("inputs", "bubble", 0.0, 0.0);
    let mut dead = Scene::default();
    dead.bubbles_mut(Site::Return).dead = true;
    scene(dead);
    daemon.sample("inputs", "bubble", |reading| reading.quality == Quality::Bad);
    scene(Scene::default());
    daemon.good("inputs", "bubble", 0.0, 0.0);
}

#[test]
fn an_urgent_edge_rings_the_daemon() {
    const BUBBLES: usize = 8;
    let (wired, _host, daemon) = console();
    let mut late = Vec::new();
    for _ in 0..BUBBLES {
        daemon.good("inputs", "bubble", 0.0, 0.0);
        let heard = daemon.image().heard();
        wired.happen(Happening::Bubble(Site::Return));
        wait_for_news([(daemon.image(), heard)].into_iter(), now().plus(Span::from_secs(5)));
        let rung = now();
        assert_ne!(daemon.image().heard(), heard, "the host has not rung");
        // The bell comes after the sample, whose time is that of the kernel's edge.
        let bubble = daemon.latest("inputs", "bubble").unwrap();
        assert!(bubble.is_good() && bubble.value > 0.5, "{bubble:?}");
        late.push(Duration::from_nanos(rung.0 - bubble.t.0));
    }
    late.sort();
    figure("the kernel's edge to the daemon's bell, p50", late[BUBBLES / 2].as_secs_f64() * 1e3, "ms");
    figure("the kernel's edge to the daemon's bell, worst", late[BUBBLES - 1].as_secs_f64() * 1e3, "ms");
    // The machine has one processor: the model, the host and the test take turns.
    assert!(late[BUBBLES / 2] < Duration::from_millis(10), "{late:?}");
}

#[test]
fn a_storm_of_edges_at_10_khz_is_survived_and_told() {
    let bank = Bank::new(&["STORM", "KEY"]).unwrap();
    let chip = bank.device();
    let config = format!(
        r#"[ports.panel]
kind = "gpio"
[ports.panel.lines]
storm = {{ chip = {chip:?}, line = 0, direction = "input", edge = "both" }}
key = {{ chip = {chip:?}, line = 1, direction = "input", edge = "both" }}
[drivers.inputs]
driver = "gpio-inputs"
port = "panel"
[[drivers.inputs.config.inputs]]
kind = "bubble"
name = "bubble"
line = "storm"
[[drivers.inputs.config.inputs]]
kind = "key"
name = "mute"
line = "key"
"#
    );
    let host = Host::start("panel", &config);
    let daemon = host.daemon();
    daemon.good("inputs", "mute", 0.0, 0.0);
    let (storm, key) = (bank.pin("STORM").unwrap(), bank.pin("KEY").unwrap());
    let begin = now();
    let edges = 20_000_u64;
    for edge in 0..edges {
        while now().0 < begin.0 + edge * 100_000 {
            std::thread::yield_now();
        }
        storm.set(Level::from_bool(edge % 2 == 0));
        if edge == edges / 2 {
            key.set(Level::High);
        }
    }
    let rate = edges as f64 / ((now().0 - begin.0) as f64 / 1e9);
    figure("edges sent to the host", rate, "1/s");
    // In and after the storm: the other input is alive, and so is the driver.
    daemon.good("inputs", "mute", 1.0, 0.0);
    key.set(Level::Low);
    daemon.good("inputs", "mute", 0.0, 0.0);
    daemon.good("inputs", "bubble", 0.0, 0.0);
    let count = daemon.latest("inputs", "bubble_count").unwrap();
    figure("bubbles counted of 10000", count.value, "");
    assert!(count.value >= 1.0, "{count:?}");
    daemon.event(|event| event.faults == 0 && event.restarts == 0);
}

#[test]
fn lines_torn_out_under_the_host_are_a_cause_and_come_back() {
    let (mut wired, _host, daemon) = console();
    daemon.good("inputs", "reservoir", 0.0, 0.0);
    let before = wired.chip();
    wired.unplug_lines().unwrap();
    let bad = daemon.sample("inputs", "reservoir", |reading| reading.quality == Quality::Bad);
    assert_ne!(bad.cause, Cause::None);
    daemon.sample("return_clamp", "actual_position", |reading| reading.quality == Quality::Bad);
    // Under the same name only when the host has let all lines of the old one go.
    until("the chip is back under its name", || {
        wired.plug_lines().unwrap();
        let back = wired.chip() == before;
        if !back {
            wired.unplug_lines().unwrap();
        }
        back.then_some(())
    });
    daemon.good("inputs", "reservoir", 0.0, 0.0);
    daemon.good("return_clamp", "actual_position", OPEN, 0.0);
}
