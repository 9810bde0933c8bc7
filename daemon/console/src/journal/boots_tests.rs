// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;

const fn at(seconds: u64) -> Stamp {
    Stamp {
        wall_ns: 1_790_000_000_000_000_000 + seconds.cast_signed() * 1_000_000_000,
        monotonic_ns: seconds * 1_000_000_000,
    }
}

fn boot(name: &str) -> BootId {
    BootId::new(name)
}

#[test]
fn each_start_is_counted_and_says_how_it_ended_before() {
    let (first, before) = Boots::started(None, &boot("one"), at(1));
    assert_eq!((first.starts, first.boots, before), (1, 1, Before::First));
    let (crashed, before) = Boots::started(Some(first.clone()), &boot("one"), at(2));
    assert_eq!((crashed.starts, crashed.boots, crashed.unclean, before), (2, 1, 1, Before::Crashed));
    let (reset, before) = Boots::started(Some(crashed), &boot("two"), at(3));
    assert_eq!((reset.starts, reset.boots, reset.unclean, before), (3, 2, 2, Before::PowerLost));
    let (clean, before) = Boots::started(Some(reset.ended()), &boot("two"), at(4));
    assert_eq!((clean.starts, clean.unclean, before), (4, 2, Before::Clean));
    let (later, before) = Boots::started(Some(clean.ended()), &boot("three"), at(5));
    assert_eq!((later.boots, before), (3, Before::Clean));
    assert!(Before::Crashed.is_unclean() && !Before::First.is_unclean());
}

#[test]
fn unclean_starts_are_counted_within_a_time_over_boots_as_well() {
    let mut boots = None;
    for start in 0..5 {
        boots = Some(Boots::started(boots, &boot(if start < 3 { "one" } else { "two" }), at(start * 100)).0);
    }
    let boots = boots.unwrap();
    assert_eq!(boots.unclean, 4);
    assert_eq!(boots.unclean_within(Span::from_secs(600), at(400)), 4);
    assert_eq!(boots.unclean_within(Span::from_secs(150), at(400)), 2);
    assert_eq!(boots.unclean_within(Span::from_secs(150), at(900)), 0);
}

#[test]
fn only_so_many_are_remembered_and_there_is_room_for_them() {
    let mut boots = None;
    for start in 0..100 {
        boots = Some(Boots::started(boots, &boot(&"x".repeat(50)), at(start)).0);
    }
    let boots = boots.unwrap();
    assert_eq!((boots.unclean, boots.unclean_within(Span::from_secs(600), at(100))), (99, REMEMBERED));
    let bytes = boots.encode(u64::MAX);
    assert!(bytes.len() <= Boots::LONGEST);
    assert_eq!(Boots::decode(&bytes), Ok((boots, u64::MAX)));
}

#[test]
fn the_first_format_is_read_for_ever() {
    let (boots, _) = Boots::started(None, &boot("one"), at(1));
    let (boots, _) = Boots::started(Some(boots), &boot("two"), at(2));
    let fixture = include_bytes!("../../tests/fixtures/boots-format-1.txt");
    assert_eq!(String::from_utf8(boots.encode(2)).unwrap(), std::str::from_utf8(fixture).unwrap());
    assert_eq!(Boots::decode(fixture), Ok((boots, 2)));
}

#[test]
fn this_boot_has_an_id_and_an_unknown_one_is_never_the_same() {
    assert!(BootId::read().is_same(&BootId::read()));
    assert!(!BootId::new("").is_same(&BootId::new(" \n")));
    assert_eq!(BootId::new("a b\nc-1\n").as_str(), "abc-1");
}
