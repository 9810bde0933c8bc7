// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::entry::Stamp;
use super::super::window::About;
use super::*;
use ecmod_quantities::{Cause, Monotonic};

fn recorded() -> Recorded {
    let good = |value| Cell { value: Some(value), quality: Quality::Good, cause: Cause::None };
    let bad = Cell { value: None, quality: Quality::Bad, cause: Cause::HostLost };
    let unsure = Cell { value: Some(-42.5), quality: Quality::Uncertain, cause: Cause::NearZero };
    let frame = |ms: u64, demand, cells: [Cell; 2]| Frame {
        at: Monotonic(ms * 1_000_000),
        demand,
        limit: "none",
        cells: cells.into_iter().collect(),
    };
    Recorded {
        number: 42,
        about: About {
            intervention: "suction".into(),
            began: Stamp { wall_ns: 1_790_000_000_123_456_789, monotonic_ns: 5_000_000_000 },
            details: vec![
                ("trigger".into(), "12.5 mmHg, limit 10".into()),
                ("two\nlines".into(), "x\ty".into()),
            ],
        },
        columns: vec![
            Column { name: "blood_flow".into(), unit: "L/min" },
            Column { name: "venous_pressure".into(), unit: "mmHg" },
        ]
        .into(),
        frames: vec![
            frame(4_980, Some(3100.0), [good(4.01), unsure]),
            frame(5_000, Some(3100.5), [good(4.0), bad]),
            frame(15_000, None, [bad, bad]),
        ],
        is_complete: true,
    }
}

const TEXT: &str = "\
# ecmod intervention record 1
# number: 42
# intervention: suction
# began: 2026-09-21T14:13:20.123Z
# began_monotonic_ns: 5000000000
# complete: yes
# trigger: 12.5 mmHg, limit 10
# two lines: x y
time_s,demand_rpm,limit,blood_flow [L/min],blood_flow quality,venous_pressure [mmHg],venous_pressure quality
-0.020,3100,none,4.01,,-42.5,uncertain: near_zero
0.000,3100.5,none,4,,,bad: host_lost
10.000,,none,,bad: host_lost,,bad: host_lost
";

#[test]
fn the_table_is_as_it_is_described() {
    let bytes = encode(&recorded());
    let checksum = format!("# crc32: {:08x}\n", crc32fast::hash(TEXT.as_bytes()));
    assert_eq!(String::from_utf8(bytes).unwrap(), format!("{TEXT}{checksum}"));
}

#[test]
fn every_row_has_every_column() {
    let columns: Vec<usize> =
        TEXT.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').count()).collect();
    assert_eq!(columns, [7, 7, 7, 7]);
}

#[test]
fn a_file_that_is_cut_at_any_byte_or_changed_is_known_not_to_be_whole() {
    let bytes = encode(&recorded());
    assert!(is_whole(&bytes));
    for cut in 0..bytes.len() {
        assert!(!is_whole(&bytes[..cut]), "after {cut} bytes");
        let mut changed = bytes.clone();
        changed[cut] ^= 1;
        assert!(!is_whole(&changed), "at {cut}");
    }
}
