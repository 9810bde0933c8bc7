// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip of GPIO lines, made with the kernel's `gpio-sim`: inputs are driven and outputs are read from the far side, and the
//! whole chip can be pulled out.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::chips::Level;

const CONFIGFS: &str = "/sys/kernel/config/gpio-sim";

/// A chip of lines; gone when dropped.
#[derive(Debug)]
pub struct Bank {
    folder: PathBuf,
    lines: Vec<String>,
    chip: String,
    far_side: PathBuf,
}

/// The far side of one line, for input and output.
#[derive(Debug)]
pub struct Pin {
    pull: File,
    value: File,
}

impl Bank {
    /// A chip with these lines; an empty name is a line without a name.
    ///
    /// # Errors
    /// The kernel has no gpio-sim, or no right to it.
    pub fn new(lines: &[&str]) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(CONFIGFS).join(format!("ecmod-{}-{number}", std::process::id()));
        let mut bank = Self {
            folder,
            lines: lines.iter().map(|&name| name.to_owned()).collect(),
            chip: String::new(),
            far_side: PathBuf::new(),
        };
        let bank_folder = bank.folder.join("bank");
        fs::create_dir(&bank.folder)?;
        fs::create_dir(&bank_folder)?;
        fs::write(bank_folder.join("num_lines"), lines.len().to_string())?;
        for (offset, name) in lines.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let line = bank_folder.join(format!("line{offset}"));
            fs::create_dir(&line)?;
            fs::write(line.join("name"), name)?;
        }
        bank.plug()?;
        Ok(bank)
    }

    /// The chip appears.
    ///
    /// # Errors
    /// It is there already.
    pub fn plug(&mut self) -> io::Result<()> {
        fs::write(self.folder.join("live"), "1")?;
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).map(|text| text.trim().to_owned());
        let parent = read("dev_name")?;
        self.chip = read("bank/chip_name")?;
        self.far_side = Path::new("/sys/devices/platform").join(parent).join(&self.chip);
        Ok(())
    }

    /// The chip is torn out, whoever uses it.
    ///
    /// # Errors
    /// It is out already.
    pub fn unplug(&self) -> io::Result<()> {
        fs::write(self.folder.join("live"), "0")
    }

    /// `/dev/gpiochipN`. After [`Bank::plug`] it may be another one.
    #[must_use]
    pub fn device(&self) -> PathBuf {
        Path::new("/dev").join(&self.chip)
    }

    /// The number by which the kernel's tracepoints know a line.
    ///
    /// # Errors
    /// debugfs is not mounted, or the line does not exist.
    pub fn number(&self, line: &str) -> io::Result<u32> {
        let all = fs::read_to_string("/sys/kernel/debug/gpio")?;
        let beginning = format!("{}: GPIOs ", self.chip);
        let first = all
            .lines()
            .find_map(|text| text.strip_prefix(&beginning)?.split('-').next()?.parse::<u32>().ok());
        let offset = u32::try_from(self.offset(line)?).unwrap_or(u32::MAX);
        first
            .and_then(|first| first.checked_add(offset))
            .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "the chip is not in debugfs"))
    }

    /// A line's far side. It goes out of use when the chip is unplugged.
    ///
    /// # Errors
    /// No line has this name.
    pub fn pin(&self, line: &str) -> io::Result<Pin> {
        let folder = self.far_side.join(format!("sim_gpio{}", self.offset(line)?));
        Ok(Pin {
            pull: File::options().write(true).open(folder.join("pull"))?,
            value: File::open(folder.join("value"))?,
        })
    }

    fn offset(&self, line: &str) -> io::Result<usize> {
        let found = self.lines.iter().position(|name| name == line);
        found.ok_or_else(|| io::Error::new(ErrorKind::NotFound, format!("no line is called {line}")))
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        // It may be unplugged already; what is left over is seen by the next test that looks for lines by name.
        let _ = self.unplug();
        for offset in 0..self.lines.len() {
            let _ = fs::remove_dir(self.folder.join(format!("bank/line{offset}")));
        }
        let _ = fs::remove_dir(self.folder.join("bank"));
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Pin {
    /// Drives the line, as long as the near side does not.
    pub fn set(&self, level: Level) {
        let pull: &[u8] = if level.is_high() { b"pull-up" } else { b"pull-down" };
        // Fails when the chip has been unplugged: then nobody sees the line.
        let _ = self.pull.write_at(pull, 0);
    }

    /// What the line is, whoever drives it; low when the chip has been unplugged.
    #[must_use]
    pub fn level(&self) -> Level {
        let mut text = [b'0'];
        let _ = self.value.read_at(&mut text, 0);
        Level::from_bool(text == *b"1")
    }
}
