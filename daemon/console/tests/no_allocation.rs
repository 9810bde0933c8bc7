// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control thread neither allocates nor frees, whatever hosts and operators do: the real thread, thousands of ticks,
//! every allocation of the process counted by thread.
// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::alloc::{GlobalAlloc, Layout as AllocLayout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ecmod_console::clock;
use ecmod_console::control_thread::attachment::{Attachment, Declared, Input, Pulse};
use ecmod_console::control_thread::channels::{Envelope, ServiceEnd, channels};
use ecmod_console::control_thread::command::{Command, Output};
use ecmod_console::control_thread::statistics::Statistics;
use ecmod_console::control_thread::{ControlThread, Pace};
use ecmod_control::{Boot, Core, Mode, PumpPreset, Request, Role, Settings, SignalSettings};
use ecmod_link::image::{Bounds, DaemonImage, HostImage, Layout, Sample};
use ecmod_quantities::{LitresPerMinute, Quantity, Rpm, Span};

/// Leaves room for urgent ticks.
const PERIOD: Span = Span::from_millis(2);
const TICKS: u64 = 2000;
const LIMIT: Duration = Duration::from_secs(60);

struct Counting;

static WATCHED: AtomicI32 = AtomicI32::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

fn count() {
    let watched = WATCHED.load(Ordering::Relaxed);
    // SAFETY: gettid takes nothing and cannot fail.
    if watched != 0 && unsafe { libc::gettid() } == watched {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: everything is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: AllocLayout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: AllocLayout) {
        count();
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A host with a pump, a flow meter and twenty more signals.
struct Host {
    image: HostImage,
    hung_up: Arc<AtomicBool>,
    sequence: u64,
}

const SIGNALS: usize = 22;

fn settings() -> Settings {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    settings.period = PERIOD;
    for (index, place) in settings.signals.iter_mut().take(SIGNALS).enumerate() {
        let (role, quantity) = match index {
            0 => (Role::PumpSpeed, Quantity::Speed),
            1 => (Role::BloodFlow, Quantity::BloodFlow),
            2 => (Role::VenousPressure, Quantity::Pressure),
            _ => (Role::Other, Quantity::Temperature),
        };
        *place = Some(SignalSettings::new(role, quantity, u16::try_from(index).unwrap()));
    }
    settings
}

fn connect(service: &mut ServiceEnd) -> Host {
    let layout = Layout::new(SIGNALS, 1).unwrap();
    let (image, file) = DaemonImage::create(layout).unwrap();
    let hung_up = Arc::new(AtomicBool::new(false));
    let bounds = Bounds { min: -500.0, max: 5000.0 };
    let declared = Declared { bounds, longest_age: Span::from_millis(300), max_slew: None };
    let runs = Arc::new(AtomicBool::new(true));
    let attachment = Attachment {
        port: 0,
        heard: image.heard(),
        image: Arc::new(image),
        hung_up: Arc::clone(&hung_up),
        inputs: (0..SIGNALS).map(|index| Input::new(index, index, declared)).collect(),
        outputs: vec![Output::new(0, Command::PumpSpeed, bounds, Some(3000.0), runs)],
        pulse: Pulse::new(PERIOD, clock::now()),
    };
    service.arrivals.push(attachment).unwrap();
    Host { image: HostImage::attach(file, layout).unwrap(), hung_up, sequence: 0 }
}

impl Host {
    /// Good samples, and now and then nonsense.
    fn publish(&mut self) {
        self.sequence += 1;
        let t = clock::now();
        self.image.beat(t);
        for index in 0..SIGNALS {
            let value = match index {
                0 => 3000.0,
                1 => 4.0,
                2 => -60.0,
                _ => 36.5,
            };
            let lies = self.sequence % 50 == 49;
            let (value, quality) = if lies { (f64::NAN, 77) } else { (value, 1) };
            self.image.publish(index, Sample { value, t, quality, cause: 0, sequence: self.sequence });
        }
    }
}

fn control_thread_id() -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let named = |id: &str| std::fs::read_to_string(format!("/proc/self/task/{id}/comm")).unwrap_or_default();
    let ids = tasks.map(|task| task.unwrap().file_name().into_string().unwrap());
    ids.into_iter().find(|id| named(id).trim() == "control").expect("the thread runs").parse().unwrap()
}

/// Without this the proof below could be one of a broken counter.
fn assert_that_the_counter_counts() {
    // SAFETY: gettid takes nothing and cannot fail.
    WATCHED.store(unsafe { libc::gettid() }, Ordering::Relaxed);
    drop(std::hint::black_box(Box::new(5)));
    WATCHED.store(0, Ordering::Relaxed);
    assert_eq!(COUNT.swap(0, Ordering::Relaxed), 2);
}

#[test]
fn the_control_thread_neither_allocates_nor_frees() {
    assert_that_the_counter_counts();
    let (end, mut service) = channels();
    let statistics = Arc::new(Statistics::default());
    let core = Core::new(settings(), Boot::Cold).unwrap();
    let pace = Pace { period: PERIOD, priority: None };
    let control = ControlThread::start(core, end, Arc::clone(&statistics), pace).unwrap();
    let began = Instant::now();
    while statistics.ticks() < 5 {
        assert!(began.elapsed() < LIMIT, "the loop does not start");
        std::thread::yield_now();
    }
    WATCHED.store(control_thread_id(), Ordering::Relaxed);

    let mut host = connect(&mut service);
    let (mut answers, mut reconnections, mut snapshots) = (0, 0, 0);
    for step in 0_u64.. {
        if statistics.ticks() >= TICKS {
            break;
        }
        assert!(began.elapsed() < LIMIT, "the loop stands still");
        host.publish();
        let request = match step % 5 {
            0 => Request::SetSpeed(Rpm(3000.0)),
            1 => Request::SetMode(Mode::Flow),
            2 => Request::SetFlow(LitresPerMinute(4.0)),
            3 => Request::SetSpeed(Rpm(f64::NAN)),
            _ => Request::SetMode(Mode::Speed),
        };
        let valid_until = clock::now().plus(Span::from_millis(200));
        let _ = service.requests.push(Envelope { id: step, request, valid_until });
        while service.replies.pop().is_ok() {
            answers += 1;
        }
        if step % 3 == 0 {
            host.image.ring_daemon();
        }
        if step % 100 == 99 {
            // By turns the socket and the kernel say that it is over.
            if step % 200 == 99 {
                host.hung_up.store(true, Ordering::Release);
            } else {
                drop(host.image.hold_life().unwrap());
            }
            host = connect(&mut service);
            reconnections += 1;
        }
        // Half of the time nobody takes the snapshots.
        while step % 400 < 200 && service.snapshots.pop().is_ok() {
            snapshots += 1;
        }
        while service.departures.pop().is_ok() {}
        std::thread::sleep(Duration::from_millis(1));
    }
    let count = COUNT.load(Ordering::Relaxed);
    WATCHED.store(0, Ordering::Relaxed);
    control.stop();
    assert!(answers > 100 && reconnections >= 5 && snapshots > 500, "{answers} {reconnections} {snapshots}");
    assert!(statistics.urgent_ticks() > 100, "{}", statistics.urgent_ticks());
    assert!(statistics.by_name()["snapshots_dropped"] > 0, "the full ring was met too");
    assert_eq!(count, 0, "allocations or deallocations in the control thread");
}
