// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow meter, line by line of its manual.

use super::*;

fn lines(meter: &mut BioProTt, flow: f64, count: usize) -> Vec<String> {
    for _ in 0..count * 100 {
        meter.observe(LitresPerMinute(flow));
    }
    let text = String::from_utf8(meter.take_output()).unwrap();
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[test]
fn lines_have_the_manuals_layout_ten_a_second() {
    let mut meter = BioProTt::new();
    let lines = lines(&mut meter, 4.0, 10);
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[9], "00 00 100 1.00    4000    4000    4000  +41");
    assert_eq!(lines[9].len(), 43);
}

#[test]
fn means_are_over_100_ms_1_s_and_10_s() {
    let mut meter = BioProTt::new();
    lines(&mut meter, 2.0, 100);
    assert_eq!(lines(&mut meter, 4.0, 1)[0], "00 00 100 1.00    4000    2200    2020  +41");
    assert_eq!(meter.mean_100ms(), Some(LitresPerMinute(4.0)));
}

#[test]
fn backflow_is_negative_and_standing_blood_is_near_zero() {
    assert_eq!(lines(&mut BioProTt::new(), -3.588, 1)[0], "00 00 100 1.00   -3588   -3588   -3588  +41");
    assert_eq!(lines(&mut BioProTt::new(), 0.002, 1)[0], "00 40 100 1.00       2       2       2  +41");
}

#[test]
fn faults_print_the_manuals_example_lines() {
    let mut meter = BioProTt::new();
    for (fault, expected) in [
        (FlowMeterFault::Disconnected, "00 E0 --- ---- ------- ------- -------  +35"),
        (FlowMeterFault::CouplingLost, "00 20  34 1.00 ------- ------- -------  +43"),
        (FlowMeterFault::OverTemperature, "1A 41 --- ---- ------- ------- -------  +77"),
        (FlowMeterFault::Overflow, "00 00 100 1.00 ^^^^^^^ ^^^^^^^ ^^^^^^^  +43"),
        (FlowMeterFault::Underflow, "00 00 100 1.00 vvvvvvv vvvvvvv vvvvvvv  +43"),
    ] {
        meter.set_fault(fault);
        assert_eq!(lines(&mut meter, 4.0, 1), [expected]);
        assert_eq!(meter.mean_100ms(), None);
    }
    assert_eq!(lines(&mut BioProTt::new(), 12.5, 1)[0], "00 00 100 1.00 ^^^^^^^ ^^^^^^^ ^^^^^^^  +41");
}

#[test]
fn the_commands_do_what_the_manual_says() {
    let mut meter = BioProTt::new();
    meter.receive(b"I\r");
    assert!(lines(&mut meter, 4.0, 3).is_empty());
    meter.receive(b"R\rC0.99\r");
    assert!(lines(&mut meter, 4.0, 1)[0].starts_with("00 00 100 0.99    3960"));
    meter.receive(b"C9.99\rT7\r");
    assert!(lines(&mut meter, 4.0, 1)[0].starts_with("00 00 100 0.99    3960"), "unchanged");
    meter.receive(b"T2\r");
    let after = lines(&mut meter, 4.0, 4);
    assert!(after[..3].iter().all(|line| line.starts_with("00 04 100 0.99 -------")), "{after:?}");
    assert!(after[3].starts_with("00 04 100 0.99    3960"));
    meter.receive(b"C1.00\r");
    lines(&mut meter, 0.05, 1);
    meter.receive(b"Z\r");
    assert!(lines(&mut meter, 0.05, 1)[0].starts_with("00 44 100 1.00       0"));
    meter.receive(b"S\r");
    assert!(String::from_utf8(meter.take_output()).unwrap().contains("METER SN"));
}

#[test]
fn an_unknown_letter_hangs_it_until_its_supply_is_cycled() {
    let mut meter = BioProTt::new();
    meter.receive(b"X\r");
    assert!(meter.hung() && lines(&mut meter, 4.0, 5).is_empty());
    meter.receive(b"R\r");
    assert!(lines(&mut meter, 4.0, 5).is_empty());
    meter.set_fault(FlowMeterFault::Hang);
    meter.set_fault(FlowMeterFault::None);
    assert_eq!(lines(&mut meter, 4.0, 2).len(), 2);
}
