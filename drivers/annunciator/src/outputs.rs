// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines that are driven. A line is set when it is to change, and read back to see that it did.

use crate::config::Config;
use crate::pattern::is_lit;
use crate::priority::Priority;
use ecmod_plugin::quantities::Span;
use ecmod_plugin::{Error, Host, InputLine, LineLevel, OutputLine};

/// One driven line.
#[derive(Debug)]
pub struct Output {
    line: OutputLine,
    back: InputLine,
    /// How it was last driven; `None` while that is not known: before the first time, after a failure.
    driven: Option<bool>,
}

/// What reading back showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadBack {
    /// All lines are as they were driven.
    AsDriven,
    /// A line is not; it is driven again in the next cycle.
    Otherwise,
}

impl Output {
    /// The line of this name. Nothing is driven yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name with a NUL; what the host says if it cannot be read.
    pub fn new(host: &Host, name: &str) -> Result<Self, Error> {
        let output = Self { line: host.output_line(name)?, back: host.input_line(name)?, driven: None };
        output.back.get()?;
        Ok(output)
    }

    /// Drives it, if it is not driven so already.
    ///
    /// # Errors
    /// What the host says; the next call tries again.
    pub fn drive(&mut self, on: bool) -> Result<(), Error> {
        if self.driven == Some(on) {
            return Ok(());
        }
        self.driven = None;
        self.line.set(if on { LineLevel::High } else { LineLevel::Low })?;
        self.driven = Some(on);
        Ok(())
    }

    /// Whether it was last driven on; off before the first time.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.driven.unwrap_or(false)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// What the host says.
    pub fn read_back(&mut self) -> Result<ReadBack, Error> {
        let level = self.back.get()? == LineLevel::High;
        if self.driven.is_none_or(|driven| driven == level) {
            return Ok(ReadBack::AsDriven);
        }
        self.driven = None;
        Ok(ReadBack::Otherwise)
    }
}

/// The lamps.
#[derive(Debug)]
pub struct Lamps {
    red: Output,
    yellow: Output,
    cyan: Option<Output>,
}

impl Lamps {
    /// The configured lines. Nothing is driven yet.
    ///
    /// # Errors
    /// As [`Output::new`].
    pub fn new(host: &Host, config: &Config) -> Result<Self, Error> {
        let cyan = config.lamp_cyan.as_deref().map(|name| Output::new(host, name)).transpose()?;
        Ok(Self {
            red: Output::new(host, &config.lamp_red)?,
            yellow: Output::new(host, &config.lamp_yellow)?,
            cyan,
        })
    }

    /// Shows a priority, which it has shown for so long, and nothing else. All lamps are tried, whatever one of them says.
    ///
    /// # Errors
    /// The first that the host said.
    pub fn show(&mut self, priority: Option<Priority>, elapsed: Span) -> Result<(), Error> {
        let lit = priority.is_some_and(|priority| is_lit(priority, elapsed));
        let is = |which| lit && priority == Some(which);
        let red = self.red.drive(is(Priority::High));
        let (yellow, cyan) = match &mut self.cyan {
            Some(cyan) => (is(Priority::Medium), cyan.drive(is(Priority::Low))),
            None => (is(Priority::Medium) || is(Priority::Low), Ok(())),
        };
        red.and(self.yellow.drive(yellow)).and(cyan)
    }

    /// Reads all of them back.
    ///
    /// # Errors
    /// What the host says.
    pub fn read_back(&mut self) -> Result<ReadBack, Error> {
        let mut all = ReadBack::AsDriven;
        for lamp in [&mut self.red, &mut self.yellow].into_iter().chain(&mut self.cyan) {
            if lamp.read_back()? == ReadBack::Otherwise {
                all = ReadBack::Otherwise;
            }
        }
        Ok(all)
    }
}
