// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host seen through its image, with the host's side played by the test.

use super::*;
use ecmod_control::{Annunciation, Boot, ClampDemand, ClampPosition, Core, PumpPreset, Settings};
use ecmod_link::image::{Demand, Fallback, HostImage, Layout};
use proptest::prelude::*;

const PERIOD: Span = Span::from_millis(10);
const RANGE: Bounds = Bounds { min: -10.0, max: 10.0 };
const SPEED: Bounds = Bounds { min: 0.0, max: 4000.0 };

const fn at(ms: u64) -> Monotonic {
    Monotonic(1_000_000_000 + ms * 1_000_000)
}

struct Pair {
    daemon: Attachment,
    runs: Arc<AtomicBool>,
    demands: Outputs,
    host: HostImage,
    readings: [Reading; 4],
    statistics: Statistics,
}

impl Pair {
    /// Two inputs, of which the second is source 2; four outputs: pump, gas, a clamp and the lamps.
    fn new(held: Option<f64>) -> Self {
        let layout = Layout::new(2, 4).unwrap();
        let (image, file) = DaemonImage::create(layout).unwrap();
        let declared = Declared { bounds: RANGE, longest_age: Span::from_millis(300), max_slew: None };
        let runs = Arc::new(AtomicBool::new(true));
        let output =
            |slot, command, bounds, held| Output::new(slot, command, bounds, held, Arc::clone(&runs));
        let daemon = Attachment {
            port: 0,
            heard: image.heard(),
            image: Arc::new(image),
            hung_up: Arc::new(AtomicBool::new(false)),
            inputs: vec![Input::new(1, 2, declared)],
            outputs: vec![
                output(0, Command::PumpSpeed, SPEED, held),
                output(1, Command::SweepGasFlow, RANGE, None),
                output(2, Command::Clamp(Clamp::Return), Bounds { min: 0.0, max: 1.0 }, None),
                output(3, Command::AlarmLamp, Bounds { min: 0.0, max: 3.0 }, None),
            ],
            pulse: Pulse::new(PERIOD, at(0)),
        };
        let host = HostImage::attach(file, layout).unwrap();
        let demands = *Core::new(Settings::for_pump(PumpPreset::RotaflowLike), Boot::Cold).unwrap().outputs();
        Self {
            daemon,
            runs,
            demands,
            host,
            readings: [Reading::NO_DATA; 4],
            statistics: Statistics::default(),
        }
    }

    fn publish(&self, value: f64, t: Monotonic, sequence: u64) {
        self.host.beat(t);
        self.host.publish(1, Sample { value, t, quality: 1, cause: 0, sequence });
    }

    /// What the core demands at `now`. True if it rings.
    fn demand(&mut self, now: Monotonic, change: impl FnOnce(&mut Outputs)) -> bool {
        change(&mut self.demands);
        self.daemon.demand(&self.demands, now)
    }

    fn read(&mut self, now: Monotonic) -> Reading {
        self.host.beat(now);
        assert!(self.daemon.read(&mut self.readings, now, &self.statistics));
        self.readings[2]
    }
}

#[test]
fn a_sample_becomes_the_reading_of_its_source_and_of_no_other() {
    let mut pair = Pair::new(None);
    assert_eq!(pair.read(at(0)), Reading::NO_DATA);
    pair.publish(4.0, at(9), 77);
    assert_eq!(pair.read(at(10)), Reading::good(4.0, at(9), 1));
    assert_eq!(pair.readings[0], Reading::NO_DATA);
    assert_eq!(pair.read(at(20)), Reading::good(4.0, at(9), 1), "no news: the reading stays, and ages");
}

#[test]
fn a_sample_older_than_the_driver_allows_is_stale() {
    let mut pair = Pair::new(None);
    pair.publish(4.0, at(0), 1);
    assert!(pair.read(at(300)).value().is_some());
    assert_eq!(pair.read(at(301)).cause(), Cause::Stale);
    pair.publish(5.0, at(310), 2);
    assert_eq!(pair.read(at(310)).value(), Some(5.0), "news end it");
}

#[test]
fn time_that_runs_backwards_or_lies_in_the_future_is_bad() {
    let mut pair = Pair::new(None);
    pair.publish(4.0, at(100), 1);
    assert!(pair.read(at(100)).value().is_some());
    pair.publish(4.0, at(99), 2);
    assert_eq!(pair.read(at(101)).cause(), Cause::BadTime);
    pair.publish(4.0, at(200), 3);
    assert_eq!(pair.read(at(102)).cause(), Cause::BadTime);
    pair.publish(4.0, at(110), 4);
    let reading = pair.read(at(109));
    assert_eq!((reading.value(), reading.acquired()), (Some(4.0), at(109)), "it came in during the tick");
}

#[test]
fn a_lie_about_time_does_not_blind_the_source_for_ever() {
    let mut pair = Pair::new(None);
    pair.publish(4.0, Monotonic(u64::MAX), 1);
    assert_eq!(pair.read(at(10)).cause(), Cause::BadTime);
    pair.publish(4.0, at(20), 2);
    assert_eq!(pair.read(at(20)).value(), Some(4.0));
}

#[test]
fn a_heartbeat_that_stands_still_is_a_lost_host_and_one_that_beats_again_is_not() {
    let mut pair = Pair::new(Some(3000.0));
    pair.publish(4.0, at(0), 1);
    assert!(pair.read(at(0)).value().is_some());
    let Pair { daemon, readings, statistics, .. } = &mut pair;
    for ms in (10..=60).step_by(10) {
        assert!(daemon.read(readings, at(ms), statistics), "60 ms are allowed");
    }
    assert!(!daemon.read(readings, at(61), statistics));
    assert_eq!(readings[2].cause(), Cause::HostLost);
    assert_eq!(pair.read(at(70)).cause(), Cause::HostLost, "it moves, and has said nothing new");
    pair.publish(4.5, at(75), 2);
    assert_eq!(pair.read(at(75)).value(), Some(4.5));
}

#[test]
fn a_loop_that_stood_still_itself_does_not_judge_a_host_by_that() {
    let mut pair = Pair::new(Some(3000.0));
    pair.publish(4.0, at(0), 1);
    assert!(pair.read(at(0)).value().is_some());
    let Pair { daemon, readings, statistics, .. } = &mut pair;
    for ms in [150, 160, 170, 180, 190] {
        assert!(daemon.read(readings, at(ms), statistics), "{ms} ms: of the first 150 ms it knows nothing");
    }
    assert!(!daemon.read(readings, at(200), statistics), "and of the rest it does");
}

#[test]
fn a_hung_up_host_is_lost_at_the_next_look_however_its_heart_beats() {
    let mut pair = Pair::new(None);
    pair.publish(4.0, at(0), 1);
    assert!(pair.read(at(0)).value().is_some());
    pair.daemon.hung_up.store(true, Ordering::Release);
    pair.publish(4.1, at(1), 2);
    assert!(!pair.daemon.read(&mut pair.readings, at(1), &pair.statistics));
    let lost = pair.readings[2];
    assert_eq!((lost.cause(), lost.acquired()), (Cause::HostLost, at(1)));
    assert!(lost.sequence() > 1, "the core sees that it is news");
}

#[test]
fn the_daemon_shows_its_own_heart() {
    let mut pair = Pair::new(None);
    pair.read(at(5));
    let first = pair.host.daemon_beat();
    pair.read(at(15));
    let second = pair.host.daemon_beat();
    assert!(second.0 != first.0 && second.1 == at(15));
}

#[test]
fn the_pump_is_there_only_while_its_driver_runs_and_says_what_it_was_last_asked_for() {
    let mut pair = Pair::new(Some(3000.0));
    assert_eq!(pair.daemon.pump(), Some(PumpLink::Present { held: Some(Rpm(3000.0)), local: false }));
    assert!(pair.demand(at(1), |demands| demands.pump_speed = Some(Rpm(3100.0))));
    assert_eq!(pair.daemon.pump(), Some(PumpLink::Present { held: Some(Rpm(3100.0)), local: false }));
    let Pair { daemon, .. } = &mut pair;
    daemon.outputs = vec![daemon.outputs[0].clone().set_by_keys(true)];
    assert_eq!(
        daemon.pump(),
        Some(PumpLink::Present { held: Some(Rpm(3100.0)), local: false }),
        "we have asked since"
    );
    let mut pair = Pair::new(Some(3300.0));
    pair.daemon.outputs[0] = pair.daemon.outputs[0].clone().set_by_keys(true);
    assert_eq!(pair.daemon.pump(), Some(PumpLink::Present { held: Some(Rpm(3300.0)), local: true }));
    assert!(pair.daemon.has_clamp(Clamp::Return) && !pair.daemon.has_clamp(Clamp::Drainage));
    pair.runs.store(false, Ordering::Release);
    assert_eq!(pair.daemon.pump(), None);
    assert!(!pair.daemon.has_clamp(Clamp::Return));
}

#[test]
fn a_demand_is_written_when_it_changes_and_rings_then_only() {
    let mut pair = Pair::new(None);
    assert!(pair.demand(at(0), |_| {}), "the lamps' first");
    assert!(
        (0..3).all(|output| pair.host.demand(output) == Slot::Empty),
        "nothing is demanded before anything was"
    );
    assert!(pair.demand(at(1), |demands| demands.pump_speed = Some(Rpm(3000.0))));
    let written = Demand { value: 3000.0, t: at(1), sequence: 1, valid: true, fallback: None };
    assert_eq!(pair.host.demand(0), Slot::Value(written));
    assert!(!pair.demand(at(2), |_| {}));
    assert_eq!(pair.host.demand(0), Slot::Value(written));
    assert!(pair.demand(at(3), |demands| demands.pump_speed = None));
    assert!(matches!(pair.host.demand(0), Slot::Value(Demand { valid: false, .. })));
    assert_eq!(pair.host.demand(1), Slot::Empty, "the other command is not concerned");
    let close = |request| {
        let asked = at(3 + u64::from(request));
        Some(ClampDemand { position: ClampPosition::Closed, request, at: asked })
    };
    assert!(pair.demand(at(10), |demands| demands.clamps.return_clamp = close(1)));
    let closed = Demand { value: 1.0, t: at(4), sequence: 1, valid: true, fallback: None };
    assert_eq!(pair.host.demand(2), Slot::Value(closed));
    assert!(!pair.demand(at(11), |demands| demands.clamps.return_clamp = close(1)), "it stands");
    assert!(pair.demand(at(12), |demands| demands.clamps.return_clamp = close(2)), "asked for again");
    assert_eq!(
        pair.host.demand(2),
        Slot::Value(Demand { t: at(5), sequence: 2, ..closed }),
        "when it was asked"
    );
}

#[test]
fn with_a_lowered_demand_the_host_is_told_what_to_give_back_and_only_news_of_it_rings() {
    let mut pair = Pair::new(None);
    pair.demand(at(0), |_| {});
    let said = ecmod_control::Fallback { until: at(20_000), then: Rpm(3500.0), slew: Rpm(150.0) };
    let lowered = |speed: f64, said| {
        move |demands: &mut Outputs| {
            (demands.pump_speed, demands.fallback) = (Some(Rpm(speed)), said);
        }
    };
    let written = |pair: &Pair| match pair.host.demand(0) {
        Slot::Value(demand) => (demand.value, demand.fallback),
        other => panic!("{other:?}"),
    };
    assert!(pair.demand(at(1), lowered(3000.0, None)));
    assert!(pair.demand(at(2), lowered(3000.0, Some(said))), "that there is one");
    let told = Fallback { until: at(20_000), then: 3500.0, slew: 150.0 };
    assert_eq!(written(&pair), (3000.0, Some(told)));
    let later = ecmod_control::Fallback { until: at(30_000), ..said };
    assert!(!pair.demand(at(3), lowered(3000.0, Some(later))), "another one is there for whoever looks");
    assert_eq!(written(&pair), (3000.0, Some(Fallback { until: at(30_000), ..told })));
    assert!(pair.demand(at(4), lowered(2900.0, Some(later))));
    assert!(pair.demand(at(5), lowered(2900.0, None)), "that there is none any more");
    assert_eq!(written(&pair), (2900.0, None));
    let beyond = ecmod_control::Fallback { then: Rpm(9_000.0), ..said };
    pair.demand(at(6), lowered(2900.0, Some(beyond)));
    assert_eq!(written(&pair), (2900.0, Some(Fallback { then: 4000.0, ..told })), "the driver's range");
    pair.demand(at(7), lowered(4000.0, Some(beyond)));
    assert_eq!(written(&pair), (4000.0, None), "nothing is left to give back");
}

#[test]
fn the_annunciators_demand_is_fresh_at_every_tick_and_rings_only_when_it_changes() {
    let mut pair = Pair::new(None);
    pair.demand(at(0), |_| {});
    for tick in 1..=5 {
        assert!(!pair.demand(at(10 * tick), |_| {}));
        let fresh = Demand { value: 0.0, t: at(10 * tick), sequence: tick + 1, valid: true, fallback: None };
        assert_eq!(pair.host.demand(3), Slot::Value(fresh));
    }
    assert!(pair.demand(at(60), |demands| demands.alarm_lamp = Annunciation::High));
    let alarm = Demand { value: 3.0, t: at(60), sequence: 7, valid: true, fallback: None };
    assert_eq!(pair.host.demand(3), Slot::Value(alarm));
}

#[test]
fn a_demand_stays_in_the_drivers_range_and_zero_stays_zero() {
    let bounds = Bounds { min: 80.0, max: 4000.0 };
    let narrow = Output::new(0, Command::PumpSpeed, bounds, None, Arc::default());
    for (asked, carried_out) in [(0.0, 0.0), (-5.0, 0.0), (3.0, 80.0), (3000.0, 3000.0), (5000.0, 4000.0)] {
        assert!((narrow.carried_out(asked) - carried_out).abs() < 1e-12, "{asked}");
    }
    let mut pair = Pair::new(None);
    pair.demand(at(1), |demands| demands.pump_speed = Some(Rpm(f64::NAN)));
    assert_eq!(pair.host.demand(0), Slot::Empty);
}

proptest! {
    #[test]
    fn whatever_words_a_host_writes_a_value_is_in_range_and_not_from_the_future(
        samples in prop::collection::vec(
            (any::<f64>(), any::<u64>(), 0..5_u32, 0..30_u32, any::<u64>(), any::<bool>()), 1..40,
        ),
    ) {
        let mut pair = Pair::new(None);
        let mut sequence = 0;
        for (step, (value, t, quality, cause, raw_sequence, near)) in samples.into_iter().enumerate() {
            let now = at(10 * u64::try_from(step).unwrap());
            let t = if near { Monotonic(now.0 - t % 1000) } else { Monotonic(t) };
            let value = if near { value % 10.0 } else { value };
            pair.host.publish(1, Sample { value, t, quality, cause, sequence: raw_sequence });
            let reading = pair.read(now);
            prop_assert!(reading.value().is_none_or(|value| RANGE.contain(value)));
            prop_assert!(reading.acquired() <= now);
            prop_assert!(reading.sequence() >= sequence, "the sequence never goes back");
            sequence = reading.sequence();
        }
    }
}
