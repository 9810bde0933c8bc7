// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the files of one battery say, each for itself: a number, a word, or why there is none.

use crate::config::{Battery, CurrentSign, FailureFlags};
use crate::convert::{self, Health, MICRO, Status, TENTH};
use ecmod_plugin::quantities::Cause;
use ecmod_plugin::{Attribute, Attributes, Error};

/// Longest file that is read.
const LONGEST: usize = 128;

/// A value, or why there is none. [`Cause::NoData`]: the kernel's driver offers no such file.
pub type Fact<T> = Result<T, Cause>;

/// One reading of a battery. Units: V, A, Ah, Wh, degC, %, s.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Whether there is anything at all below this supply's folder.
    pub folder: bool,
    /// Whether the kernel's driver sees a battery.
    pub present: Fact<bool>,
    /// What it does.
    pub status: Fact<Status>,
    /// What its electronics say of it.
    pub health: Fact<Health>,
    /// Failure flags beyond `health`: whether any is set.
    pub failed: Fact<bool>,
    /// Relative state of charge, %.
    pub capacity: Fact<f64>,
    /// Whether the gauge calls the level critical.
    pub critical: Fact<bool>,
    /// Largest expected error of the state of charge, %.
    pub error_margin: Fact<f64>,
    /// V.
    pub voltage: Fact<f64>,
    /// A; positive: it is charged.
    pub current: Fact<f64>,
    /// A, averaged by the gauge.
    pub current_average: Fact<f64>,
    /// degC.
    pub temperature: Fact<f64>,
    /// s, by the gauge.
    pub time_to_empty: Fact<f64>,
    /// Now, when full, and when it was new: Ah, or Wh where the gauge counts energy.
    pub content: Content,
    /// Cycles of charge and discharge.
    pub cycles: Fact<f64>,
}

/// What the battery holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Ah, or Wh.
    pub unit: ContentUnit,
    /// Now.
    pub now: Fact<f64>,
    /// When full, today.
    pub full: Fact<f64>,
    /// When full, as designed.
    pub design: Fact<f64>,
}

/// In what the gauge counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentUnit {
    /// Ah.
    Charge,
    /// Wh.
    Energy,
}

/// The files of one battery.
#[derive(Debug)]
pub struct Files {
    present: Attribute,
    status: Attribute,
    health: Attribute,
    flags: Vec<(Attribute, u64)>,
    capacity: Attribute,
    capacity_level: Attribute,
    error_margin: Attribute,
    voltage: Attribute,
    current: Attribute,
    current_average: Attribute,
    power: Attribute,
    temperature: Attribute,
    time_to_empty: [Attribute; 2],
    charge: [Attribute; 3],
    energy: [Attribute; 3],
    cycles: Attribute,
    sign: CurrentSign,
}

impl Files {
    /// The files of this battery, whether they are there or not.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a name contains a NUL.
    pub fn new(attributes: &Attributes, battery: &Battery) -> Result<Self, Error> {
        let at = |name: &str| attributes.at(&format!("{}/{name}", battery.supply));
        let flag = |flags: &FailureFlags| Ok((at(&flags.file)?, flags.mask));
        Ok(Self {
            present: at("present")?,
            status: at("status")?,
            health: at("health")?,
            flags: battery.failure_flags.iter().map(flag).collect::<Result<_, Error>>()?,
            capacity: at("capacity")?,
            capacity_level: at("capacity_level")?,
            error_margin: at("capacity_error_margin")?,
            voltage: at("voltage_now")?,
            current: at("current_now")?,
            current_average: at("current_avg")?,
            power: at("power_now")?,
            temperature: at("temp")?,
            time_to_empty: [at("time_to_empty_avg")?, at("time_to_empty_now")?],
            charge: [at("charge_now")?, at("charge_full")?, at("charge_full_design")?],
            energy: [at("energy_now")?, at("energy_full")?, at("energy_full_design")?],
            cycles: at("cycle_count")?,
            sign: battery.current,
        })
    }

    /// Reads them all.
    #[must_use]
    pub fn read(&self) -> Facts {
        let present = read(&self.present, convert::yes_no);
        let status = read(&self.status, Status::from_text);
        let voltage = read(&self.voltage, micro);
        let nothing =
            (present, status, voltage) == (Err(Cause::NoData), Err(Cause::NoData), Err(Cause::NoData));
        if nothing || present == Ok(false) {
            return Facts { present, ..Facts::none(!nothing) };
        }
        let mut current = self.signed(read(&self.current, micro), status);
        if current == Err(Cause::NoData)
            && let (Ok(power), Ok(volts)) = (read(&self.power, micro), voltage)
            && volts > 0.0
        {
            current = self.signed(Ok(power / volts), status); // ACPI batteries that count energy have no current
        }
        let [average, instant] = &self.time_to_empty;
        let time_to_empty = match read(average, |text| convert::number(text, 1.0)) {
            Err(Cause::NoData) => read(instant, |text| convert::number(text, 1.0)),
            other => other,
        };
        Facts {
            folder: true,
            present,
            status,
            health: read(&self.health, Health::from_text),
            failed: self.failed(),
            capacity: read(&self.capacity, |text| convert::number(text, 1.0)),
            critical: read(&self.capacity_level, convert::is_critical),
            error_margin: read(&self.error_margin, |text| convert::number(text, 1.0)),
            voltage,
            current,
            current_average: self.signed(read(&self.current_average, micro), status),
            temperature: read(&self.temperature, |text| convert::number(text, TENTH)),
            time_to_empty,
            content: self.content(),
            cycles: read(&self.cycles, |text| convert::number(text, 1.0)),
        }
    }

    /// Whether any configured failure flag is set; the first that cannot be read says why, if none that can is set.
    fn failed(&self) -> Fact<bool> {
        let mut unreadable = None;
        for (file, mask) in &self.flags {
            match read(file, convert::flags) {
                Ok(flags) if flags & mask != 0 => return Ok(true),
                Ok(_) => {}
                Err(cause) => unreadable = unreadable.or(Some(cause)),
            }
        }
        unreadable.map_or(Ok(false), Err)
    }

    /// In Ah if the gauge counts charge, else in Wh.
    fn content(&self) -> Content {
        let [now, full, design] = self.charge.each_ref().map(|file| read(file, micro));
        if (&now, &full) != (&Err(Cause::NoData), &Err(Cause::NoData)) {
            return Content { unit: ContentUnit::Charge, now, full, design };
        }
        let [now, full, design] = self.energy.each_ref().map(|file| read(file, micro));
        Content { unit: ContentUnit::Energy, now, full, design }
    }

    /// The current as this driver gives it: positive when the battery is charged.
    fn signed(&self, current: Fact<f64>, status: Fact<Status>) -> Fact<f64> {
        let amperes = current?;
        match (self.sign, status) {
            (CurrentSign::PositiveCharging, _) => Ok(amperes),
            (CurrentSign::PositiveDischarging, _) => Ok(-amperes),
            (CurrentSign::Magnitude, Ok(Status::Discharging)) => Ok(-amperes.abs()),
            (CurrentSign::Magnitude, Ok(_)) => Ok(amperes.abs()),
            (CurrentSign::Magnitude, Err(cause)) => Err(cause),
        }
    }
}

impl Facts {
    /// Of a battery that is not there, or of which nothing is.
    #[must_use]
    pub const fn none(folder: bool) -> Self {
        let none = Err(Cause::NoData);
        Self {
            folder,
            present: Err(Cause::NoData),
            status: Err(Cause::NoData),
            health: Err(Cause::NoData),
            failed: Err(Cause::NoData),
            capacity: none,
            critical: Err(Cause::NoData),
            error_margin: none,
            voltage: none,
            current: none,
            current_average: none,
            temperature: none,
            time_to_empty: none,
            content: Content { unit: ContentUnit::Charge, now: none, full: none, design: none },
            cycles: none,
        }
    }
}

fn micro(text: &str) -> Result<f64, Error> {
    convert::number(text, MICRO)
}

/// Reads one file.
pub fn read<T>(file: &Attribute, convert: impl FnOnce(&str) -> Result<T, Error>) -> Fact<T> {
    let mut buffer = [0; LONGEST];
    file.read(&mut buffer).and_then(convert).map_err(cause)
}

/// Why a file tells nothing.
#[must_use]
pub const fn cause(error: Error) -> Cause {
    match error {
        Error::NotFound => Cause::NoData,
        // "No data" of the kernel, for example while a battery is being put in; or somebody else uses the device.
        Error::Device | Error::State => Cause::NotReady,
        Error::TooLong => Cause::Communication, // a number of a hundred digits
        other => other.cause(),
    }
}
