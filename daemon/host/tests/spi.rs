// SPDX-License-Identifier: MIT OR Apache-2.0
//! An SPI port against simulated chips: what comes back, and every way to fail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/chips.rs"]
mod support;

use std::sync::mpsc::{Sender, channel};

use ecmod_config::Priority;
use ecmod_host::bus::{BusError, Caller, Damage, DeviceCounter, Port, PortState, Result, SpiStep};
use ecmod_sim_link::errno;
use ecmod_sim_link::server::{Reply, SpiServer};
use support::{Bench, LIMIT, SHORT, spi, until_state};

static CALLER: Caller = Caller::new(Priority::Normal);

fn steps<const N: usize>(lengths: [u16; N]) -> [SpiStep; N] {
    lengths.map(|length| SpiStep { length, sends: true, receives: true, delay_ns: 0 })
}

/// Sends two bytes and returns what comes back.
fn exchange(port: &Port, chip: u32) -> Result<Vec<u8>> {
    let mut back = Vec::new();
    let fill = |out: &mut [u8]| out.copy_from_slice(&[1, 2]);
    spi(port).transfer(&CALLER, chip, &steps([2]), fill, |bytes| back = bytes.to_vec())?;
    Ok(back)
}

/// A chip that does what it is told, one transaction after the other, and answers with their number.
fn scripted(bench: &Bench, name: &str) -> (SpiServer, Sender<Reply>) {
    let (sender, replies) = channel();
    let mut count = 0;
    let chip = move |_: &[SpiStep], _: &[u8], back: &mut [u8]| {
        count += 1;
        back.fill(count);
        replies.recv().unwrap_or(Reply::HangUp)
    };
    (SpiServer::start(&bench.path(name), chip).unwrap(), sender)
}

#[test]
fn a_transaction_reaches_its_chip_whole_and_brings_back_what_the_chip_says() {
    let bench = Bench::new();
    let inverter = |steps: &[SpiStep], out: &[u8], back: &mut [u8]| {
        assert_eq!(steps[1], SpiStep { length: 3, sends: false, receives: true, delay_ns: 700 });
        back.iter_mut().zip(out).for_each(|(back, out)| *back = !out);
        Reply::Done
    };
    let _one = SpiServer::start(&bench.path("one"), inverter).unwrap();
    let (_two, replies) = scripted(&bench, "two");
    let port = bench.spi(&["one", "two"], LIMIT);
    until_state(&port, PortState::Connected);
    let mut transaction = steps([2, 3]);
    transaction[1].sends = false;
    transaction[1].delay_ns = 700;
    let mut back = Vec::new();
    let fill = |out: &mut [u8]| out[..2].copy_from_slice(&[1, 2]);
    spi(&port).transfer(&CALLER, 0, &transaction, fill, |bytes| back = bytes.to_vec()).unwrap();
    assert_eq!(back, [0xFE, 0xFD, 0xFF, 0xFF, 0xFF]);
    replies.send(Reply::Done).unwrap();
    assert_eq!(exchange(&port, 1), Ok(vec![1, 1]));
    assert_eq!(exchange(&port, 2), Err(BusError::NotFound("chip")));
    let devices = port.snapshot().devices;
    assert_eq!((devices["chip_0"]["transfers"], devices["chip_1"]["transfers"]), (1, 1));
}

#[test]
fn every_way_to_fail_has_its_own_error_and_counter_and_the_next_transfer_works() {
    let bench = Bench::new();
    let (_server, replies) = scripted(&bench, "adc");
    let port = bench.spi(&["adc"], SHORT);
    until_state(&port, PortState::Connected);
    let go = |reply| {
        replies.send(reply).unwrap();
        exchange(&port, 0)
    };
    assert!(matches!(go(Reply::Errno(errno::EIO)), Err(BusError::Io(_))));
    assert_eq!(go(Reply::Errno(errno::ETIMEDOUT)), Err(BusError::Timeout));
    assert!(matches!(go(Reply::Errno(errno::EINVAL)), Err(BusError::Invalid(_))));
    assert_eq!(go(Reply::Short(1)), Err(BusError::Corrupt(Damage::Length)));
    assert_eq!(go(Reply::Silent), Err(BusError::Timeout));
    assert_eq!(go(Reply::Done), Ok(vec![6, 6]), "the port was never closed");
    let count = |counter| spi(&port).counters().of_device(0, counter);
    assert_eq!(count(DeviceCounter::Transfers), 6);
    assert_eq!(count(DeviceCounter::Timeouts), 2);
    assert_eq!((count(DeviceCounter::Io), count(DeviceCounter::WrongLength)), (1, 1));
    assert_eq!(count(DeviceCounter::Failures), 1);
    assert_eq!(port.status().0, PortState::Connected);
}

#[test]
fn a_late_answer_is_not_taken_for_the_next_one() {
    let bench = Bench::new();
    let (_server, replies) = scripted(&bench, "adc");
    let port = bench.spi(&["adc"], SHORT);
    until_state(&port, PortState::Connected);
    assert_eq!(exchange(&port, 0), Err(BusError::Timeout));
    replies.send(Reply::Done).unwrap();
    replies.send(Reply::Done).unwrap();
    assert_eq!(exchange(&port, 0), Ok(vec![2, 2]));
}

#[test]
fn a_chip_that_goes_away_is_used_again_when_it_is_back_and_the_others_work_on() {
    let bench = Bench::new();
    let (server, replies) = scripted(&bench, "adc");
    let (_other, others) = scripted(&bench, "other");
    let port = bench.spi(&["adc", "other"], LIMIT);
    until_state(&port, PortState::Connected);
    replies.send(Reply::Done).unwrap();
    assert!(exchange(&port, 0).is_ok());
    drop(server);
    assert!(matches!(exchange(&port, 0), Err(BusError::Io(_))));
    let reason = until_state(&port, PortState::Lost);
    assert!(!reason.is_empty());
    others.send(Reply::Done).unwrap();
    assert_eq!(exchange(&port, 1), Ok(vec![1, 1]));
    let (_server, replies) = scripted(&bench, "adc");
    until_state(&port, PortState::Connected);
    replies.send(Reply::Done).unwrap();
    assert_eq!(exchange(&port, 0), Ok(vec![1, 1]));
}

#[test]
fn a_chip_has_one_host_and_the_second_one_says_who_that_is() {
    let bench = Bench::new();
    let (_server, _replies) = scripted(&bench, "adc");
    let first = bench.spi(&["adc"], LIMIT);
    until_state(&first, PortState::Connected);
    let second = bench.spi(&["adc"], LIMIT);
    let reason = until_state(&second, PortState::Lost);
    assert!(reason.contains("held by ecmod:bench"), "{reason}");
    drop(first);
    until_state(&second, PortState::Connected);
}

#[test]
fn what_no_spi_host_can_do_is_refused_before_it_is_sent() {
    let bench = Bench::new();
    let port = bench.spi(&["nobody"], LIMIT);
    let refused = |steps: &[SpiStep]| {
        let result = spi(&port).transfer(&CALLER, 0, steps, |_| (), |_| ());
        assert!(matches!(result, Err(BusError::Invalid(_))), "{result:?}");
    };
    refused(&[]);
    refused(&steps([1; 17]));
    refused(&steps([4000, 97]));
}
