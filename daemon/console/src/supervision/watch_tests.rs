// SPDX-License-Identifier: MIT OR Apache-2.0
//! The supervisor against parts that hang, one by one. Time is passed in; the threads are real where the kernel is asked about them.

use super::*;
use crate::control_thread::pacing::Occasion;

const fn at(ms: u64) -> Monotonic {
    Monotonic(3_000_000_000_000 + ms * 1_000_000)
}

fn parts(care: Care) -> Parts {
    Parts { statistics: Arc::default(), vitals: Arc::default(), board: Arc::default(), care }
}

/// What moves in a look.
#[derive(Clone, Copy)]
struct Moving {
    control: bool,
    service: bool,
    hosts: bool,
    bus: bool,
}

const ALL: Moving = Moving { control: true, service: true, hosts: true, bus: true };

/// Looks each 100 ms for so long. When which part fell, and whether there ever was a doubt.
fn run(
    care: Care,
    threads: (u32, Option<u32>),
    seconds: u64,
    moving: impl Fn(u64) -> Moving,
) -> (Option<(u64, &'static str)>, bool) {
    let parts = parts(care);
    let (statistics, vitals, board) =
        (Arc::clone(&parts.statistics), Arc::clone(&parts.vitals), Arc::clone(&parts.board));
    let mut watch = Watch::new(parts, threads.0, at(0));
    watch.control_thread = threads.1;
    let mut doubted = false;
    for ms in (100..=seconds * 1000).step_by(100) {
        let moves = moving(ms);
        if moves.control {
            statistics.ticked(Occasion::Due { late: Span::ZERO, skipped: 0 }, Span::ZERO);
        }
        for (moves, vital) in
            [(moves.service, &vitals.service), (moves.hosts, &vitals.hosts), (moves.bus, &vitals.bus)]
        {
            if moves {
                vital.turn();
            }
        }
        let state = watch.look(at(ms));
        doubted |= board.facts().has(Fact::WatchdogNear);
        match state {
            State::Well => {}
            State::Fallen => panic!("it fell before it was said"),
            State::Falls(fallen) => {
                assert_eq!(watch.look(at(ms + 50)), State::Fallen, "said once, and not fed any more");
                return (Some((ms, fallen.part)), doubted);
            }
        }
    }
    (None, doubted)
}

/// A thread that waits for as long as this lives.
struct Sleeper(Option<(mpsc::Sender<()>, JoinHandle<()>)>, u32);

impl Sleeper {
    fn start() -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).unwrap();
            let _ = stopped.recv();
        });
        let tid = told.recv().unwrap();
        let begun = std::time::Instant::now();
        while account::of_thread(tid).unwrap().scheduling != ecmod_link::supervision::Scheduling::Asleep {
            assert!(begun.elapsed().as_secs() < 30);
            std::thread::yield_now();
        }
        Self(Some((stop, thread)), tid)
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            thread.join().unwrap();
        }
    }
}

fn own_thread() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()
}

#[test]
fn while_all_parts_move_there_is_neither_doubt_nor_verdict() {
    assert_eq!(run(Care::Normal, (own_thread(), None), 120, |_| ALL), (None, false));
}

#[test]
fn a_loop_that_stands_still_in_a_thread_that_sleeps_is_given_up_after_its_limit() {
    let sleeper = Sleeper::start();
    let stuck = |ms| Moving { control: ms < 1000, ..ALL };
    let (fallen, doubted) = run(Care::Careful, (own_thread(), Some(sleeper.1)), 10, stuck);
    assert_eq!(fallen, Some((2900, "control loop")), "also where optional parts are not judged");
    assert!(doubted);
}

#[test]
fn a_loop_that_does_not_count_in_a_thread_that_works_is_a_doubt_and_no_verdict() {
    // This thread is asked about, and it works: the counting must be at fault.
    let miscounts = |_| Moving { control: false, ..ALL };
    assert_eq!(run(Care::Normal, (own_thread(), Some(own_thread())), 1, miscounts).0, None);
    let unknown = run(Care::Normal, (own_thread(), Some(u32::MAX)), 30, miscounts);
    assert_eq!(unknown, (None, true), "without the kernel's word there is no second symptom");
}

#[test]
fn a_service_thread_that_sleeps_is_given_up_and_its_tasks_are_not_blamed() {
    let sleeper = Sleeper::start();
    let none = |_| Moving { service: false, hosts: false, bus: false, control: true };
    assert_eq!(run(Care::Normal, (sleeper.1, None), 30, none).0, Some((3000, "service thread")));
}

#[test]
fn a_task_that_neither_turns_nor_answers_is_given_up_unless_it_is_optional() {
    let hosts = |_| Moving { hosts: false, ..ALL };
    assert_eq!(run(Care::Normal, (own_thread(), None), 30, hosts).0, Some((15_000, "hosts' server")));
    assert_eq!(run(Care::Careful, (own_thread(), None), 30, hosts).0, Some((15_000, "hosts' server")));
    let bus = |_| Moving { bus: false, ..ALL };
    assert_eq!(run(Care::Normal, (own_thread(), None), 30, bus).0, Some((15_000, "bus")));
    assert_eq!(run(Care::Careful, (own_thread(), None), 60, bus), (None, true));
}

#[test]
fn a_task_that_answers_is_not_given_up_though_it_does_not_turn() {
    let parts = parts(Care::Normal);
    let vitals = Arc::clone(&parts.vitals);
    let mut judge = TaskJudge::new(&vitals.bus, at(0));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for ms in (100..60_000).step_by(100) {
        let verdict = judge.look(&vitals.bus, at(ms));
        assert!(!matches!(verdict, Verdict::Hung(_)), "{ms}");
        if vitals.bus.owes_an_answer() {
            runtime.block_on(vitals.bus.answer());
        }
    }
}

#[test]
fn systemd_is_fed_four_times_per_limit_and_not_at_all_if_it_does_not_watch() {
    let mut food = Food::new(Some(Duration::from_secs(2)));
    let mut feed = |looks: std::ops::Range<u64>, taken: bool| {
        let due = looks.filter(|look| {
            let is_due = food.is_due(at(look * 100));
            if is_due {
                food.given(
                    if taken { Ok(()) } else { Err(std::io::ErrorKind::WouldBlock.into()) },
                    at(look * 100),
                );
            }
            is_due
        });
        due.count()
    };
    assert_eq!(feed(0..100, true), 20, "each half second of ten seconds");
    assert_eq!(feed(100..110, false), 10, "what is not taken is tried again at the next look");
    assert_eq!(feed(110..115, true), 1);
    assert!(!Food::new(None).is_due(at(0)));
}
