// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine itself: the kernel's side of each bus, used by crates that others wrote, and a chip model at the far side.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ecmod_quantities::Monotonic;
use ecmod_sim::chips::{Acknowledge, I2cChip, Level, SpiChip, Transfer};
use ecmod_sim::kernel::{Bank, Fault, I2cBus, Recorder, SpiBus, Wired, now};
use ecmod_vm_tests::{figure, until};
use embedded_hal::i2c::I2c as _;
use embedded_hal::spi::{Operation, SpiDevice as _};
use gpiocdev::Request;
use gpiocdev::line::{EdgeDetection, EdgeKind, EventClock, Value};
use linux_embedded_hal::{I2cdev, SpidevDevice};

/// Says what it heard, one byte late: what a shift register does.
#[derive(Debug, Default)]
struct Echo {
    last: u8,
    selected: usize,
}

impl SpiChip for Echo {
    fn select(&mut self, _now: Monotonic) {
        self.selected += 1;
        self.last = 0xA5;
    }

    fn exchange(&mut self, _now: Monotonic, out: u8) -> u8 {
        std::mem::replace(&mut self.last, out)
    }

    fn deselect(&mut self, _now: Monotonic) {}
}

/// A register file with an address pointer.
#[derive(Debug)]
struct Registers {
    pointer: Option<usize>,
    bytes: [u8; 8],
}

impl I2cChip for Registers {
    fn address(&self) -> u8 {
        0x48
    }

    fn start(&mut self, _now: Monotonic, transfer: Transfer) -> Acknowledge {
        if transfer == Transfer::Write {
            self.pointer = None;
        }
        Acknowledge::Ack
    }

    fn write(&mut self, _now: Monotonic, byte: u8) -> Acknowledge {
        match self.pointer {
            None => self.pointer = Some(usize::from(byte)),
            Some(pointer) => {
                self.bytes[pointer % 8] = byte;
                self.pointer = Some(pointer + 1);
            }
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Monotonic) -> u8 {
        let pointer = self.pointer.unwrap_or(0);
        self.pointer = Some(pointer + 1);
        self.bytes[pointer % 8]
    }
}

#[test]
fn systemd_has_started_everything() {
    let failed = std::process::Command::new("systemctl")
        .args(["--failed", "--plain", "--no-legend"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&failed.stdout), "");
    assert_eq!(std::fs::read_link("/proc/1/exe").unwrap().file_name().unwrap(), "systemd");
}

#[test]
fn one_message_is_one_chip_select_and_its_steps_reach_the_chip_in_order() {
    let bus = SpiBus::new().unwrap();
    let chip = Arc::new(Mutex::new(Echo::default()));
    bus.attach(1, &chip, None);
    let mut device = SpidevDevice::open("/dev/spidev0.1").unwrap();
    let (mut first, mut second) = ([0; 2], [1, 2, 3]);
    device
        .transaction(&mut [
            Operation::Write(&[7, 8]),
            Operation::Read(&mut first),
            Operation::TransferInPlace(&mut second),
        ])
        .unwrap();
    assert_eq!((first, second), ([8, 0], [0, 1, 2]));
    assert_eq!(chip.lock().unwrap().selected, 1);
    assert_eq!((bus.transfers(1), bus.transfers(0)), (1, 0));
}

#[test]
fn a_chip_select_without_a_chip_reads_ones() {
    let _bus = SpiBus::new().unwrap();
    let mut bytes = [0; 3];
    SpidevDevice::open("/dev/spidev0.2").unwrap().read(&mut bytes).unwrap();
    assert_eq!(bytes, [0xFF; 3]);
}

#[test]
fn the_bus_fails_as_told_and_recovers() {
    let bus = SpiBus::new().unwrap();
    bus.attach(0, &Arc::new(Mutex::new(Echo::default())), None);
    let mut device = SpidevDevice::open("/dev/spidev0.0").unwrap();
    let mut read = || {
        let mut byte = [0];
        let begin = Instant::now();
        let result = device.read(&mut byte);
        (result.map(|()| byte[0]), begin.elapsed())
    };
    bus.set_fault(0, Fault::Errno(5));
    assert!(format!("{:?}", read().0.unwrap_err()).contains("code: 5"));
    bus.set_fault(0, Fault::Stuck(0x00));
    assert_eq!(read().0.unwrap(), 0);
    bus.set_fault(0, Fault::Silent);
    let (result, took) = read();
    assert!(format!("{:?}", result.unwrap_err()).contains("code: 110"));
    assert!(took >= Duration::from_millis(90) && took < Duration::from_secs(2), "{took:?}");
    bus.set_fault(0, Fault::None);
    assert_eq!(read().0.unwrap(), 0xA5);
}

#[test]
fn an_answer_that_comes_late_is_refused() {
    use std::io::{Read, Write};
    let mut far_side = std::fs::File::options().read(true).write(true).open("/dev/ecmod-spi").unwrap();
    let asking = std::thread::spawn(|| SpidevDevice::open("/dev/spidev0.0").unwrap().write(&[1]));
    let mut request = [0; 64];
    let count = far_side.read(&mut request).unwrap();
    assert_eq!(count, 4 + 4 + 12 + 1);
    asking.join().unwrap().unwrap_err();
    let answer = [&request[..4], &[0; 4]].concat();
    assert_eq!(far_side.write(&answer).unwrap_err().raw_os_error(), Some(116));
}

#[test]
fn an_i2c_transfer_writes_a_pointer_and_reads_registers() {
    let bus = I2cBus::new().unwrap();
    bus.attach(&Arc::new(Mutex::new(Registers { pointer: None, bytes: [0, 1, 2, 3, 4, 5, 6, 7] })));
    let mut device = I2cdev::new("/dev/i2c-1").unwrap();
    let mut bytes = [0; 3];
    device.write_read(0x48_u8, &[2], &mut bytes).unwrap();
    assert_eq!(bytes, [2, 3, 4]);
    device.write(0x48_u8, &[3, 99]).unwrap();
    device.write_read(0x48_u8, &[2], &mut bytes).unwrap();
    assert_eq!(bytes, [2, 99, 4]);
    assert!(device.write(0x49_u8, &[0]).is_err());
    bus.set_fault(Fault::Errno(5));
    assert!(device.write(0x48_u8, &[0]).is_err());
}

#[test]
fn an_edge_carries_the_kernels_monotonic_time() {
    let bank = Bank::new(&["", "DRDY"]).unwrap();
    let request = Request::builder()
        .on_chip(bank.device())
        .with_consumer("test")
        .with_line(1)
        .with_edge_detection(EdgeDetection::BothEdges)
        .with_event_clock(EventClock::Monotonic)
        .request()
        .unwrap();
    let pin = bank.pin("DRDY").unwrap();
    let mut events = request.new_edge_event_buffer(1);
    let mut late: Vec<Duration> = (0..21)
        .map(|edge| {
            let rises = edge % 2 == 0;
            let before = now();
            pin.set(Level::from_bool(rises));
            assert!(request.wait_edge_event(Duration::from_secs(5)).unwrap());
            let event = events.read_event().unwrap();
            let kind = if rises { EdgeKind::Rising } else { EdgeKind::Falling };
            assert_eq!((event.offset, event.kind, event.line_seqno), (1, kind, edge + 1));
            Duration::from_nanos(event.timestamp_ns.checked_sub(before.0).unwrap())
        })
        .collect();
    late.sort_unstable();
    figure("an edge's time after the edge, p50", late[10].as_secs_f64() * 1e6, "us");
    // One may be late with the whole machine. Without an interrupt of its own each would wait for the next tick: 5 ms in the middle.
    assert!(late[10] < Duration::from_millis(2), "{late:?}");
}

#[test]
fn a_held_line_is_busy_for_the_second_and_shows_its_holder() {
    let bank = Bank::new(&["LAMP"]).unwrap();
    let hold = || {
        Request::builder()
            .on_chip(bank.device())
            .with_consumer("ecmod:panel")
            .with_line(0)
            .as_output(Value::Active)
            .request()
    };
    let held = hold().unwrap();
    assert_eq!(bank.pin("LAMP").unwrap().level(), Level::High);
    assert!(hold().unwrap_err().to_string().contains("busy"));
    let info = gpiocdev::Chip::from_path(bank.device()).unwrap().line_info(0).unwrap();
    assert_eq!(info.consumer, "ecmod:panel");
    drop(held);
    drop(hold().unwrap());
}

#[test]
fn a_chip_that_is_torn_out_is_seen_by_who_holds_its_lines() {
    let mut bank = Bank::new(&["A"]).unwrap();
    let request = Request::builder()
        .on_chip(bank.device())
        .with_line(0)
        .with_edge_detection(EdgeDetection::BothEdges)
        .request()
        .unwrap();
    bank.unplug().unwrap();
    assert!(request.value(0).is_err());
    assert!(!bank.device().exists());
    drop(request);
    bank.plug().unwrap();
    until("the chip is back", || bank.device().exists().then_some(()));
    Request::builder().on_chip(bank.device()).with_line(0).as_input().request().unwrap();
}

#[test]
fn the_recorder_sees_every_level_of_an_output_with_its_time() {
    let bank = Bank::new(&["", "", "BEEP"]).unwrap();
    let recorder = Recorder::start().unwrap();
    let request =
        Request::builder().on_chip(bank.device()).with_line(2).as_output(Value::Inactive).request().unwrap();
    let mut set = Vec::new();
    for value in [Value::Active, Value::Inactive, Value::Active] {
        std::thread::sleep(Duration::from_millis(2));
        let before = now();
        request.set_value(2, value).unwrap();
        set.push((before, now(), value == Value::Active));
    }
    let changes = recorder.changes(bank.number("BEEP").unwrap()).unwrap();
    assert_eq!(changes[0].1, Level::Low);
    assert_eq!(changes.len(), 4);
    for ((at, level), (before, after, high)) in changes[1..].iter().zip(set) {
        assert_eq!(level.is_high(), high);
        // The trace counts microseconds.
        assert!(at.0 + 1000 >= before.0 && at.0 <= after.0, "{before:?} {at:?} {after:?}");
    }
}

#[test]
fn the_consoles_board_is_behind_the_kernels_devices() {
    let wired = Wired::new(1).unwrap();
    let mut converter = [0x20, 0x00, 0x00];
    SpidevDevice::open("/dev/spidev0.0").unwrap().transfer_in_place(&mut converter).unwrap();
    assert_eq!(converter[2] >> 5, 1, "an ADS1263's identity: {converter:02x?}");
    let mut thermometer = SpidevDevice::open("/dev/spidev0.4").unwrap();
    thermometer.write(&[0x80, 0x11]).unwrap();
    let mut back = [0x00, 0x00];
    thermometer.transfer_in_place(&mut back).unwrap();
    assert_eq!(back[1], 0x11, "a MAX31865's configuration");
    let mut cabinet = [0; 2];
    I2cdev::new("/dev/i2c-1").unwrap().write_read(0x48_u8, &[0], &mut cabinet).unwrap();
    assert_eq!(i16::from_be_bytes(cabinet) / 256, 34, "an LM75's whole degrees");
    let line = gpiocdev::find_named_line("SOUNDER").unwrap();
    assert_eq!(line.chip, wired.chip());
}

#[test]
fn edges_at_10_khz_arrive_with_their_times_or_are_known_to_be_missing() {
    const EDGES: u32 = 10_000;
    let bank = Bank::new(&["STORM"]).unwrap();
    let request = Request::builder()
        .on_chip(bank.device())
        .with_line(0)
        .with_edge_detection(EdgeDetection::BothEdges)
        .with_event_clock(EventClock::Monotonic)
        .with_kernel_event_buffer_size(1024)
        .request()
        .unwrap();
    let pin = bank.pin("STORM").unwrap();
    let begin = now();
    let storm = std::thread::spawn(move || {
        // When each edge was begun.
        let mut sent = Vec::with_capacity(EDGES as usize);
        for edge in 0..EDGES {
            // Paced by the time at which each edge is due, not by pauses that add up.
            while now().0 < begin.0 + u64::from(edge) * 100_000 {
                std::hint::spin_loop();
            }
            sent.push(now().0);
            pin.set(Level::from_bool(edge % 2 == 0));
        }
        (sent, now())
    });
    let (mut read, mut dropped, mut last_sequence, mut last_time) = (0_u32, 0, 0, begin.0);
    let mut queued = Vec::new();
    // Not `Request::read_edge_event`: in gpiocdev 0.8 it takes up to eight events from the kernel and gives the first.
    let mut events = request.new_edge_event_buffer(16);
    while last_sequence < EDGES
        && (!events.is_empty() || request.wait_edge_event(Duration::from_secs(2)).unwrap())
    {
        let event = events.read_event().unwrap();
        assert!(event.line_seqno > last_sequence && event.timestamp_ns >= last_time);
        dropped += event.line_seqno - last_sequence - 1;
        (last_sequence, last_time) = (event.line_seqno, event.timestamp_ns);
        queued.push((last_sequence, last_time));
        read += 1;
    }
    let (sent, end) = storm.join().unwrap();
    // Every event that the kernel has queued was read, or is known to be missing by its number: exactly.
    assert_eq!(read + dropped, last_sequence);
    // It has invented none: when the n-th was taken, n edges had been sent at least.
    for (sequence, time) in queued {
        let so_far = sent.partition_point(|begun| *begun <= time);
        assert!(so_far >= sequence as usize, "event {sequence} after {so_far} edges");
    }
    // And it ends with the last edge: two of them before the line's interrupt is served are one to the kernel, as on a chip, but behind the
    // last there is none that it could be one with.
    assert!(
        last_time >= *sent.last().unwrap(),
        "the last edge was never told: event {last_sequence} is {} ns older, {read} read, {dropped} known to be missing",
        sent.last().unwrap() - last_time
    );
    let took = end.0 - begin.0;
    figure("edges that were one with another, of 10000", f64::from(EDGES - last_sequence), "");
    figure("edges sent", f64::from(EDGES) / (took as f64 / 1e9), "1/s");
    figure("edges read", f64::from(read), "");
}

#[test]
fn a_transfer_costs() {
    let bus = SpiBus::new().unwrap();
    bus.attach(0, &Arc::new(Mutex::new(Echo::default())), None);
    let mut device = SpidevDevice::open("/dev/spidev0.0").unwrap();
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            let begin = Instant::now();
            device.transfer_in_place(&mut [0; 8]).unwrap();
            begin.elapsed()
        })
        .collect();
    times.sort();
    figure("spi transfer through the kernel and the chip model, p50", times[250].as_secs_f64() * 1e6, "us");
    figure("spi transfer through the kernel and the chip model, p99", times[495].as_secs_f64() * 1e6, "us");
    assert!(times[250] < Duration::from_millis(20));
}

#[test]
fn nothing_answers_without_a_far_side() {
    let error = SpidevDevice::open("/dev/spidev0.3").unwrap().write(&[0]).unwrap_err();
    assert!(format!("{error:?}").contains("110"), "{error:?}");
    assert_eq!(std::fs::File::open("/dev/spidev0.9").unwrap_err().kind(), ErrorKind::NotFound);
}
