// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver says about itself before anything is opened: constants, checked while they are compiled.
//!
//! ```
//! use ecmod_plugin::{Bus, Command, Info, Signal, quantities::{Quantity, Span}};
//!
//! const INFO: Info = Info::new(c"example,hello", c"0.1.0", c"MIT", c"Reads one register")
//!     .needs(Bus::Modbus)
//!     .period(Span::from_millis(100))
//!     .budget(Span::from_millis(60))
//!     .signals(&[Signal::new(c"flow", Quantity::BloodFlow, (-10.0, 10.0)).label(c"Blood flow")])
//!     .commands(&[Command::new(c"speed", Quantity::Speed, (0.0, 4000.0)).pump()]);
//! ```

use crate::abi;
use crate::names;
use crate::quantities::{Quantity, Span};
use core::ffi::CStr;

/// A bus that a driver needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Bus {
    /// Modbus, RTU or TCP.
    Modbus = abi::ECMOD_BUS_MODBUS,
    /// A serial line.
    Serial = abi::ECMOD_BUS_SERIAL,
    /// SPI.
    Spi = abi::ECMOD_BUS_SPI,
    /// I2C.
    I2c = abi::ECMOD_BUS_I2C,
    /// GPIO lines.
    Gpio = abi::ECMOD_BUS_GPIO,
    /// Files of a kernel driver (ABI 1.1), and perhaps its stream of records.
    Attributes = abi::ECMOD_BUS_ATTRIBUTES,
}

/// The descriptor of a driver.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    pub(crate) id: &'static CStr,
    pub(crate) version: &'static CStr,
    pub(crate) licence: &'static CStr,
    pub(crate) description: &'static CStr,
    pub(crate) config_schema: &'static CStr,
    pub(crate) buses: u32,
    pub(crate) period: Span,
    pub(crate) budget: Span,
    pub(crate) signals: &'static [Signal],
    pub(crate) commands: &'static [Command],
}

impl Info {
    /// Starts with `id` (`vendor,model`), the driver's semantic version, its SPDX licence expression and one line
    /// of description. Needs no bus, is called at the port's default period, and may take 20 ms a cycle.
    ///
    /// # Panics
    /// In a constant this is a compile error: when `id` is not `vendor,model` or a text is empty.
    #[must_use]
    pub const fn new(
        id: &'static CStr,
        version: &'static CStr,
        licence: &'static CStr,
        description: &'static CStr,
    ) -> Self {
        assert!(names::is_id(id.to_bytes()), "a driver's id is `vendor,model` in [a-z0-9_.-]");
        assert!(!version.is_empty() && !licence.is_empty() && !description.is_empty(), "a text is empty");
        Self {
            id,
            version,
            licence,
            description,
            config_schema: c"",
            buses: 0,
            period: Span::ZERO,
            budget: Span::from_millis(20),
            signals: &[],
            commands: &[],
        }
    }

    /// The driver needs this bus (one more, each time it is said).
    #[must_use]
    pub const fn needs(mut self, bus: Bus) -> Self {
        self.buses |= bus as u32;
        self
    }

    /// How often `cycle` wants to be called; zero means the port's default.
    #[must_use]
    pub const fn period(mut self, period: Span) -> Self {
        self.period = period;
        self
    }

    /// The longest regular duration of one cycle. When it takes longer, its samples are thrown away.
    #[must_use]
    pub const fn budget(mut self, budget: Span) -> Self {
        self.budget = budget;
        self
    }

    /// What the device measures. The place in this list is the index that `Samples` takes.
    #[must_use]
    pub const fn signals(mut self, signals: &'static [Signal]) -> Self {
        self.signals = signals;
        self
    }

    /// What the device can be told. The place in this list is the index that `Demands` takes.
    #[must_use]
    pub const fn commands(mut self, commands: &'static [Command]) -> Self {
        self.commands = commands;
        self
    }

    /// The JSON Schema of the configuration.
    #[must_use]
    pub const fn config_schema(mut self, schema: &'static CStr) -> Self {
        self.config_schema = schema;
        self
    }
}

/// One signal of a constant table.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Signal(abi::Signal);

impl Signal {
    /// A signal with its range `(min, max)` in the quantity's unit. Its label is its name, its longest age one
    /// second, its fastest change not stated.
    ///
    /// # Panics
    /// In a constant this is a compile error: when the name is not `[a-z][a-z0-9_]*` or the range is not finite
    /// and ascending.
    #[must_use]
    pub const fn new(name: &'static CStr, quantity: Quantity, range: (f64, f64)) -> Self {
        assert!(names::is_name(name.to_bytes()), "a name is [a-z][a-z0-9_]*, at most 48 characters");
        assert!(is_range(range), "a range is finite and ascending");
        Self(abi::Signal {
            struct_size: abi::size_of_u32::<abi::Signal>(),
            quantity: quantity.code(),
            name: name.as_ptr(),
            label: name.as_ptr(),
            min: range.0,
            max: range.1,
            max_slew: 0.0,
            longest_age_ns: Span::from_secs(1).0,
            flags: 0,
            reserved: 0,
        })
    }

    /// One line for a person.
    #[must_use]
    pub const fn label(mut self, label: &'static CStr) -> Self {
        self.0.label = label.as_ptr();
        self
    }

    /// An older sample is stale.
    ///
    /// # Panics
    /// In a constant this is a compile error: when the age is zero.
    #[must_use]
    pub const fn longest_age(mut self, age: Span) -> Self {
        assert!(age.0 > 0, "the longest age is longer than nothing");
        self.0.longest_age_ns = age.0;
        self
    }

    /// The fastest physical change per second, in the quantity's unit.
    ///
    /// # Panics
    /// In a constant this is a compile error: when the slew is not finite and positive.
    #[must_use]
    pub const fn max_slew(mut self, per_second: f64) -> Self {
        assert!(per_second.is_finite() && per_second > 0.0, "a slew is finite and positive");
        self.0.max_slew = per_second;
        self
    }
}

/// One command of a constant table.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Command(abi::Command);

impl Command {
    /// A command with its range `(min, max)` in the quantity's unit. Its label is its name.
    ///
    /// # Panics
    /// In a constant this is a compile error: as for [`Signal::new`].
    #[must_use]
    pub const fn new(name: &'static CStr, quantity: Quantity, range: (f64, f64)) -> Self {
        assert!(names::is_name(name.to_bytes()), "a name is [a-z][a-z0-9_]*, at most 48 characters");
        assert!(is_range(range), "a range is finite and ascending");
        Self(abi::Command {
            struct_size: abi::size_of_u32::<abi::Command>(),
            quantity: quantity.code(),
            name: name.as_ptr(),
            label: name.as_ptr(),
            min: range.0,
            max: range.1,
            flags: 0,
            reserved: 0,
        })
    }

    /// One line for a person.
    #[must_use]
    pub const fn label(mut self, label: &'static CStr) -> Self {
        self.0.label = label.as_ptr();
        self
    }

    /// The command moves the blood: nothing but the control loop may own it.
    #[must_use]
    pub const fn pump(mut self) -> Self {
        self.0.flags |= abi::ECMOD_COMMAND_PUMP;
        self
    }
}

/// Both are finite and the second is larger.
pub(crate) const fn is_range((min, max): (f64, f64)) -> bool {
    min.is_finite() && max.is_finite() && min < max
}

/// The table of a driver's constants. The slices are `repr(transparent)` over the ABI's structs.
pub(crate) const fn static_table(info: &Info) -> abi::Table {
    abi::Table {
        struct_size: abi::size_of_u32::<abi::Table>(),
        n_signals: length(info.signals.len()),
        signals: if info.signals.is_empty() { core::ptr::null() } else { info.signals.as_ptr().cast() },
        commands: if info.commands.is_empty() { core::ptr::null() } else { info.commands.as_ptr().cast() },
        n_commands: length(info.commands.len()),
        reserved: 0,
    }
}

/// The length of a table; no table is longer than the process image (512).
#[allow(clippy::cast_possible_truncation)] // asserted, at compile time for constants
const fn length(n: usize) -> u32 {
    assert!(n <= 512, "a driver has at most 512 signals and as many commands");
    n as u32
}

/// A `&'static CStr` from any constant `&str`, such as `env!("CARGO_PKG_VERSION")` or `include_str!(..)`.
///
/// ```
/// const VERSION: &core::ffi::CStr = ecmod_plugin::c_text!(env!("CARGO_PKG_VERSION"));
/// assert_eq!(VERSION.to_str(), Ok(env!("CARGO_PKG_VERSION")));
/// ```
/// A text with a NUL in it does not compile.
#[macro_export]
macro_rules! c_text {
    ($text:expr) => {{
        const TEXT: &str = $text;
        const BYTES: [u8; TEXT.len() + 1] = $crate::info::with_nul(TEXT);
        const C: &::core::ffi::CStr = $crate::info::c_str(&BYTES);
        C
    }};
}

/// For [`c_text!`]: the bytes with a NUL behind them.
#[doc(hidden)]
#[must_use]
#[allow(clippy::indexing_slicing)] // evaluated by the compiler alone, which reports an index out of range
pub const fn with_nul<const N: usize>(text: &str) -> [u8; N] {
    assert!(text.len() + 1 == N);
    let mut bytes = [0; N];
    let mut index = 0;
    while index < text.len() {
        bytes[index] = text.as_bytes()[index];
        index += 1;
    }
    bytes
}

/// For [`c_text!`]: the bytes as a C string.
#[doc(hidden)]
#[must_use]
pub const fn c_str(bytes: &[u8]) -> &CStr {
    match CStr::from_bytes_with_nul(bytes) {
        Ok(text) => text,
        Err(_) => {
            assert!(bytes.is_empty(), "a C text has no NUL inside");
            c""
        }
    }
}
