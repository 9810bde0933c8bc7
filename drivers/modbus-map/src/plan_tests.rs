// SPDX-License-Identifier: MIT OR Apache-2.0
//! The planner covers everything, respects every limit, and no plan needs fewer requests.

use super::*;
use proptest::prelude::*;

fn need(signal: usize, address: u16, count: u16) -> Need {
    Need { signal, table: Table::Holding, address, count }
}

fn limits(largest_gap: u16) -> Limits {
    Limits { largest_gap, registers: 125, bits: 2000, excluded: Vec::new() }
}

fn spans(reads: &[Read]) -> Vec<(u16, u16)> {
    reads.iter().map(|read| (read.address, read.count)).collect()
}

#[test]
fn neighbours_share_a_request_and_gaps_are_read_along_only_up_to_the_limit() {
    let needs = vec![need(0, 100, 2), need(1, 102, 2), need(2, 108, 1), need(3, 130, 2)];
    assert_eq!(spans(&plan(needs.clone(), &limits(4))), [(100, 9), (130, 2)]);
    assert_eq!(spans(&plan(needs.clone(), &limits(3))), [(100, 4), (108, 1), (130, 2)]);
    assert_eq!(spans(&plan(needs, &limits(21))), [(100, 32)]);
}

#[test]
fn two_bits_of_one_register_are_one_read() {
    assert_eq!(spans(&plan(vec![need(0, 7, 1), need(1, 7, 1)], &limits(0))), [(7, 1)]);
}

#[test]
fn tables_are_never_mixed() {
    let other = Need { table: Table::Input, ..need(1, 101, 1) };
    assert_eq!(plan(vec![need(0, 100, 1), other], &limits(8)).len(), 2);
}

#[test]
fn the_last_register_can_be_read() {
    assert_eq!(spans(&plan(vec![need(0, 65_534, 2), need(1, 65_530, 1)], &limits(8))), [(65_530, 6)]);
}

#[test]
fn a_refused_request_is_split_at_its_gaps_first_and_then_by_signal() {
    let read = plan(vec![need(0, 10, 2), need(1, 12, 2), need(2, 16, 1)], &limits(8)).remove(0);
    let dense = split(&read, &limits(8)).unwrap();
    assert_eq!(spans(&dense), [(10, 4), (16, 1)]);
    let single = split(&dense[0], &limits(8)).unwrap();
    assert_eq!(spans(&single), [(10, 2), (12, 2)]);
    assert_eq!(split(&single[0], &limits(8)), None);
    let shared = plan(vec![need(0, 7, 1), need(1, 7, 1)], &limits(0)).remove(0);
    assert_eq!(split(&shared, &limits(0)), None, "two bits of one register cannot be told apart on the bus");
}

/// The least number of requests for sorted needs, by trying every way to cut them.
fn least(sorted: &[Need], limits: &Limits) -> usize {
    let mut best = vec![usize::MAX; sorted.len() + 1];
    best[0] = 0;
    for end in 1..=sorted.len() {
        for start in 0..end {
            let mut read = Read {
                table: sorted[start].table,
                address: sorted[start].address,
                count: sorted[start].count,
                needs: vec![sorted[start]],
            };
            if sorted[start + 1..end].iter().all(|need| extend(&mut read, need, limits)) {
                best[end] = best[end].min(best[start].saturating_add(1));
            }
        }
    }
    best[sorted.len()]
}

fn any_need() -> impl Strategy<Value = Need> {
    let table = prop_oneof![Just(Table::Holding), Just(Table::Input), Just(Table::Coil)];
    (table, prop_oneof![0u16..60, 65_000u16..=65_531], 1u16..=4).prop_map(|(table, address, count)| Need {
        signal: 0,
        table,
        address,
        count,
    })
}

proptest! {
    #[test]
    fn every_need_is_covered_within_all_limits_by_the_least_number_of_requests(
        mut needs in proptest::collection::vec(any_need(), 0..12),
        largest_gap in 0u16..12, registers in 4u16..40, bits in 4u16..40,
        excluded in proptest::collection::vec((0u16..70, 0u16..4), 0..3),
    ) {
        let excluded: Vec<Excluded> = excluded
            .into_iter()
            .map(|(first, length)| Excluded { table: Table::Holding, first, last: first + length })
            .collect();
        let limits = Limits { largest_gap, registers, bits, excluded };
        needs.retain(|need| limits.allows(need.table, u32::from(need.address), need.end()));
        for (index, need) in needs.iter_mut().enumerate() {
            need.signal = index;
        }
        let reads = plan(needs.clone(), &limits);

        let mut served: Vec<usize> = Vec::new();
        for read in &reads {
            let end = u32::from(read.address) + u32::from(read.count);
            prop_assert!(read.count >= 1 && read.count <= limits.items(read.table) && end <= 65_536);
            prop_assert!(limits.allows(read.table, u32::from(read.address), end), "{:?}", read);
            for need in &read.needs {
                prop_assert!(need.table == read.table && need.address >= read.address && need.end() <= end);
                served.push(need.signal);
            }
        }
        served.sort_unstable();
        prop_assert_eq!(served, (0..needs.len()).collect::<Vec<_>>());

        needs.sort_by_key(|need| (need.table, need.address, need.count));
        prop_assert_eq!(reads.len(), least(&needs, &limits));
    }

    #[test]
    fn splitting_ends_and_loses_nobody(needs in proptest::collection::vec(any_need(), 1..12)) {
        let limits = limits(8);
        let mut open = plan(needs.clone(), &limits);
        let mut served = 0;
        let mut rounds = 0;
        while let Some(read) = open.pop() {
            rounds += 1;
            prop_assert!(rounds < 1000);
            match split(&read, &limits) {
                Some(parts) => open.extend(parts),
                None => served += read.needs.len(),
            }
        }
        prop_assert_eq!(served, needs.len());
    }
}
