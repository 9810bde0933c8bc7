// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for what the kernel has a power supply driver for: mains, and batteries with a gauge (`sbs-battery` and others).
//!
//! It reads files below `/sys/class/power_supply` and writes none. Mains are read in every cycle, batteries in rotation,
//! so that a slow battery delays neither. What may be believed of a battery is decided in [`judge`].
#![forbid(unsafe_code)]

pub mod config;
pub mod convert;
pub mod facts;
pub mod gauge;
pub mod judge;
pub mod table;

use config::{Battery, Config};
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{
    Attribute, Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Table, c_text,
};
use facts::{Facts, Files};
use gauge::{Gauge, Movement, Reading};
use judge::{Value, Verdict};

/// One battery with what is known of it.
#[derive(Debug)]
struct Pack {
    battery: Battery,
    files: Files,
    gauge: Gauge,
    /// What was said of it last, for the log and the self test.
    verdict: Option<Verdict>,
}

/// Mains and batteries of one console.
#[derive(Debug)]
pub struct PowerSupply {
    host: Host,
    mains: Vec<(String, Attribute, Value)>,
    packs: Vec<Pack>,
    next: usize,
    table: Table,
}

impl Driver for PowerSupply {
    const INFO: Info = Info::new(
        c"linux,power-supply",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Mains and batteries that the kernel has a driver for",
    )
    .needs(Bus::Attributes)
    .period(table::PERIOD)
    .budget(Span::from_millis(400))
    .config_schema(c_text!(include_str!("schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let mut problems = config.problems();
        let table = table::build(&config).map_err(|more| problems.extend(more)).ok();
        let Some(table) = table.filter(|_| problems.is_empty()) else {
            problems.iter().for_each(|problem| host.log(Level::Error, problem));
            return Err(Error::Config);
        };
        let attributes = host.attributes();
        // Nothing need be there now (batteries come and go), but the port's directory must.
        let there = attributes.list("")?;
        let supplies = config.mains.iter().map(|mains| &mains.supply);
        for supply in supplies.chain(config.batteries.iter().map(|battery| &battery.supply)) {
            if !there.contains(supply) {
                host.log(Level::Warning, &format!("there is no {supply} yet, only: {}", there.join(", ")));
            }
        }
        let online = |mains: config::Mains| {
            let file = attributes.at(&format!("{}/online", mains.supply))?;
            Ok((mains.name, file, Value::Bad(Cause::NoData)))
        };
        let pack = |battery: Battery| {
            let files = Files::new(&attributes, &battery)?;
            Ok(Pack { battery, files, gauge: Gauge::default(), verdict: None })
        };
        let mains = config.mains.into_iter().map(online).collect::<Result<_, Error>>()?;
        let packs = config.batteries.into_iter().map(pack).collect::<Result<_, Error>>()?;
        Ok(Self { host, mains, packs, next: 0, table })
    }

    fn describe(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        for (index, (name, file, last)) in self.mains.iter_mut().enumerate() {
            let value = match facts::read(file, convert::yes_no) {
                Ok(online) => Value::Good(f64::from(u8::from(online))),
                Err(Cause::NoData) => Value::Bad(Cause::Disconnected),
                Err(cause) => Value::Bad(cause),
            };
            table::put(value, index, self.host.now(), samples);
            if (*last, value) == (Value::Good(1.0), Value::Good(0.0)) {
                self.host.log(Level::Warning, &format!("{name}: lost"));
            }
            *last = value;
        }
        let first = self.mains.len();
        if let Some(pack) = self.packs.get_mut(self.next) {
            let verdict = pack.look(&self.host);
            table::deliver(&verdict, first + self.next * table::PER_BATTERY, self.host.now(), samples);
            // What is missing once is read again in the next cycle, and not a rotation later.
            let lost = |before: &Verdict| table::missing(&verdict) > table::missing(before);
            let is_read_again = pack.verdict.as_ref().is_some_and(lost);
            pack.say(&self.host, verdict);
            if !is_read_again {
                self.next = (self.next + 1) % self.packs.len();
            }
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        let verdicts: Vec<Verdict> = self.packs.iter_mut().map(|pack| pack.look(&self.host)).collect();
        let mut say = |fine: bool, item, detail| match fine {
            true => findings.passed(item),
            false => findings.failed(item, detail),
        };
        let online = |file: &Attribute| facts::read(file, convert::yes_no).is_ok();
        say(
            self.mains.iter().all(|(_, file, _)| online(file)),
            c"every mains supply can be read",
            c"One has no file `online`: compare `supply` with the folders in /sys/class/power_supply.",
        );
        say(
            verdicts.iter().all(|verdict| verdict.present == Value::Good(1.0)),
            c"every battery is there",
            c"One is missing or does not answer: look at its connector, then at the kernel's log.",
        );
        say(
            verdicts.iter().all(|verdict| verdict.usable != Value::Good(0.0)),
            c"no battery has failed",
            c"One has disabled itself or is about to: replace it. Its state of charge means nothing.",
        );
        say(
            verdicts.iter().all(|verdict| verdict.usable == Value::Good(1.0)),
            c"every battery is vouched for",
            c"One has no permanent-failure status, or its gauge is contradicted: see its signals' causes.",
        );
        Ok(())
    }
}

impl Pack {
    /// Reads and judges it.
    fn look(&mut self, host: &Host) -> Verdict {
        let facts = self.files.read();
        let movement = self.movement(&facts, host.now());
        judge::judge(&facts, &self.battery, movement)
    }

    fn movement(&mut self, facts: &Facts, t: Monotonic) -> Movement {
        let flows = match (facts.content.unit, facts.current, facts.voltage) {
            (facts::ContentUnit::Charge, Ok(amperes), _) => Some(amperes),
            (facts::ContentUnit::Energy, Ok(amperes), Ok(volts)) => Some(amperes * volts),
            _ => None,
        };
        match (facts.capacity, flows, facts.content.full) {
            (Ok(percent), Some(flows), Ok(full)) if full > 0.0 => {
                self.gauge.take(Reading { percent, rate: flows / full, t })
            }
            _ => {
                self.gauge.forget();
                Movement::Plausible
            }
        }
    }

    /// Logs what changed for whoever relies on the battery.
    fn say(&mut self, host: &Host, verdict: Verdict) {
        let before = self.verdict.as_ref().map(|verdict| verdict.usable);
        if before != Some(verdict.usable) {
            let name = &self.battery.name;
            let (level, text) = match verdict.usable {
                Value::Good(usable) if usable > 0.5 => (Level::Info, "can be relied on".to_owned()),
                Value::Good(_) if verdict.present != Value::Good(1.0) => {
                    (Level::Warning, "is not there".to_owned())
                }
                Value::Good(_) => {
                    (Level::Error, "has failed or may cut itself off: do not rely on it".to_owned())
                }
                Value::Uncertain(_, cause) => {
                    (Level::Warning, format!("nothing vouches for what it says ({})", cause.name()))
                }
                Value::Bad(cause) => (Level::Warning, format!("cannot be read ({})", cause.name())),
            };
            host.log(level, &format!("{name}: {text}"));
        }
        self.verdict = Some(verdict);
    }
}

ecmod_plugin::export_driver!(PowerSupply);

#[cfg(test)]
mod tests;
