// SPDX-License-Identifier: MIT OR Apache-2.0
//! The served board, as a host sees it.

use super::*;
use crate::chips::board::{Faults, Happening};
use crate::circuit::{Signals, Site};
use ecmod_sim_link::{
    Bias, Direction, Drive, Edge, Event, I2cClient, I2cStep, Levels, LineClient, LineRequest, Name, Select,
    SpiClient, SpiStep,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::time::Duration;
use tempfile::TempDir;

/// A limit for every wait: generous, as it only bounds a failure.
const LIMIT: Duration = Duration::from_secs(20);

struct Bench {
    shared: Arc<Shared>,
    folder: TempDir,
    served: Option<Served>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new(1).unwrap();
        let served = Some(Served::start(&shared, folder.path()).unwrap());
        Self { shared, folder, served }
    }

    fn spi(&self, chip: Chip) -> SpiClient {
        SpiClient::open(&self.folder.path().join(spi_file(chip)), 1, 4_000_000, "ecmod:adc", LIMIT).unwrap()
    }

    fn lines(&self, lines: &[LineRequest]) -> LineClient {
        LineClient::open(&self.folder.path().join(LINES), "ecmod:test", lines, LIMIT).unwrap()
    }

    fn until(&self, what: &str, look: impl Fn(&mut Board, Monotonic) -> bool) {
        let began = std::time::Instant::now();
        while !self.shared.with(&look) {
            assert!(began.elapsed() < LIMIT, "{what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn talk(chip: &mut SpiClient, out: &[u8]) -> Vec<u8> {
    let mut back = vec![0; out.len()];
    let length = u16::try_from(out.len()).unwrap();
    let step = SpiStep { length, sends: true, receives: true, delay_ns: 0 };
    chip.transfer(&[step], out, &mut back, LIMIT).unwrap();
    back
}

fn input(name: &str, edge: Edge, active_low: bool) -> LineRequest {
    LineRequest {
        select: Select::Name(Name::new(name).unwrap()),
        direction: Direction::Input { edge, debounce_us: 0 },
        bias: Bias::AsIs,
        active_low,
    }
}

fn output(name: &str) -> LineRequest {
    let direction = Direction::Output { initial: Some(false), drive: Drive::PushPull };
    LineRequest { direction, ..input(name, Edge::None, false) }
}

fn next_event(lines: &mut LineClient) -> Event {
    let began = std::time::Instant::now();
    loop {
        if let Some(event) = lines.event().unwrap() {
            return event;
        }
        assert!(began.elapsed() < LIMIT, "no edge");
        let pause = Timespec { tv_sec: 1, tv_nsec: 0 };
        poll(&mut [PollFd::new(&*lines, PollFlags::IN)], Some(&pause)).unwrap();
    }
}

#[test]
fn a_conversion_ends_in_an_edge_with_its_own_time_and_can_be_read() {
    let bench = Bench::new();
    let mut adc = bench.spi(Chip::Adc);
    let mut lines = bench.lines(&[input("ADC_DATA_READY", Edge::Falling, false)]);
    talk(&mut adc, &[0x43, 3, 0x40, 0x00, 0x59, 0x01]);
    for sequence in 1..=200 {
        let before = monotonic();
        talk(&mut adc, &[0x08]);
        let event = next_event(&mut lines);
        assert_eq!((event.line, event.rising, event.sequence), (0, false, sequence));
        let took = Monotonic(event.t_ns).since(before);
        // 1.258 ms after the start, whenever this thread had its turn.
        assert!(took.0 >= 1_258_000 && event.t_ns <= monotonic().0, "{took:?}");
        assert_eq!(talk(&mut adc, &[0x12, 0, 0, 0, 0, 0, 0])[1] & 0x40, 0x40);
    }
}

#[test]
fn a_chip_has_one_user_and_refuses_a_mode_that_it_does_not_have() {
    let bench = Bench::new();
    let _first = bench.spi(Chip::VenousRtd);
    let path = bench.folder.path().join(spi_file(Chip::VenousRtd));
    let second = SpiClient::open(&path, 1, 1_000_000, "other", LIMIT).unwrap_err().to_string();
    assert!(second.contains("ecmod:adc"), "{second}");
    let path = bench.folder.path().join(spi_file(Chip::Adc));
    assert!(SpiClient::open(&path, 0, 1_000_000, "test", LIMIT).is_err());
    bench.spi(Chip::Adc);
}

#[test]
fn bubbles_are_pushed_as_edges_and_levels_can_be_read() {
    let bench = Bench::new();
    let mut lines = bench.lines(&[input("BUBBLE", Edge::Both, true), input("LEVEL_A", Edge::None, false)]);
    let at = bench.shared.with(|board, now| {
        board.happen(now, Happening::Bubble(Site::Return));
        now
    });
    let (begin, end) = (next_event(&mut lines), next_event(&mut lines));
    assert_eq!((begin.rising, begin.t_ns), (true, at.0));
    assert_eq!((end.rising, end.t_ns), (false, at.0 + 2_000_000));
    assert_eq!(lines.get(LIMIT, |_| ()).unwrap().of(1), Some(false));
    bench.shared.with(|board, now| {
        let mut faults = Faults::default();
        faults.scene.level_low = true;
        board.set_faults(now, faults);
    });
    let began = std::time::Instant::now();
    while lines.get(LIMIT, |_| ()).unwrap().of(1) != Some(true) {
        assert!(began.elapsed() < LIMIT, "the level does not become low");
    }
}

#[test]
fn a_clamp_is_moved_over_its_coil_and_left_without_current_when_its_host_goes() {
    let bench = Bench::new();
    let names = ["RETURN_CLAMP_CLOSE_COIL", "RETURN_CLAMP_IS_CLOSED"];
    let mut lines = bench.lines(&[output(names[0]), input(names[1], Edge::Both, true)]);
    lines.set(Levels::default().with(0, true), LIMIT, |_| ()).unwrap();
    assert!(next_event(&mut lines).rising);
    drop(lines);
    let coil = bench.shared.with(|board, _| board.lines().iter().position(|line| line.name == names[0]));
    bench.until("the coil is without current", |board, now| !board.level(now, coil.unwrap()).is_high());
    bench.until("it stays closed", |board, now| board.closed(now)[1] > 0.96);
    let held = bench.lines(&[output("SOUNDER")]);
    let path = bench.folder.path().join(LINES);
    let busy = LineClient::open(&path, "other", &[output("SOUNDER")], LIMIT).unwrap_err().to_string();
    assert!(busy.contains("ecmod:test"), "{busy}");
    drop(held);
}

#[test]
fn the_i2c_bus_answers_at_the_addresses_that_are_there() {
    let bench = Bench::new();
    let mut bus = I2cClient::open(&bench.folder.path().join(I2C), "test", LIMIT).unwrap();
    let steps = [I2cStep { length: 1, read: false }, I2cStep { length: 2, read: true }];
    let mut bytes = [0; 3];
    bus.transfer(0x48, &steps, &mut bytes, LIMIT).unwrap();
    assert_eq!(bytes, [0, 34, 0]);
    assert_eq!(bus.transfer(0x50, &steps, &mut bytes, LIMIT).unwrap_err().errno(), 6);
}

#[test]
fn the_transducers_follow_the_truth_and_nothing_is_left_behind() {
    let mut bench = Bench::new();
    let truth = Signals { venous: ecmod_quantities::MmHg(-60.0), ..Signals::default() };
    bench.shared.with(|board, now| board.observe(now, &truth));
    let mut adc = bench.spi(Chip::Adc);
    talk(&mut adc, &[0x4F, 0, 0x24]);
    talk(&mut adc, &[0x43, 3, 0x40, 0x00, 0x59, 0x01]);
    talk(&mut adc, &[0x08]);
    let answer = loop {
        let answer = talk(&mut adc, &[0x12, 0, 0, 0, 0, 0, 0]);
        if answer[1] & 0x40 != 0 {
            break answer;
        }
    };
    let code = i32::from_be_bytes(answer[2..6].try_into().unwrap());
    let shown = f64::from(code) / 2_147_483_648.0 * 5.0 / 32.0 / 5.0 / 5e-6;
    assert!((shown - (-60.0 * 1.004 + 3.2)).abs() < 2.0, "{shown}");
    drop(bench.served.take());
    let left: Vec<_> = std::fs::read_dir(bench.folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
