// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use proptest::prelude::*;

fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = body.to_vec();
    frame.extend(crc(body).to_le_bytes());
    frame
}

const READ_TWO: Expected = Expected { unit: 1, function: 3, shape: Shape::Data(4) };
const WRITE_ONE: Expected = Expected { unit: 1, function: 6, shape: Shape::Confirmation };

#[test]
fn the_checksum_is_that_of_the_specification() {
    // MODBUS over Serial Line V1.02, appendix B: 02 07 gives 0x1241
    assert_eq!(crc(&[0x02, 0x07]), 0x1241);
}

#[test]
fn the_answer_is_found_alone_and_behind_noise_of_any_length() {
    let answer = frame(&[1, 3, 4, 0, 111, 0, 222]);
    assert_eq!(READ_TWO.find(&answer, None), (Some(0..9), Beside::default()));
    for noise in [1, 19, 25, 200] {
        let mut line = vec![0x55; noise];
        line.extend(&answer);
        let (found, beside) = READ_TWO.find(&line, None);
        assert_eq!(found, Some(noise..noise + 9));
        assert!(beside.noise);
    }
}

#[test]
fn an_exception_answers_too() {
    assert_eq!(READ_TWO.find(&frame(&[1, 0x83, 2]), None).0, Some(0..5));
    assert_eq!(READ_TWO.find(&frame(&[1, 0x84, 2]), None).0, None);
}

#[test]
fn what_is_not_the_answer_is_named() {
    let with = |body: &[u8]| READ_TWO.find(&frame(body), None);
    let nothing = Beside::default();
    assert_eq!(with(&[2, 3, 4, 0, 1, 0, 2]), (None, Beside { other_unit: true, ..nothing }));
    assert_eq!(with(&[1, 4, 4, 0, 1, 0, 2]), (None, Beside { other_function: true, ..nothing }));
    assert_eq!(with(&[1, 3, 2, 0, 1]), (None, Beside { other_length: true, ..nothing }));
    let mut damaged = frame(&[1, 3, 4, 0, 1, 0, 2]);
    damaged[4] ^= 1;
    assert_eq!(READ_TWO.find(&damaged, None), (None, Beside { noise: true, ..nothing }));
}

#[test]
fn the_own_echo_is_passed_over_once() {
    let request = frame(&[1, 6, 0, 7, 0, 9]);
    let twice = [request.clone(), request.clone()].concat();
    assert_eq!(WRITE_ONE.find(&request, Some(&request)).0, None, "an echo confirms nothing");
    assert_eq!(WRITE_ONE.find(&twice, Some(&request)).0, Some(8..16));
}

#[test]
fn the_right_answer_is_found_behind_another_units_late_one() {
    let line = [frame(&[2, 3, 4, 9, 9, 9, 9]), frame(&[1, 3, 4, 0, 1, 0, 2])].concat();
    let (found, beside) = READ_TWO.find(&line, None);
    assert_eq!(found, Some(9..18));
    assert!(beside.other_unit && !beside.noise);
}

proptest! {
    #[test]
    fn nothing_is_ever_delivered_but_an_intact_frame_of_the_asked_kind(
        line in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..400, unit in 1_u8..4, words in 1_u8..20,
    ) {
        let expected = Expected { unit, function: 3, shape: Shape::Data(words * 2) };
        let mut body = vec![unit, 3, words * 2];
        body.extend(std::iter::repeat_n(0xA5, usize::from(words) * 2));
        let mut line = line;
        let at = at.min(line.len());
        line.splice(at..at, frame(&body));
        for end in 0..=line.len() {
            if let Some(found) = expected.find(&line[..end], None).0 {
                let frame = &line[found];
                let (body, tail) = frame.split_at(frame.len() - 2);
                prop_assert_eq!(crc(body).to_le_bytes().to_vec(), tail.to_vec());
                prop_assert_eq!(frame[0], unit);
                prop_assert!(frame[1] == 3 && frame.len() == expected.length() || frame[1] == 0x83);
            }
        }
    }

    #[test]
    fn the_answer_is_found_behind_any_noise_without_an_intact_frame_in_it(
        noise in proptest::collection::vec(any::<u8>(), 0..300)
    ) {
        let answer = frame(&[1, 3, 4, 1, 2, 3, 4]);
        let line = [noise.clone(), answer].concat();
        // a chance frame in the noise may swallow the head of the answer; the request is then repeated
        let only_noise = Beside { noise: !noise.is_empty(), ..Beside::default() };
        if READ_TWO.find(&noise, None) == (None, only_noise) {
            prop_assert!(READ_TWO.find(&line, None).0.is_some());
        }
    }
}
