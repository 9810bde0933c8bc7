// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives a driver through its C ABI, as a host would, on a [`FakeHost`].
#![allow(unsafe_code)]

use super::FakeHost;
use crate::loaded::{Descriptor, Finding, Instance, OpenFailure, Table};
use crate::quantities::{Cause, Monotonic, Quality, Span};
use crate::shim::Exported;
use crate::{Driver, Hold, abi};

/// An open driver on a fake host. What cannot be right in a test (a driver that gives no descriptor, a name that
/// no signal has) panics.
#[derive(Debug)]
pub struct Harness {
    // Before `fake`: the instance is closed while its host still lives.
    instance: Instance,
    fake: FakeHost,
    demands: Vec<abi::Demand>,
    samples: Vec<abi::Sample>,
}

/// What a cycle delivered for one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// `None` if the quality is bad.
    pub value: Option<f64>,
    /// How far the value may be trusted.
    pub quality: Quality,
    /// Why not further.
    pub cause: Cause,
    /// When it was acquired.
    pub t: Monotonic,
}

impl Harness {
    /// Opens `D` on `fake`, with the configuration that the fake host holds.
    ///
    /// # Errors
    /// Why it did not open.
    ///
    /// # Panics
    /// If the driver's constants make no valid descriptor.
    #[allow(clippy::expect_used)] // test support: the first surprise ends the test
    pub fn open<D: Driver>(fake: &FakeHost) -> Result<Self, OpenFailure> {
        // SAFETY: the SDK's own descriptor.
        let descriptor = unsafe { Descriptor::read(Exported::<D>::DESCRIPTOR) }.expect("a valid descriptor");
        // SAFETY: the SDK's own functions.
        unsafe { Self::open_descriptor(&descriptor, fake) }
    }

    /// Opens a loaded driver on `fake`.
    ///
    /// # Errors
    /// Why it did not open.
    ///
    /// # Safety
    /// The library that the descriptor came from stays loaded.
    pub unsafe fn open_descriptor(descriptor: &Descriptor, fake: &FakeHost) -> Result<Self, OpenFailure> {
        // SAFETY: the fake host is kept until the instance is dropped, and neither leaves this thread.
        let instance = unsafe { Instance::open(descriptor, fake.as_abi()) }?;
        let demands = vec![abi::Demand::default(); instance.table().commands.len()];
        let samples = vec![abi::Sample::default(); instance.table().signals.len()];
        Ok(Self { instance, fake: fake.clone(), demands, samples })
    }

    /// The host it runs on.
    #[must_use]
    pub const fn fake(&self) -> &FakeHost {
        &self.fake
    }

    /// Signals and commands of the instance.
    #[must_use]
    pub const fn table(&self) -> &Table {
        self.instance.table()
    }

    /// Asks `describe` again.
    ///
    /// # Errors
    /// The number that it returned.
    pub fn describe(&self) -> Result<Option<Table>, i32> {
        self.instance.describe()
    }

    /// Demands `value` of a command from now on.
    ///
    /// # Panics
    /// If there is no such command.
    pub fn demand(&mut self, command: &str, value: f64) {
        let index = self.command(command);
        let now = self.fake.now();
        if let Some(demand) = self.demands.get_mut(index) {
            *demand =
                abi::Demand { value, t_ns: now.0, sequence: demand.sequence + 1, valid: 1, reserved: 0 };
        }
    }

    /// Demands nothing of any command from now on.
    pub fn demand_nothing(&mut self) {
        self.demands.fill(abi::Demand::default());
    }

    /// One cycle at the fake host's time; returns the driver's number.
    pub fn cycle(&mut self) -> i32 {
        self.cycle_at(self.fake.now())
    }

    /// One cycle at another time.
    pub fn cycle_at(&mut self, now: Monotonic) -> i32 {
        self.instance.cycle(now, &self.demands, &mut self.samples)
    }

    /// Lets `span` pass, then does one cycle.
    pub fn cycle_after(&mut self, span: Span) -> i32 {
        self.fake.advance(span);
        self.cycle()
    }

    /// What the last cycle delivered for a signal; `None` if it had no news.
    ///
    /// # Panics
    /// If there is no such signal, or the driver gave a quality or cause that is none of the ABI's.
    #[must_use]
    #[allow(clippy::expect_used)] // test support: the first surprise ends the test
    pub fn sample(&self, signal: &str) -> Option<Sample> {
        let position = self.table().signals.iter().position(|other| other.name.as_str() == signal);
        let sample = position.and_then(|index| self.samples.get(index)).expect("a signal of that name");
        if sample.quality == abi::ECMOD_QUALITY_NONE {
            return None;
        }
        let quality = Quality::from_code(sample.quality).expect("a known quality");
        Some(Sample {
            value: (quality != Quality::Bad).then_some(sample.value),
            quality,
            cause: Cause::from_code(sample.cause).expect("a known cause"),
            t: Monotonic(sample.t_ns),
        })
    }

    /// The raw samples of the last cycle.
    #[must_use]
    pub fn samples(&self) -> &[abi::Sample] {
        &self.samples
    }

    /// Runs the self test.
    ///
    /// # Errors
    /// The number that it returned.
    pub fn self_test(&mut self) -> Result<Vec<Finding>, i32> {
        self.instance.self_test()
    }

    /// How the device behaves when the link is lost.
    ///
    /// # Errors
    /// The number that the driver gave, if it is none of the ABI's.
    pub fn holds_on_link_loss(&mut self) -> Result<Hold, u32> {
        self.instance.holds_on_link_loss()
    }

    /// Closes the driver.
    pub fn close(self) {}

    #[allow(clippy::expect_used)] // test support: the first surprise ends the test
    fn command(&self, name: &str) -> usize {
        let position = self.table().commands.iter().position(|other| other.name.as_str() == name);
        position.expect("a command of that name")
    }
}
