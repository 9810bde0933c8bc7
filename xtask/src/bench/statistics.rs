// SPDX-License-Identifier: MIT OR Apache-2.0
//! Medians and percentiles.

/// The median; of an even count the mean of the two in the middle.
pub fn median(values: &[f64]) -> Result<f64, String> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => Ok(f64::midpoint(*below, *above)),
        (_, Some(value)) => Ok(*value),
        (_, None) => Err("nothing was measured".to_owned()),
    }
}

/// The largest.
pub fn largest(values: &[f64]) -> Result<f64, String> {
    values.iter().copied().max_by(f64::total_cmp).ok_or_else(|| "nothing was measured".to_owned())
}

/// The ratio of each pair: what was measured in the same round.
pub fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}

/// The nearest-rank percentile of counted values, which are sorted; `total` may be more than is listed, the rest counts as
/// `largest`.
pub fn percentile(counted: &[(f64, u64)], total: u64, largest: f64, per_mille: u64) -> f64 {
    let rank = (total * per_mille).div_ceil(1000).max(1);
    let mut seen = 0;
    for (value, count) in counted {
        seen += count;
        if seen >= rank {
            return *value;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_of_nothing_there_is_none() {
        assert!((median(&[9.0, 1.0, 2.0]).unwrap() - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 2.0, 9.0]).unwrap() - 3.0).abs() < 1e-12);
        assert!(median(&[]).is_err());
    }

    #[test]
    fn what_lies_beyond_the_histogram_counts_as_the_largest() {
        let counted = [(1.0, 90), (2.0, 9)];
        let at = |per_mille| percentile(&counted, 100, 70.0, per_mille);
        assert!((at(500) - 1.0).abs() < 1e-12);
        assert!((at(990) - 2.0).abs() < 1e-12);
        assert!((at(999) - 70.0).abs() < 1e-12);
    }
}
