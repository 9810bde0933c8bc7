// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far a battery is believed: what is recorded, what is estimated, what contradicts it.

use super::batteries::{BQ27200, DEAD_BUS, GEHC, MURATA, SANYO};
use super::{CONFIG, Says, cycle, open, open_with, says};
use ecmod_plugin::Level;
use ecmod_plugin::quantities::Cause;
use ecmod_plugin::testing::Harness;

#[test]
fn a_healthy_battery_reads_as_it_was_recorded() {
    let driver = open(GEHC);
    for (signal, expected) in [
        ("mains_online", 1.0),
        ("a_present", 1.0),
        ("a_usable", 1.0),
        ("a_charge", 76.0),
        ("a_time_to_empty", 438_600.0),
        ("a_voltage", 11.441),
        ("a_current", -0.026),
        ("a_temperature", 19.8),
        ("a_of_design", 102.579),
        ("a_status", 2.0),
        ("a_charging", 0.0),
        ("a_health", 1.0),
        ("a_cycles", 12.0),
    ] {
        assert_eq!(says(&driver, signal), Says::Good(expected), "{signal}");
    }
}

#[test]
fn a_battery_that_nothing_vouches_for_is_uncertain_however_full_it_is() {
    let driver = open(MURATA);
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::Estimated));
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(97.0, Cause::Estimated));
    assert_eq!(says(&driver, "a_voltage"), Says::Good(12.293));
    assert_eq!(says(&driver, "a_time_to_empty"), Says::Bad(Cause::NotReady), "it does not run empty");

    let config = r#"{"batteries": [{"name": "a", "supply": "BAT0", "failure_flags": [{"file": "pf_status", "mask": 255}]}]}"#;
    let flagged = |flags: &str| open_with(config, &[MURATA, &[("pf_status", flags)]].concat());
    assert_eq!(says(&flagged("0x0100"), "a_usable"), Says::Good(1.0), "clear flags vouch for it");
    assert_eq!(says(&flagged("0x0100"), "a_charge"), Says::Good(97.0));
    assert_eq!(says(&flagged("0x0001"), "a_usable"), Says::Good(0.0));
    assert_eq!(says(&flagged("0x0001"), "a_charge"), Says::Bad(Cause::DeviceError));
    assert_eq!(says(&flagged("???"), "a_usable"), Says::Bad(Cause::Communication));
    assert_eq!(says(&flagged("???"), "a_charge"), Says::Uncertain(97.0, Cause::Communication));
    assert_eq!(
        says(&open_with(config, MURATA), "a_usable"),
        Says::Bad(Cause::NoData),
        "configured and not there"
    );
}

#[test]
fn recorded_batteries_of_other_kinds_read_right() {
    let driver = open(BQ27200);
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(18.0, Cause::NotCalibrated));
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::NotCalibrated));
    // By the gauge 3780 s, by charge and current 3053 s: they agree.
    assert_eq!(says(&driver, "a_time_to_empty"), Says::Uncertain(3780.0, Cause::NotCalibrated));

    let magnitude = CONFIG.replace(r#""BAT0""#, r#""BAT0", "current": "magnitude""#);
    let driver = open_with(&magnitude, SANYO);
    assert_eq!(says(&driver, "a_current"), Says::Good(-2.654), "power by voltage, its sign by the status");
    assert_eq!(says(&driver, "a_of_design"), Says::Uncertain(109.996, Cause::Estimated));
    assert_eq!(
        says(&driver, "a_time_to_empty"),
        Says::Uncertain(313.855, Cause::Estimated),
        "2.42 Wh at 27.758 W"
    );
    assert_eq!(says(&driver, "a_temperature"), Says::Bad(Cause::NoData));

    let driver = open(DEAD_BUS);
    for signal in ["a_present", "a_usable", "a_charge", "a_voltage", "a_temperature", "a_health"] {
        assert_eq!(says(&driver, signal), Says::Bad(Cause::Communication), "{signal}: zeros are no battery");
    }
}

#[test]
fn a_battery_that_takes_charge_or_is_full_says_so_by_its_current_where_the_kernel_does_not_know() {
    for (status, amperes, expected) in [
        ("Charging", "-26000", Says::Good(1.0)),
        ("Full", "0", Says::Good(1.0)),
        ("Not charging", "0", Says::Good(0.0)),
        ("Discharging", "0", Says::Good(0.0)),
        ("Unknown", "800000", Says::Uncertain(1.0, Cause::Estimated)),
        ("Unknown", "-800000", Says::Uncertain(0.0, Cause::Estimated)),
        ("Unknown", "0", Says::Bad(Cause::NoData)),
        ("nonsense", "800000", Says::Bad(Cause::Communication)),
    ] {
        let driver = open(&[GEHC, &[("status", status), ("current_now", amperes)]].concat());
        assert_eq!(says(&driver, "a_charging"), expected, "{status}, {amperes} uA");
    }
}

/// The lesson of S68 and S69: a battery that showed charge and was disabled.
#[test]
fn a_battery_that_has_failed_for_good_has_no_charge_whatever_it_shows() {
    for word in
        ["Dead", "Unspecified failure", "Safety timer expire", "Blown fuse", "Cell imbalance", "No battery"]
    {
        let mut driver = open(GEHC);
        driver.fake().attribute("BAT0/health", word);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_usable"), Says::Good(0.0), "{word}");
        assert_eq!(says(&driver, "a_charge"), Says::Bad(Cause::DeviceError), "{word}");
        assert_eq!(says(&driver, "a_time_to_empty"), Says::Bad(Cause::DeviceError), "{word}");
        assert_eq!(says(&driver, "a_voltage"), Says::Good(11.441), "{word}");
        let errors =
            |driver: &Harness| driver.fake().log().iter().filter(|(level, _)| *level == Level::Error).count();
        assert_eq!(errors(&driver), 1, "{word}");
        cycle(&mut driver);
        assert_eq!(errors(&driver), 1, "{word}: said once");
        driver.fake().attribute("BAT0/health", "Good"); // another battery was put in
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Good(76.0), "{word}");
        assert_eq!(says(&driver, "a_usable"), Says::Good(1.0), "{word}");
    }
}

#[test]
fn a_battery_that_may_cut_itself_off_is_not_to_be_relied_on() {
    for word in
        ["Overheat", "Hot", "Cold", "Over voltage", "Under voltage", "Over current", "Watchdog timer expire"]
    {
        let mut driver = open(GEHC);
        driver.fake().attribute("BAT0/health", word);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_usable"), Says::Good(0.0), "{word}");
        assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, Cause::DeviceError), "{word}");
    }
    for word in ["Warm", "Cool"] {
        let driver = open(&[GEHC, &[("health", word)]].concat());
        assert_eq!(says(&driver, "a_usable"), Says::Good(1.0), "{word}");
    }
}

#[test]
fn what_contradicts_the_gauge_makes_it_uncertain() {
    let config = CONFIG.replace(r#""BAT0""#, r#""BAT0", "empty_voltage": 11.0"#);
    let contradictions: [(&str, &str, Cause); 4] = [
        ("charge_now", "1000000", Cause::Disagreement),
        ("capacity_level", "Critical", Cause::Disagreement),
        ("voltage_now", "10900000", Cause::Disagreement),
        ("capacity_error_margin", "40", Cause::NotCalibrated),
    ];
    for (file, text, cause) in contradictions {
        let mut driver = open_with(&config, GEHC);
        let before = driver.fake().attribute_text(&format!("BAT0/{file}")).unwrap();
        driver.fake().attribute(&format!("BAT0/{file}"), text);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, cause), "{file}");
        assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, cause), "{file}");
        driver.fake().attribute(&format!("BAT0/{file}"), &before);
        cycle(&mut driver);
        assert_eq!(says(&driver, "a_charge"), Says::Good(76.0), "{file}");
    }
}

#[test]
fn a_percentage_that_stands_still_under_load_is_frozen_until_it_moves() {
    // 3.9 Ah at 3.9 A: a full charge an hour, 5 % in three minutes.
    let mut driver = open(&[GEHC, &[("current_now", "-3898000"), ("current_avg", "-3898000")]].concat());
    let minutes = |driver: &mut Harness, minutes: u64| (0..minutes * 120).for_each(|_| cycle(driver));
    minutes(&mut driver, 2);
    assert_eq!(says(&driver, "a_charge"), Says::Good(76.0));
    minutes(&mut driver, 2);
    assert_eq!(says(&driver, "a_charge"), Says::Uncertain(76.0, Cause::Frozen));
    assert_eq!(says(&driver, "a_usable"), Says::Uncertain(1.0, Cause::Frozen));
    driver.fake().attribute("BAT0/capacity", "75");
    cycle(&mut driver);
    assert_eq!(says(&driver, "a_charge"), Says::Good(75.0));
}

#[test]
fn of_two_times_to_empty_that_differ_the_shorter_counts() {
    let time = |theirs: &str, amperes: &str| {
        says(
            &open(&[GEHC, &[("time_to_empty_avg", theirs), ("current_avg", amperes)]].concat()),
            "a_time_to_empty",
        )
    };
    assert_eq!(time("3600", "-2924000"), Says::Good(3600.0), "2.924 Ah at 2.924 A is an hour");
    assert_eq!(time("36000", "-2924000"), Says::Uncertain(3600.0, Cause::Disagreement));
    assert_eq!(time("600", "-2924000"), Says::Uncertain(600.0, Cause::Disagreement));
    assert_eq!(time("3932100", "-2924000"), Says::Uncertain(3600.0, Cause::Estimated), "65535 min is none");
    assert_eq!(time("soon", "0"), Says::Bad(Cause::Communication));
}
