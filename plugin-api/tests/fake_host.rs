// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fake host does what its script says, as a real host would: what drivers' own tests rest on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, ModbusTable, Request, SpiChip};
use ecmod_plugin::{Error, I2cStep, Level, LineLevel, SpiStep};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[test]
fn modbus_registers_are_read_written_and_missing_like_a_devices() {
    let fake = FakeHost::new();
    fake.unit(3).holding(100, &[1, 2, 3]).input(7, &[9]).coils(0, &[true, false]).discrete(5, &[true]);
    let (unit, host) = (fake.host().modbus(3), fake.host());
    let mut words = [0; 3];
    assert_eq!((unit.read_holding(100, &mut words), words), (Ok(()), [1, 2, 3]));
    assert_eq!(unit.read_holding(101, &mut words), Err(Error::Modbus(2)), "103 does not exist");
    assert_eq!((unit.read_input(7, &mut words[..1]), words[0]), (Ok(()), 9));
    let mut bits = [false; 2];
    assert_eq!((unit.read_coils(0, &mut bits), bits), (Ok(()), [true, false]));
    assert_eq!((unit.read_discrete(5, &mut bits[..1]), bits[0]), (Ok(()), true));

    assert_eq!(unit.write_register(101, 77), Ok(()));
    assert_eq!(unit.write_registers(100, &[5, 6]), Ok(()));
    assert_eq!(unit.write_coil(1, true), Ok(()));
    assert_eq!(unit.write_register(99, 1), Err(Error::Modbus(2)));
    let holding = |address| fake.unit(3).get(ModbusTable::HoldingRegisters, address);
    assert_eq!([holding(100), holding(101), holding(102), holding(103)], [Some(5), Some(6), Some(3), None]);
    assert_eq!(fake.writes().len(), 4, "attempts count");
    assert!(fake.requests().len() > fake.writes().len());

    let before = fake.now();
    assert_eq!(host.modbus(4).read_holding(0, &mut words), Err(Error::Timeout), "nobody is there");
    assert_eq!(fake.now().since(before), Span::from_millis(50), "the port's own timeout");
}

#[test]
fn scripted_failures_come_in_order_and_end() {
    let fake = FakeHost::new();
    fake.transaction_time(Span::from_millis(3));
    fake.unit(1).holding(0, &[4]).fail(1, Error::Timeout).fail(2, Error::Corrupt);
    let unit = fake.host().modbus(1).timeout(Span::from_millis(20));
    let before = fake.now();
    let results: Vec<_> = (0..4).map(|_| unit.read_holding(0, &mut [0])).collect();
    assert_eq!(results, [Err(Error::Timeout), Err(Error::Corrupt), Err(Error::Corrupt), Ok(())]);
    assert_eq!(fake.now().since(before), Span::from_millis(20 + 3 * 3));
    fake.unit(1).set_silent(true);
    assert_eq!(unit.write_register(0, 1), Err(Error::Timeout));
    fake.unit(1).set_silent(false);
    assert_eq!(unit.write_register(0, 1), Ok(()));
}

#[test]
fn serial_bytes_come_as_fed_and_answers_as_scripted() {
    let fake = FakeHost::new();
    let line = fake.host().serial();
    fake.feed(b"00 00 100\r\n");
    let mut buffer = [0; 6];
    assert_eq!(line.read(&mut buffer, Span::from_millis(5)), Ok(6));
    assert_eq!(&buffer, b"00 00 ");
    assert_eq!(line.read(&mut buffer, Span::from_millis(5)), Ok(5));
    let before = fake.now();
    assert_eq!(line.read(&mut buffer, Span::from_millis(5)), Err(Error::Timeout));
    assert_eq!(fake.now().since(before), Span::from_millis(5));
    assert_eq!(line.read(&mut [], Span::from_millis(5)), Err(Error::Invalid));

    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    fake.on_serial_write(move |bytes| {
        counted.set(counted.get() + 1);
        if bytes == b"S\r" { b"ok".to_vec() } else { Vec::new() }
    });
    assert_eq!(line.write(b"S\r"), Ok(()));
    assert_eq!(line.read(&mut buffer, Span::ZERO), Ok(2));
    assert_eq!(line.write(b"?"), Ok(()));
    assert_eq!((line.read(&mut buffer, Span::ZERO), calls.get()), (Err(Error::Timeout), 2));
    assert_eq!(fake.requests(), [Request::SerialWrite(b"S\r".to_vec()), Request::SerialWrite(b"?".to_vec())]);
    assert_eq!(fake.writes(), [], "whether bytes change a device, only its protocol tells");

    fake.fail_serial(1, Error::Corrupt);
    fake.feed(b"x");
    assert_eq!(line.read(&mut buffer, Span::ZERO), Err(Error::Corrupt));
    assert_eq!(line.read(&mut buffer, Span::ZERO), Ok(1));
}

#[test]
fn a_script_may_use_its_own_host() {
    let fake = FakeHost::new();
    let inner = fake.clone();
    fake.on_serial_write(move |_| {
        inner.advance(Span::from_secs(1));
        inner.feed(b"a");
        b"b".to_vec()
    });
    let before = fake.now();
    fake.host().serial().write(b"go").unwrap();
    let mut buffer = [0; 4];
    assert_eq!(fake.host().serial().read(&mut buffer, Span::ZERO), Ok(2));
    assert_eq!((&buffer[..2], fake.now().since(before)), (&b"ab"[..], Span::from_secs(1)));
}

#[test]
fn spi_steps_share_one_chip_select() {
    let fake = FakeHost::new();
    let chip = fake.host().spi(2);
    assert_eq!(chip.write_read(&[1], &mut [0]), Err(Error::Timeout), "no chip is scripted");
    fake.forget_requests();
    fake.on_spi(|device, sent| {
        assert_eq!(device, 2);
        Ok(sent.iter().map(|byte| byte ^ 0xFF).collect())
    });
    let (mut read, mut both, mut in_place) = ([9; 2], [0; 2], [0x0F]);
    let mut steps = [
        SpiStep::Write(&[0x20]),
        SpiStep::Read(&mut read),
        SpiStep::Delay(Span::from_micros(4)),
        SpiStep::Transfer(&[1, 2], &mut both),
        SpiStep::TransferInPlace(&mut in_place),
    ];
    let before = fake.now();
    assert_eq!(chip.transaction(&mut steps), Ok(()));
    assert_eq!((read, both, in_place), ([0xFF; 2], [0xFE, 0xFD], [0xF0]));
    assert_eq!(fake.now().since(before), Span::from_micros(4));
    assert_eq!(fake.requests(), [Request::Spi { device: 2, sent: vec![0x20, 0, 0, 1, 2, 0x0F] }]);
    assert_eq!(chip.transaction(&mut []), Err(Error::Invalid));
    let mut too_many: Vec<_> = (0..17).map(|_| SpiStep::Write(&[0])).collect();
    assert_eq!(chip.transaction(&mut too_many), Err(Error::Invalid));
}

#[test]
fn i2c_chips_answer_by_their_address() {
    let fake = FakeHost::new();
    assert_eq!(fake.host().i2c(0x0B).write_read(&[8], &mut [0]), Err(Error::Io), "not acknowledged");
    fake.on_i2c(|address, written| match (address, written) {
        (0x0B, [0x08]) => Ok(vec![0xAB, 0x0B]),
        _ => Err(Error::Io),
    });
    let mut word = [0; 2];
    assert_eq!((fake.host().i2c(0x0B).write_read(&[8], &mut word), word), (Ok(()), [0xAB, 0x0B]));
    assert_eq!(fake.host().i2c(0x0C).transaction(&mut [I2cStep::Write(&[8])]), Err(Error::Io));
}

#[test]
fn lines_have_levels_and_edges_with_time_stamps() {
    let fake = FakeHost::new();
    let bubble = fake.host().input_line("bubble").unwrap();
    assert_eq!(bubble.get(), Err(Error::NotFound));
    fake.set_line("bubble", LineLevel::Low);
    assert_eq!(bubble.get(), Ok(LineLevel::Low));
    fake.set_line("bubble", LineLevel::High);
    let rose = fake.now();
    fake.advance(Span::from_millis(2));
    fake.set_line("bubble", LineLevel::Low);
    let edges = bubble.edges(8, Span::ZERO).unwrap();
    let seen: Vec<_> =
        edges.iter().map(|edge| (edge.to, edge.t.since(rose).millis(), edge.sequence)).collect();
    assert_eq!(seen, [(LineLevel::High, 0, 1), (LineLevel::Low, 2, 2)]);
    assert_eq!(bubble.edges(8, Span::from_millis(1)), Ok(vec![]), "none in time is an empty list");

    let clamp = fake.host().output_line("clamp").unwrap();
    assert_eq!(clamp.set(LineLevel::High), Err(Error::NotFound));
    fake.set_line("clamp", LineLevel::Low);
    assert_eq!(clamp.set(LineLevel::High), Ok(()));
    assert_eq!(fake.line("clamp"), Some(LineLevel::High));
    assert_eq!(fake.writes().len(), 2);
    assert_eq!(fake.host().input_line("a\0b").unwrap_err(), Error::Invalid);
}

#[test]
fn what_holds_everywhere_overrules_the_script_until_it_is_lifted() {
    let fake = FakeHost::new();
    fake.unit(1).holding(0, &[5]);
    let unit = fake.host().modbus(1);
    let mut word = [9];
    fake.everywhere(Some(Everywhere::Silence));
    assert_eq!(unit.read_holding(0, &mut word), Err(Error::Timeout));
    fake.everywhere(Some(Everywhere::Zeros));
    assert_eq!((unit.read_holding(700, &mut word), word), (Ok(()), [0]));
    let noise = |seed| {
        fake.everywhere(Some(Everywhere::Noise(seed)));
        (0..100).map(|_| unit.read_holding(0, &mut [0; 3])).collect::<Vec<_>>()
    };
    let first = noise(1);
    assert_eq!(first, noise(1), "the same seed, the same noise");
    assert!(first.contains(&Ok(())) && first.contains(&Err(Error::Corrupt)) && first != noise(2));
    fake.everywhere(None);
    assert_eq!((unit.read_holding(0, &mut word), word), (Ok(()), [5]));
}

#[test]
fn log_and_clock_are_the_tests() {
    let fake = FakeHost::new();
    let host = fake.host();
    host.log(Level::Warning, "zero drifts: 3 µL");
    assert_eq!(fake.log(), [(Level::Warning, "zero drifts: 3 µL".to_owned())]);
    let before = host.now();
    host.delay(Span::from_micros(1500));
    fake.advance(Span::from_micros(500));
    assert_eq!(host.now().since(before), Span::from_millis(2));
    drop(fake);
    assert!(host.now() > before, "a host keeps its fake alive");
}

#[test]
fn a_chip_that_is_modelled_byte_by_byte_answers_at_its_index() {
    /// Says what it heard last, and counts its selections.
    #[derive(Default)]
    struct Echo {
        last: u8,
        selected: u32,
        broken: Option<Error>,
    }
    impl SpiChip for Echo {
        fn select(&mut self, _: Monotonic) -> Result<(), Error> {
            self.selected += 1;
            self.broken.map_or(Ok(()), Err)
        }
        fn exchange(&mut self, _: Monotonic, out: u8) -> u8 {
            std::mem::replace(&mut self.last, out)
        }
        fn deselect(&mut self, _: Monotonic) {
            self.last = 0xEE;
        }
    }
    let (fake, chip) = (FakeHost::new(), Rc::new(RefCell::new(Echo::default())));
    fake.spi_chip(1, &chip);
    let mut bytes = [1, 2, 3];
    let mut steps = [SpiStep::TransferInPlace(&mut bytes)];
    assert_eq!(fake.host().spi(1).transaction(&mut steps), Ok(()));
    assert_eq!((bytes, chip.borrow().selected), ([0, 1, 2], 1));
    assert_eq!(fake.host().spi(1).write_read(&[7], &mut bytes[..1]), Ok(()));
    assert_eq!(bytes[0], 7);
    chip.borrow_mut().broken = Some(Error::Io);
    assert_eq!(fake.host().spi(1).write_read(&[7], &mut bytes), Err(Error::Io));
    assert_eq!(fake.host().spi(0).write_read(&[7], &mut bytes), Err(Error::Timeout), "nobody there");
    fake.on_spi(|_, sent| Ok(sent.to_vec()));
    assert_eq!(fake.host().spi(0).write_read(&[7], &mut bytes), Ok(()));
}

#[test]
fn attributes_are_a_tree_of_texts_that_vanish_and_fail_as_scripted() {
    let fake = FakeHost::new();
    fake.attribute("BAT0/capacity", "87");
    fake.attribute("BAT0/status", "Discharging");
    fake.attribute("AC/online", "1");
    let attributes = fake.host().attributes();
    let (capacity, mut buffer) = (attributes.at("BAT0/capacity").unwrap(), [0; 16]);
    assert_eq!(capacity.read(&mut buffer), Ok("87"));
    assert_eq!(attributes.list(""), Ok(vec!["AC".to_owned(), "BAT0".to_owned()]));
    assert_eq!(attributes.list("BAT0"), Ok(vec!["capacity".to_owned(), "status".to_owned()]));
    assert_eq!(attributes.list("BAT1"), Err(Error::NotFound));
    assert_eq!(attributes.at("BAT0/status").unwrap().read(&mut [0; 4]), Err(Error::TooLong));
    for outside in ["/etc/passwd", "../x", "BAT0/../../x"] {
        assert_eq!(attributes.at(outside).unwrap().read(&mut buffer), Err(Error::Denied), "{outside}");
    }
    assert_eq!(attributes.at("a\0b").map(drop), Err(Error::Invalid));

    assert_eq!(capacity.write("50"), Ok(()));
    assert_eq!(fake.attribute_text("BAT0/capacity").as_deref(), Some("50"));
    let write = Request::AttributeWrite { path: "BAT0/capacity".to_owned(), text: "50".to_owned() };
    assert_eq!(fake.requests().last(), Some(&write));
    assert_eq!(fake.writes(), [], "whether a text changes a device, only its driver tells");

    fake.fail_attribute("BAT0", Some(Error::Device));
    assert_eq!(capacity.read(&mut buffer), Err(Error::Device));
    assert_eq!(attributes.at("AC/online").unwrap().read(&mut buffer), Ok("1"));
    fake.fail_attribute("BAT0", None);
    assert_eq!(capacity.read(&mut buffer), Ok("50"));
    fake.attribute_bytes("BAT0/capacity", &[0xFF, b'\n']);
    assert_eq!(capacity.read(&mut buffer), Err(Error::Corrupt), "no text");
    fake.remove_attribute("BAT0");
    assert_eq!(capacity.read(&mut buffer), Err(Error::NotFound));
    assert_eq!(attributes.list(""), Ok(vec!["AC".to_owned()]));
}

#[test]
fn a_folder_longer_than_the_first_buffer_is_listed_whole() {
    let fake = FakeHost::new();
    let names: Vec<String> = (0..200).map(|index| format!("{index:03}_{}", "x".repeat(40))).collect();
    names.iter().for_each(|name| fake.attribute(name, ""));
    assert_eq!(fake.host().attributes().list(""), Ok(names));
}

#[test]
fn a_stream_gives_its_records_and_fails_in_its_order() {
    let fake = FakeHost::new();
    let (stream, mut buffer) = (fake.host().stream(), [0; 4]);
    let wait = Span::from_millis(5);
    assert_eq!(stream.read(&mut buffer, wait), Err(Error::Unsupported), "this port has none");
    fake.feed_stream(&[1, 2, 3, 4, 5, 6]);
    fake.feed_stream(&[7]);
    fake.fail_stream(Error::Io);
    assert_eq!((stream.read(&mut buffer, wait), buffer), (Ok(4), [1, 2, 3, 4]));
    assert_eq!((stream.read(&mut buffer, wait), buffer), (Ok(2), [5, 6, 3, 4]));
    assert_eq!((stream.read(&mut buffer, wait), buffer), (Ok(1), [7, 6, 3, 4]));
    assert_eq!(stream.read(&mut buffer, wait), Err(Error::Io));
    let before = fake.now();
    assert_eq!(stream.read(&mut buffer, wait), Err(Error::Timeout));
    assert_eq!(fake.now().since(before), wait);
}

#[test]
fn waking_lines_and_urgency_are_recorded() {
    let fake = FakeHost::new();
    let line = fake.host().input_line("bubble").unwrap();
    assert_eq!(line.wake(), Err(Error::NotFound));
    fake.set_line("bubble", LineLevel::Low);
    assert_eq!((line.wake(), fake.wakes("bubble")), (Ok(()), true));
    assert_eq!((line.let_sleep(), fake.wakes("bubble")), (Ok(()), false));
    assert_eq!(fake.urgent_count(), 0);
    assert_eq!(fake.host().urgent(), Ok(()));
    assert_eq!(fake.urgent_count(), 1);
}
