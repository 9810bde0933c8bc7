// SPDX-License-Identifier: MIT OR Apache-2.0
//! One step of the hydraulic network.
//!
//! The circuit is a chain of storages: pressures in compliances and flows in inertances, each coupled to its two
//! neighbours alone:
//!
//! ```text
//! p_vein - q_drain - p_ven - q_pump - p_art - q_return
//! ```
//!
//! Each step is a *linearly implicit Euler* step: every loss is linearised at the present flow, and the tridiagonal
//! system for the increments is solved by the Thomas algorithm. The method is L-stable: an occluded line
//! (resistance x 10 000, time constant far below the step) or a collapsing vein damps and never rings, where an
//! explicit method of any order would need steps of microseconds. It is first order in time; at 1 ms and the circuit's
//! time constants of 20 ms and more the error is below the sensors' noise. Steady states are exact.

/// One storage of the chain: `capacity dx/dt = source + previous - next - resistance x`, for its state `x`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Storage {
    /// Compliance in (L/min) s/mmHg or inertance in mmHg s/(L/min).
    pub capacity: f64,
    /// All that does not depend on the neighbours, at the present state.
    pub source: f64,
    /// By how much `source` falls per unit of the state: the linearised loss, never negative.
    pub resistance: f64,
}

/// The number of storages.
pub(super) const STORAGES: usize = 6;

/// Advances the chain by `dt` seconds. States and storages are in chain order.
pub(super) fn step(states: &mut [f64; STORAGES], storages: &[Storage; STORAGES], dt: f64) {
    // Forward elimination. Row i: -d[i-1] + diagonal d[i] + d[i+1] = residual, for the increments d.
    let mut upper = [0.0; STORAGES];
    let mut right = [0.0; STORAGES];
    let (mut before_upper, mut before_right, mut before_state) = (0.0, 0.0, 0.0);
    let [_, second, third, fourth, fifth, sixth] = *states;
    let following = [second, third, fourth, fifth, sixth, 0.0];
    for ((((upper, right), storage), state), next) in
        upper.iter_mut().zip(&mut right).zip(storages).zip(states.iter()).zip(following)
    {
        let residual = storage.source + before_state - next;
        let diagonal = storage.capacity / dt + storage.resistance;
        let pivot = diagonal + before_upper;
        *upper = 1.0 / pivot;
        *right = (residual + before_right) / pivot;
        (before_upper, before_right, before_state) = (*upper, *right, *state);
    }
    // Back substitution.
    let mut after = 0.0;
    for ((state, upper), right) in states.iter_mut().zip(upper).zip(right).rev() {
        after = right - upper * after;
        *state += after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of equal RLC links driven at its head, against a straightforward dense solve.
    #[test]
    fn the_tridiagonal_solve_is_the_dense_one() {
        let mut storages = [Storage::default(); STORAGES];
        for (index, storage) in storages.iter_mut().enumerate() {
            let index = index as f64;
            *storage = Storage { capacity: 0.1 + index, source: 3.0 - index, resistance: 0.5 * index };
        }
        let start = [1.0, -2.0, 0.5, 4.0, 0.0, 2.0];
        let mut fast = start;
        step(&mut fast, &storages, 0.01);

        let mut matrix = vec![vec![0.0; STORAGES + 1]; STORAGES];
        for i in 0..STORAGES {
            matrix[i][i] = storages[i].capacity / 0.01 + storages[i].resistance;
            matrix[i][STORAGES] = storages[i].source;
            if i > 0 {
                matrix[i][i - 1] = -1.0;
                matrix[i][STORAGES] += start[i - 1];
            }
            if i + 1 < STORAGES {
                matrix[i][i + 1] = 1.0;
                matrix[i][STORAGES] -= start[i + 1];
            }
        }
        for i in 0..STORAGES {
            for row in 0..STORAGES {
                if row != i {
                    let factor = matrix[row][i] / matrix[i][i];
                    let pivot = matrix[i].clone();
                    for (element, above) in matrix[row].iter_mut().zip(pivot) {
                        *element -= factor * above;
                    }
                }
            }
        }
        for i in 0..STORAGES {
            let dense = start[i] + matrix[i][STORAGES] / matrix[i][i];
            assert!((dense - fast[i]).abs() < 1e-9, "storage {i}: {dense} against {}", fast[i]);
        }
    }
}
