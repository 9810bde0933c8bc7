// SPDX-License-Identifier: MIT OR Apache-2.0
use proptest::collection::vec;
use proptest::prelude::*;

use super::answer::{decode_levels, encode_levels};
use super::request::Builder;
use super::*;
use crate::{Error, MAX_BYTES, MAX_LINES, MAX_MESSAGE, MAX_STEPS};

fn name() -> impl Strategy<Value = Name> {
    "[a-zA-Z0-9_:. é]{0,15}".prop_map(|text| Name::cut(&text))
}

fn line() -> impl Strategy<Value = LineRequest> {
    let select = prop_oneof![any::<u32>().prop_map(Select::Offset), name().prop_map(Select::Name)];
    let edges = prop::sample::select(vec![Edge::None, Edge::Rising, Edge::Falling, Edge::Both]);
    let drives = prop::sample::select(vec![Drive::PushPull, Drive::OpenDrain, Drive::OpenSource]);
    let biases = prop::sample::select(vec![Bias::AsIs, Bias::PullUp, Bias::PullDown, Bias::Disabled]);
    let direction = prop_oneof![
        (edges, any::<u32>()).prop_map(|(edge, debounce_us)| Direction::Input { edge, debounce_us }),
        (any::<Option<bool>>(), drives).prop_map(|(initial, drive)| Direction::Output { initial, drive }),
    ];
    (select, direction, biases, any::<bool>()).prop_map(|(select, direction, bias, active_low)| LineRequest {
        select,
        direction,
        bias,
        active_low,
    })
}

proptest! {
    #[test]
    fn whatever_arrives_is_read_or_refused(message in vec(any::<u8>(), 0..200)) {
        let _ = Request::decode(&message);
        let _ = FromServer::decode(&message);
    }

    #[test]
    fn a_damaged_request_is_read_or_refused(
        lines in vec(line(), 0..8), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>(),
    ) {
        let mut buffer = [0; MAX_MESSAGE];
        let length = Builder::lines(&mut buffer, 1, &Name::default(), &lines).unwrap();
        let message = &mut buffer[..length];
        let place = at.index(message.len());
        message[place] = byte;
        let _ = Request::decode(message);
        let shorter = cut.index(message.len());
        prop_assert!(Request::decode(&message[..shorter]).is_err() || message[0] != 4);
    }

    #[test]
    fn an_spi_request_arrives_as_it_was_sent(
        shapes in vec((0_u16..300, any::<bool>(), any::<bool>(), any::<u32>()), 0..=MAX_STEPS.min(13)), sequence: u32, seed: u8,
    ) {
        let steps: Vec<SpiStep> = shapes.into_iter()
            .map(|(length, sends, receives, delay_ns)| SpiStep { length, sends, receives, delay_ns }).collect();
        let total: usize = steps.iter().map(|step| usize::from(step.length)).sum();
        let out: Vec<u8> = (0..=255_u8).cycle().take(total).map(|at| at.wrapping_mul(seed)).collect();
        let mut buffer = [0; MAX_MESSAGE];
        let length = Builder::spi(&mut buffer, sequence, &steps, &out).unwrap();
        prop_assert_eq!(Request::decode(&buffer[..length]).unwrap(), (sequence, Request::Spi { steps, out: &out }));
    }

    #[test]
    fn requests_for_lines_arrive_as_they_were_sent(lines in vec(line(), 0..=MAX_LINES), consumer in name()) {
        let mut buffer = [0; MAX_MESSAGE];
        let length = Builder::lines(&mut buffer, 7, &consumer, &lines).unwrap();
        prop_assert_eq!(Request::decode(&buffer[..length]).unwrap(), (7, Request::Lines { consumer, lines }));
    }

    #[test]
    fn answers_and_events_arrive_as_they_were_sent(
        bytes in vec(any::<u8>(), 0..MAX_BYTES), sequence: u32, errno in 1..200_i32, holder in name(), line: u8, rising: bool, t_ns: u64,
    ) {
        for message in [
            FromServer::Answer(sequence, Answer::Done(&bytes)),
            FromServer::Answer(sequence, Answer::Refused { errno, holder }),
            FromServer::Event(Event { line, rising, t_ns, sequence }),
        ] {
            let mut buffer = [0; MAX_MESSAGE];
            let length = message.encode(&mut buffer).unwrap();
            prop_assert_eq!(FromServer::decode(&buffer[..length]).unwrap(), message);
        }
    }
}

#[test]
fn i2c_and_the_small_messages_arrive_as_they_were_sent() {
    let mut buffer = [0; MAX_MESSAGE];
    let steps = [I2cStep { length: 1, read: false }, I2cStep { length: 2, read: true }];
    let length = Builder::i2c(&mut buffer, 3, 0x48, &steps, &[9, 0, 0]).unwrap();
    let request = Request::I2c { address: 0x48, steps: steps.to_vec(), out: &[9, 0, 0] };
    assert_eq!(Request::decode(&buffer[..length]).unwrap(), (3, request));

    let levels = Levels::default().with(0, true).with(63, false).with(64, true);
    let length = Builder::set(&mut buffer, 4, levels).unwrap();
    assert_eq!(Request::decode(&buffer[..length]).unwrap(), (4, Request::Set(levels)));
    assert_eq!(decode_levels(&encode_levels(levels)).unwrap(), levels);
    assert_eq!(
        (levels.of(0), levels.of(1), levels.of(63), levels.of(64)),
        (Some(true), None, Some(false), None)
    );

    for bus in [Bus::Spi { mode: 1, max_hz: 4_000_000 }, Bus::I2c, Bus::Lines] {
        let hello = Hello { bus, consumer: Name::new("ecmod:adc").unwrap() };
        let length = Builder::hello(&mut buffer, 0, &hello).unwrap();
        assert_eq!(Request::decode(&buffer[..length]).unwrap(), (0, Request::Hello(hello)));
        buffer[5] = buffer[5].wrapping_add(1);
        assert!(matches!(Request::decode(&buffer[..length]), Err(Error::Malformed("another version"))));
    }
}

#[test]
fn what_does_not_fit_is_not_sent() {
    let mut buffer = [0; MAX_MESSAGE];
    let step = SpiStep { length: 4097, ..SpiStep::default() };
    assert!(matches!(Builder::spi(&mut buffer, 0, &[step], &[0; 4097]), Err(Error::TooLong(_))));
    assert!(matches!(Builder::spi(&mut buffer, 0, &[step; 17], &[]), Err(Error::TooLong(_))));
    assert!(matches!(
        Builder::spi(&mut buffer, 0, &[step], &[0; 4]),
        Err(Error::TooLong(_) | Error::Malformed(_))
    ));
    let full = SpiStep { length: 256, ..SpiStep::default() };
    assert!(
        Builder::spi(&mut buffer, 0, &[full; MAX_STEPS], &[0; MAX_BYTES]).is_ok(),
        "the largest one fits"
    );
    assert!(Name::new("a name that is longer than thirty-one bytes").is_err());
    assert_eq!(Name::cut("a name that is longer than thirty-one bytes").as_str().len(), 31);
}
