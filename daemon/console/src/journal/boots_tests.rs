// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;

fn boot(name: &str) -> BootId {
    BootId::new(name)
}

#[test]
fn each_start_is_counted_and_says_how_it_ended_before() {
    let (first, before) = Boots::started(None, &boot("one"));
    assert_eq!((first.starts, first.boots, before), (1, 1, Before::First));
    let (crashed, before) = Boots::started(Some(first.clone()), &boot("one"));
    assert_eq!((crashed.starts, crashed.boots, crashed.unclean, before), (2, 1, 1, Before::Crashed));
    let (reset, before) = Boots::started(Some(crashed), &boot("two"));
    assert_eq!((reset.starts, reset.boots, reset.unclean, before), (3, 2, 2, Before::PowerLost));
    let (clean, before) = Boots::started(Some(reset.ended()), &boot("two"));
    assert_eq!((clean.starts, clean.unclean, before), (4, 2, Before::Clean));
    let (later, before) = Boots::started(Some(clean.ended()), &boot("three"));
    assert_eq!((later.boots, before), (3, Before::Clean));
    assert!(Before::Crashed.is_unclean() && !Before::First.is_unclean());
}

#[test]
fn the_longest_account_has_room() {
    let name = "x".repeat(50);
    let boots =
        Boots { starts: u64::MAX, boots: u64::MAX, unclean: u64::MAX, boot: boot(&name), is_running: true };
    let bytes = boots.encode(u64::MAX);
    assert!(bytes.len() <= Boots::LONGEST);
    assert_eq!(Boots::decode(&bytes), Ok((boots.clone(), u64::MAX)));
    assert_eq!(Boots::started(Some(boots), &boot("other")).0.starts, u64::MAX, "it does not begin anew");
}

#[test]
fn the_first_format_is_read_for_ever() {
    let (boots, _) = Boots::started(None, &boot("one"));
    let (boots, _) = Boots::started(Some(boots), &boot("two"));
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
