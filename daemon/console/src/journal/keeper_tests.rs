// SPDX-License-Identifier: MIT OR Apache-2.0
#[cfg(test)]
mod tests {
    use super::super::zeros::Zero;
    use super::*;
    use ecmod_control::Mode;
    use ecmod_quantities::{LitresPerMinute, Rpm};

    const PATIENCE: Duration = Duration::from_secs(20);

    fn record(rpm: f64) -> Record {
        Record {
            mode: Mode::Speed,
            speed: Rpm(rpm),
            flow: LitresPerMinute(4.0),
            sweep_gas_flow: None,
            supporting: false,
        }
    }

    #[test]
    fn the_last_record_submitted_is_on_disk_after_closing() {
        let directory = tempfile::tempdir().unwrap();
        let keeper = Keeper::start(Journal::open(directory.path()).0).unwrap();
        let zeros = |value| {
            let mut zeros = Zeros::default();
            zeros.keep("pressures.venous", Zero { value, taken: 7 });
            zeros
        };
        for rpm in 0..500 {
            keeper.submit(record(f64::from(rpm)));
            keeper.submit_zeros(zeros(f64::from(rpm) / 10.0));
        }
        keeper.close(PATIENCE).unwrap();
        let (_, state, kept) = Journal::open(directory.path());
        assert_eq!((state.record, kept.record), (Some(record(499.0)), Some(zeros(49.9))));
    }

    #[test]
    fn a_disk_that_takes_nothing_is_survived_and_said_at_closing() {
        let directory = tempfile::tempdir().unwrap();
        let blocked = directory.path().join("a-file-not-a-folder");
        std::fs::write(&blocked, "").unwrap();
        let keeper = Keeper::start(Journal::open(&blocked).0).unwrap();
        keeper.submit(record(1.0));
        assert_eq!(keeper.close(PATIENCE), Err(Unfinished));
    }
}
