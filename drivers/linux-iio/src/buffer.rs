// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device's buffer: set up by its files, read as a stream of records.
//!
//! A buffer that already runs with all our channels is taken over as it is: a host that restarts loses no sample by it. The
//! time of a record is the kernel's, if its clock can be set to `monotonic`; else that of its arrival.

use crate::channel::read_text;
use crate::config::{Config, Setting};
use crate::layout::{Element, Format, LONGEST_RECORD, Layout};
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Attribute, Attributes, Error, Host, Stream};

/// Not longer than that is waited for a record: those that are there are wanted.
const NO_WAIT: Span = Span::from_micros(1);
/// Most reads of one cycle, so that a stream that never ends does not hold it.
const MOST_READS: usize = 32;
/// Room for records that came at once.
const ROOM: usize = 8 * LONGEST_RECORD;

/// What could not be done to set the device up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One line for the log.
    pub what: String,
    /// Why.
    pub error: Error,
}

impl Failure {
    fn new(what: &str, error: Error) -> Self {
        Self { what: format!("{what}: {error}"), error }
    }
}

/// The running buffer.
#[derive(Debug)]
pub struct Buffer {
    stream: Stream,
    layout: Layout,
    /// Of our channels, in their order.
    places: Vec<(Format, usize)>,
    /// Whether it ran already, with all our channels.
    taken_over: bool,
    /// The time stamp's place, if the kernel stamps with our clock.
    stamp: Option<(Format, usize)>,
    bytes: Box<[u8; ROOM]>,
    /// Bytes of a record that is not yet whole.
    held: usize,
    last_stamp: Monotonic,
}

/// The newest record.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    bytes: [u8; LONGEST_RECORD],
    /// When it was acquired.
    pub t: Monotonic,
    /// Whether the kernel's stamp could be believed, or there is none.
    pub stamped_well: bool,
}

impl Record {
    /// The number of a channel in it.
    #[must_use]
    pub fn value(&self, (format, start): (Format, usize)) -> Option<f64> {
        format.value(self.bytes.get(start..)?)
    }
}

/// Makes the host see that the device behind the stream is gone: as long as it is held open, no new one can get its number.
pub fn let_go(host: &Host) {
    let _ = host.stream().read(&mut [0], NO_WAIT);
}

impl Buffer {
    /// Sets the buffer up, or takes it over.
    ///
    /// # Errors
    /// The first thing that could not be done.
    pub fn set_up(host: &Host, config: &Config) -> Result<Self, Failure> {
        let files = Files(&host.attributes());
        let channels = || config.channels.iter().map(|channel| channel.channel.as_str());
        let runs = files.text("buffer/enable").inspect_err(|_| let_go(host))? == "1";
        let is_on =
            |name: &str| files.text(&format!("scan_elements/{name}_en")).is_ok_and(|text| text == "1");
        let is_set = |setting: &Setting| files.text(&setting.file).is_ok_and(|text| text == setting.text);
        let taken_over = runs && channels().all(is_on) && config.settings.iter().all(is_set);
        if !taken_over {
            if runs {
                files.set("buffer/enable", "0")?;
            }
            for setting in &config.settings {
                files.set(&setting.file, &setting.text)?;
            }
            for name in channels() {
                files.set(&format!("scan_elements/{name}_en"), "1")?;
            }
            // Optional: some devices have no time stamp, and old kernels one clock only.
            let _ = files.set("scan_elements/in_timestamp_en", "1");
            let _ = files.set("current_timestamp_clock", "monotonic");
            if let Some(trigger) = &config.trigger {
                files.set("trigger/current_trigger", trigger)?;
            }
            files.set("buffer/length", &config.buffer_length.to_string())?;
            files.set("buffer/enable", "1")?;
        }
        let layout = files.layout()?;
        let place = |name| layout.place(name).ok_or_else(|| Failure::new(name, Error::NotFound));
        let places = channels().map(place).collect::<Result<_, _>>()?;
        let monotonic = files.text("current_timestamp_clock").is_ok_and(|clock| clock == "monotonic");
        let stamp = layout.place("in_timestamp").filter(|_| monotonic);
        Ok(Self {
            stream: host.stream(),
            layout,
            places,
            taken_over,
            stamp,
            bytes: Box::new([0; ROOM]),
            held: 0,
            last_stamp: Monotonic(0),
        })
    }

    /// Where our channels stand in a record, in the configuration's order.
    #[must_use]
    pub fn places(&self) -> &[(Format, usize)] {
        &self.places
    }

    /// One line for the log.
    #[must_use]
    pub fn description(&self) -> String {
        format!(
            "buffer {}: records of {} bytes, {}",
            if self.taken_over { "taken over" } else { "set up" },
            self.layout.length(),
            if self.stamp.is_some() { "stamped by the kernel" } else { "timed by their arrival" }
        )
    }

    /// Whether nothing had to be written for it.
    #[must_use]
    pub const fn was_taken_over(&self) -> bool {
        self.taken_over
    }

    /// The newest record of those that have come; `None` if none has.
    ///
    /// # Errors
    /// What the stream says, but for a time-out. What was held of a record is dropped.
    pub fn newest(&mut self, host: &Host) -> Result<Option<Record>, Error> {
        let mut newest = None;
        for _ in 0..MOST_READS {
            let length = self.layout.length();
            let room = ROOM / length * length;
            let Some(free) = self.bytes.get_mut(self.held..room) else { break };
            match self.stream.read(free, NO_WAIT) {
                Ok(count) => newest = self.take(count, host.now()).or(newest),
                Err(Error::Timeout) => break,
                Err(error) => {
                    self.held = 0;
                    return Err(error);
                }
            }
        }
        Ok(newest)
    }

    /// Takes `count` more bytes that have arrived, and keeps what is not yet a whole record.
    fn take(&mut self, count: usize, arrived: Monotonic) -> Option<Record> {
        let end = self.held + count;
        let length = self.layout.length();
        let whole = end / length * length;
        let mut record = None;
        if let Some(bytes) = whole.checked_sub(length).and_then(|start| self.bytes.get(start..whole)) {
            let mut copy = [0; LONGEST_RECORD];
            copy.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
            record = Some(copy);
        }
        self.bytes.copy_within(whole..end, 0);
        self.held = end - whole;
        let bytes = record?;
        let Some((format, start)) = self.stamp else {
            return Some(Record { bytes, t: arrived, stamped_well: true });
        };
        let stamp = bytes.get(start..).and_then(|stamp| format.integer(stamp));
        let stamp = stamp.and_then(|stamp| u64::try_from(stamp).ok()).map(Monotonic);
        match stamp {
            Some(stamp) if stamp > self.last_stamp && stamp <= arrived => {
                self.last_stamp = stamp;
                Some(Record { bytes, t: stamp, stamped_well: true })
            }
            // Not of our clock, or the bytes are out of step: start afresh with the next read.
            _ => {
                self.held = 0;
                Some(Record { bytes, t: arrived, stamped_well: false })
            }
        }
    }
}

/// The device's files.
struct Files<'a>(&'a Attributes);

impl Files<'_> {
    fn text(&self, path: &str) -> Result<String, Failure> {
        let read = self.0.at(path).and_then(|file| read_text(&file));
        read.map_err(|error| Failure::new(path, error))
    }

    fn set(&self, path: &str, text: &str) -> Result<(), Failure> {
        set(self.0, path, text)
    }

    /// All enabled elements, not ours alone: they are in the records.
    fn layout(&self) -> Result<Layout, Failure> {
        let folder = "scan_elements";
        let mut elements = Vec::new();
        for file in self.0.list(folder).map_err(|error| Failure::new(folder, error))? {
            let Some(name) = file.strip_suffix("_en") else { continue };
            let path = |end: &str| format!("{folder}/{name}_{end}");
            if self.text(&path("en"))? != "1" {
                continue;
            }
            let format = self.text(&path("type"))?;
            let format = Format::parse(&format).map_err(|error| Failure::new(&path("type"), error))?;
            let index = self.text(&path("index"))?;
            let index = index.parse().map_err(|_| Failure::new(&path("index"), Error::Corrupt))?;
            elements.push(Element { name: name.to_owned(), index, format });
        }
        Layout::new(elements).map_err(|error| Failure::new(folder, error))
    }
}

/// Writes a text into a device's file unless it stands there already, and looks whether it was taken.
///
/// # Errors
/// What the host says, or [`Error::Device`] if the kernel shows another text afterwards.
pub fn set(files: &Attributes, path: &str, text: &str) -> Result<(), Failure> {
    let set = |file: &Attribute| {
        if read_text(file)? == text {
            return Ok(());
        }
        file.write(text)?;
        if read_text(file)? == text { Ok(()) } else { Err(Error::Device) }
    };
    let result = files.at(path).and_then(|file| set(&file));
    result.map_err(|error| Failure::new(&format!("{path} cannot be set to `{text}`"), error))
}
