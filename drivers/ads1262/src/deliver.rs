// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a fetched conversion becomes: a sample, a verdict on a transducer's wires, something known of the chip.

use crate::Ads1262;
use crate::channel::{Verdict, Wires};
use crate::chip::{Besides, Fetched};
use crate::convert;
use crate::health::Measured;
use crate::schedule::{Check, Step};
use crate::second::Look;
use ecmod_plugin::quantities::Cause;
use ecmod_plugin::{Level, Samples};

impl Ads1262 {
    /// A conversion came of this step.
    pub(crate) fn deliver(
        &mut self,
        step: Step,
        besides: Besides,
        fetched: &Fetched,
        samples: &mut Samples<'_>,
    ) {
        self.come_up();
        self.lost_results = self.lost_results.saturating_add(fetched.lost_edge.into());
        match step {
            Step::Channel(channel) => self.deliver_pressure(channel, fetched, samples),
            Step::Wires(channel) => self.test_wires(channel, fetched, samples),
            Step::Check(check) => self.deliver_check(check, fetched, samples),
        }
        if besides == Besides::Second {
            self.deliver_second(fetched.second, samples);
        }
    }

    fn deliver_pressure(&mut self, index: usize, fetched: &Fetched, samples: &mut Samples<'_>) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        let disagrees =
            self.second.as_ref().is_some_and(|second| second.channel == index && second.disagrees());
        let verdict = channel.judge(&fetched.conversion, self.health.doubts(), disagrees);
        if channel.alarm(&fetched.conversion).is_some() || channel.wires() == Wires::Open {
            self.schedule.suspect(index);
        } else if let Some(second) = self.second.as_mut().filter(|second| second.channel == index) {
            second.first(channel.pressure(convert::share(fetched.conversion.code)));
        }
        match verdict {
            Verdict::Good(pressure) => samples.good(index, pressure, fetched.at),
            Verdict::Uncertain(pressure, cause) => samples.uncertain(index, pressure, cause, fetched.at),
            Verdict::Bad(cause) => samples.bad(index, cause, fetched.at),
        }
    }

    /// A test takes the place of a pressure, so there is none this time.
    fn test_wires(&mut self, index: usize, fetched: &Fetched, samples: &mut Samples<'_>) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        let before = channel.wires();
        let after = channel.test(&fetched.conversion, &self.wire_test).unwrap_or(before);
        if after == Wires::Open {
            samples.bad(index, Cause::Disconnected, fetched.at);
        }
        if before != after {
            let name = self.names.get(index).map_or("", String::as_str);
            match after {
                Wires::Open => {
                    self.host.log(Level::Warning, &format!("`{name}`: a wire of the transducer is open"))
                }
                Wires::Whole => {
                    self.host.log(Level::Info, &format!("`{name}`: the transducer is there again"))
                }
            }
        }
        if let Some(second) = self.second.as_mut().filter(|second| second.channel == index) {
            second.forget();
        }
    }

    fn deliver_check(&mut self, check: Check, fetched: &Fetched, samples: &mut Samples<'_>) {
        let full_scale = match check {
            Check::Zero(channel) => self.channels.get(channel).map(|channel| channel.pressure(1.0)),
            Check::Temperature | Check::AnalogSupply | Check::Reference | Check::DigitalSupply => None,
        };
        let at = fetched.at;
        let (measured, change) = self.health.note(check, &fetched.conversion, full_scale);
        match measured {
            Measured::Temperature(celsius) => samples.good(self.indices.temperature, celsius, at),
            Measured::AnalogSupply(volts) => samples.good(self.indices.analog_supply, volts, at),
            Measured::DigitalSupply(volts) => samples.good(self.indices.digital_supply, volts, at),
            Measured::Reference(volts) => samples.good(self.indices.reference, volts, at),
            Measured::Zero(mmhg) => samples.good(self.indices.zero, mmhg, at),
            Measured::Nothing => {}
        }
        if let Some(change) = change {
            self.host.log(Level::Warning, &change.to_string());
        }
        samples.good(self.indices.lost_results, count(self.lost_results), at);
        samples.good(self.indices.restarts, count(self.restarts), at);
    }

    fn deliver_second(&mut self, code: Option<i32>, samples: &mut Samples<'_>) {
        let (Some(second), Some(index)) = (&mut self.second, self.indices.second) else { return };
        let Some(channel) = self.channels.get(second.channel) else { return };
        let now = self.host.now();
        let Some(code) = code else {
            if second.nothing() {
                samples.bad(index, Cause::Timeout, now);
            }
            return;
        };
        let pressure = channel.pressure(convert::second_share(code));
        samples.good(index, pressure, now);
        let name = self.names.get(second.channel).map_or("", String::as_str);
        match second.second(pressure) {
            Look::Same => {}
            Look::Disagrees => {
                self.host.log(Level::Warning, &format!("`{name}`: the two converters contradict each other"));
            }
            Look::Agrees => self.host.log(Level::Info, &format!("`{name}`: the two converters agree again")),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // exact below 2^53
const fn count(count: u64) -> f64 {
    count as f64
}
