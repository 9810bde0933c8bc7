// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the LM75 family of I2C thermometers: the temperature of a board or of the console's inside.
//!
//! The chip is driven by the crate [`lm75`] from crates.io, unchanged, over the SDK's embedded-hal traits. What that crate
//! leaves out stands here: whether a chip is there at all, since a stuck bus would read as 0 or -0.5 degC. This driver
//! writes nothing to the chip, ever.
#![forbid(unsafe_code)]

pub mod registers;

use ::lm75::{Lm75, ic};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Findings, Host, I2c, Info, Level, Samples, Signal, c_text};
use registers::{Health, Settings};

/// Index of the signal.
pub const TEMPERATURE: usize = 0;

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// I2C address, 7 bits: 0x48 to 0x4F by the pins of most chips.
    #[serde(default = "Config::default_address")]
    pub address: u8,
    /// 9 or 11.
    #[serde(default = "Config::default_resolution")]
    pub resolution_bits: u8,
}

impl Config {
    const fn default_address() -> u8 {
        0x48
    }
    const fn default_resolution() -> u8 {
        9
    }
}

/// The chip as its crate sees it: the resolution is part of the type there.
enum Chip {
    NineBits(Lm75<I2c, ic::Lm75>),
    ElevenBits(Lm75<I2c, ic::Pct2075>),
}

impl Chip {
    fn celsius(&mut self) -> Result<f64, Error> {
        let read = match self {
            Self::NineBits(chip) => chip.read_temperature(),
            Self::ElevenBits(chip) => chip.read_temperature(),
        };
        read.map(f64::from).map_err(|error| match error {
            ::lm75::Error::I2C(cause) => cause,
            ::lm75::Error::InvalidInputData => Error::Invalid,
        })
    }
}

/// One thermometer.
pub struct Thermometer {
    host: Host,
    bus: I2c,
    chip: Chip,
    /// What the chip held when it was opened.
    settings: Settings,
    health: Health,
}

impl Driver for Thermometer {
    const INFO: Info = Info::new(
        c"generic,lm75",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"LM75 or compatible thermometer on I2C",
    )
    .needs(Bus::I2c)
    .period(Span::from_secs(1))
    .budget(Span::from_millis(20))
    .config_schema(c_text!(include_str!("schema.json")))
    .signals(&[Signal::new(c"temperature", Quantity::Temperature, (-55.0, 125.0))
        .label(c"Temperature")
        .longest_age(Span::from_secs(3))]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let problem = |text: &str| {
            host.log(Level::Error, text);
            Error::Config
        };
        if !(0x08..=0x77).contains(&config.address) {
            return Err(problem("`address` must be 8 to 119 (0x08 to 0x77)"));
        }
        let bus = host.i2c(config.address);
        let chip = match config.resolution_bits {
            9 => Chip::NineBits(Lm75::new(bus.clone(), config.address)),
            11 => Chip::ElevenBits(Lm75::new_pct2075(bus.clone(), config.address)),
            _ => return Err(problem("`resolution_bits` must be 9 or 11")),
        };
        let settings = read_settings(&bus)?;
        if settings.health() == Health::NotAnLm75 {
            host.log(
                Level::Error,
                &format!("no LM75 at address {:#04x}, or a stuck bus: {settings:x?}", config.address),
            );
            return Err(Error::Device);
        }
        Ok(Self { host, bus, chip, settings, health: Health::Measuring })
    }

    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        let celsius = self.chip.celsius()?;
        let read_at = self.host.now();
        // Behind the temperature, so that a bus which got stuck in between is seen.
        let health = self.look()?;
        match health {
            Health::Measuring => samples.good(TEMPERATURE, celsius, read_at),
            Health::ShutDown => samples.bad(TEMPERATURE, Cause::NotReady, read_at),
            Health::NotAnLm75 => samples.bad(TEMPERATURE, Cause::Communication, read_at),
        }
        if health != self.health {
            self.health = health;
            let (level, text) = match health {
                Health::Measuring => (Level::Info, "measures again"),
                Health::ShutDown => {
                    (Level::Warning, "somebody shut the chip down: it repeats an old temperature")
                }
                Health::NotAnLm75 => {
                    (Level::Warning, "what is read cannot come from this chip: look at the bus")
                }
            };
            self.host.log(level, text);
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        match self.look() {
            Ok(Health::Measuring) => findings.passed(c"the chip measures"),
            Ok(Health::ShutDown) => findings.failed(
                c"the chip measures",
                c"It is shut down: find out what writes to its configuration, then switch it off and on.",
            ),
            Ok(Health::NotAnLm75) => findings.failed(
                c"the chip measures",
                c"Its registers hold what an LM75 cannot: look for a stuck line or a second chip at its address.",
            ),
            Err(_) => findings.failed(
                c"the chip measures",
                c"It does not answer: look at its supply, its address pins and the bus.",
            ),
        }
        Ok(())
    }
}

impl Thermometer {
    /// Whether the chip is there and as it was.
    fn look(&mut self) -> Result<Health, Error> {
        let settings = read_settings(&self.bus)?;
        let health = settings.health();
        if health == Health::Measuring && settings != self.settings {
            // After a dip of the supply its limits are those of power-on. It measures all the same.
            self.host.log(
                Level::Warning,
                &format!("the chip was reset: {settings:x?} in place of {:x?}", self.settings),
            );
            self.settings = settings;
        }
        Ok(health)
    }
}

fn read_settings(bus: &I2c) -> Result<Settings, Error> {
    let (mut configuration, mut hysteresis, mut limit) = ([0; 1], [0; 2], [0; 2]);
    bus.write_read(&[registers::CONFIGURATION], &mut configuration)?;
    bus.write_read(&[registers::HYSTERESIS], &mut hysteresis)?;
    bus.write_read(&[registers::LIMIT], &mut limit)?;
    let [configuration] = configuration;
    Ok(Settings {
        configuration,
        hysteresis: u16::from_be_bytes(hysteresis),
        limit: u16::from_be_bytes(limit),
    })
}

ecmod_plugin::export_driver!(Thermometer);

#[cfg(test)]
mod tests;
