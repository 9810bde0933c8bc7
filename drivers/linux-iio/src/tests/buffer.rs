// SPDX-License-Identifier: MIT OR Apache-2.0
//! Samples that come in records, from a buffer of the kernel.

use super::*;

/// Within the microsecond for which the driver looks whether there is more.
fn timed_by_arrival(driver: &Harness) -> bool {
    driver.fake().now().since(driver.sample("arterial").unwrap().t) <= Span::from_micros(1)
}

/// One record of the ADC: both inputs and the time stamp.
pub(super) fn record(voltage0: i32, voltage1: i16, t_ns: u64) -> Vec<u8> {
    let mut bytes = (voltage0 << 8).to_be_bytes().to_vec();
    bytes.extend((voltage1 << 4).to_le_bytes());
    bytes.extend([0xEE; 2]); // padding
    bytes.extend(t_ns.to_le_bytes());
    bytes
}

#[test]
fn the_buffer_is_set_up_in_order_and_its_newest_record_is_delivered_with_the_kernels_time() {
    let mut driver = open(ADC_CONFIG, ADC);
    let paths: Vec<String> =
        writes(driver.fake()).into_iter().map(|(path, text)| format!("{path}={text}")).collect();
    let expected = [
        "scan_elements/in_voltage0_en=1",
        "scan_elements/in_voltage1_en=1",
        "scan_elements/in_timestamp_en=1",
        "current_timestamp_clock=monotonic",
        "trigger/current_trigger=timer0",
        "buffer/length=64",
        "buffer/enable=1",
    ];
    assert_eq!(paths, expected);
    let fake = driver.fake().clone();
    let acquired = fake.now();
    fake.feed_stream(&record(100, 1, acquired.0 - 10_000_000));
    fake.feed_stream(&[record(600, 1000, acquired.0 - 5_000_000), record(700, -1000, acquired.0)].concat());
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(125.0), "700 * 0.5 mV * 0.5 mmHg/mV - 50");
    assert_eq!(says(&driver, "supply"), Says::Good(-0.5));
    assert_eq!(driver.sample("arterial").unwrap().t, acquired);
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Nothing, "no news is no sample");
}

#[test]
fn a_buffer_that_runs_is_taken_over_without_a_write_and_other_peoples_channels_are_skipped() {
    let mut files = ADC.to_vec();
    files.extend([
        ("scan_elements/in_voltage0_en", "1"),
        ("scan_elements/in_voltage1_en", "1"),
        ("scan_elements/in_temp_en", "1"),
        ("scan_elements/in_temp_index", "7"),
        ("scan_elements/in_temp_type", "le:u8/8>>0"),
        ("buffer/enable", "1"),
    ]);
    let mut driver = open(ADC_CONFIG, &files);
    assert_eq!(writes(driver.fake()), []);
    // Without a time stamp of our clock: 4 + 2 + 1 bytes, padded to 8, timed by their arrival.
    driver.fake().feed_stream(&[0, 0, 200, 0, 0, 0x10, 99, 0]);
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(0.0));
    assert_eq!(says(&driver, "supply"), Says::Good(0.128));
    assert!(timed_by_arrival(&driver));
}

#[test]
fn a_record_in_two_pieces_is_put_together_and_a_wrong_stamp_is_not_believed() {
    let mut driver = open(ADC_CONFIG, ADC);
    let fake = driver.fake().clone();
    let whole = record(600, 0, fake.now().0);
    fake.feed_stream(&whole[..7]);
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Nothing);
    fake.feed_stream(&whole[7..]);
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(100.0));
    // From the future, or not later than the last one.
    for t_ns in [u64::MAX, fake.now().0 + 3_600_000_000_000, 1] {
        fake.feed_stream(&record(600, 0, t_ns));
        assert_eq!(after_a_period(&mut driver, "arterial"), Says::Uncertain(100.0, Cause::BadTime), "{t_ns}");
        assert!(timed_by_arrival(&driver));
    }
    fake.feed_stream(&record(600, 0, fake.now().0));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(100.0));
    fake.feed_stream(&record(8_388_607, 0, fake.now().0));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Bad(Cause::Saturated));
}

#[test]
fn a_silent_buffer_is_bad_after_a_second_and_one_that_was_switched_off_is_set_up_again() {
    let mut driver = open(ADC_CONFIG, ADC);
    let fake = driver.fake().clone();
    fake.feed_stream(&record(600, 0, fake.now().0));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(100.0));
    for _ in 0..4 {
        assert_eq!(after_a_period(&mut driver, "arterial"), Says::Nothing);
    }
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Bad(Cause::Timeout));
    fake.forget_requests();
    fake.attribute("buffer/enable", "0");
    fake.advance(Span::from_secs(1));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Bad(Cause::Timeout));
    assert_eq!(writes(&fake), [("buffer/enable".to_owned(), "1".to_owned())]);
    fake.feed_stream(&record(600, 0, fake.now().0));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(100.0));
}

#[test]
fn a_device_that_vanishes_is_bad_is_said_once_and_comes_back() {
    let mut driver = open(ADC_CONFIG, ADC);
    let fake = driver.fake().clone();
    fake.remove_attribute("");
    fake.fail_stream(Error::Io);
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Bad(Cause::Communication));
    for _ in 0..20 {
        assert_eq!(after_a_period(&mut driver, "arterial"), Says::Bad(Cause::Disconnected));
    }
    let said = fake.log().iter().filter(|(_, text)| text.starts_with("buffer/enable")).count();
    assert_eq!(said, 1);
    ADC.iter().for_each(|(name, text)| fake.attribute(name, text));
    fake.advance(Span::from_secs(1));
    driver.cycle();
    assert_eq!(fake.attribute_text("buffer/enable").as_deref(), Some("1"));
    fake.feed_stream(&record(600, 0, fake.now().0));
    assert_eq!(after_a_period(&mut driver, "arterial"), Says::Good(100.0));
}

#[test]
fn a_buffer_on_a_port_without_a_stream_says_so() {
    let mut driver = open(ADC_CONFIG, ADC);
    assert_eq!(driver.cycle(), Error::Unsupported.code());
    assert!(driver.fake().log().iter().any(|(_, text)| text.contains("no `stream`")));
}
