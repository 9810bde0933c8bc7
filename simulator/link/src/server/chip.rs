// SPDX-License-Identifier: MIT OR Apache-2.0
//! A set of GPIO lines as the kernel's character device shows one. Pure: levels and times in, edges out.
//!
//! *Physical* levels are voltages; *logical* ones are what a client sees, which differ on `active_low` lines. Edges are logical.

use std::collections::VecDeque;

use crate::errno;
use crate::message::{Direction, Edge, Event, Levels, LineRequest, Name, Select};

/// Who is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(pub u64);

/// Why a request for lines is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// An error number of Linux.
    pub errno: i32,
    /// Who holds the line; empty if that is not the reason.
    pub holder: Name,
}

/// Something that a client is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Whom.
    pub client: Client,
    /// What.
    pub event: Event,
}

#[derive(Debug, Clone, Default)]
struct Line {
    name: Name,
    /// The voltage.
    level: bool,
    held: Option<Held>,
    /// A new level that has to last: since when.
    pending: Option<u64>,
    /// Somebody outside of this protocol who holds the line.
    stranger: Option<Name>,
}

#[derive(Debug, Clone)]
struct Held {
    client: Client,
    consumer: Name,
    place: u8,
    request: LineRequest,
    /// What the client sees: follows `level` behind the debounce time.
    seen: bool,
    edges: u32,
}

impl Held {
    fn logical(&self, level: bool) -> bool {
        level != self.request.active_low
    }

    fn edge(&self) -> (Edge, u64) {
        match self.request.direction {
            Direction::Input { edge, debounce_us } => (edge, u64::from(debounce_us).saturating_mul(1000)),
            Direction::Output { .. } => (Edge::None, 0),
        }
    }
}

/// The lines of one chip.
#[derive(Debug, Clone, Default)]
pub struct LineChip {
    lines: Vec<Line>,
    notices: VecDeque<Notice>,
    /// Offsets whose voltage a client has changed.
    driven: VecDeque<(usize, bool)>,
}

impl LineChip {
    /// A chip with these lines, all low; their order numbers them. An empty name is an unnamed line.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        let line = |name: &&str| Line { name: Name::cut(name), ..Line::default() };
        Self { lines: names.iter().map(line).collect(), ..Self::default() }
    }

    /// The number of a line.
    #[must_use]
    pub fn offset(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.name.as_str() == name)
    }

    /// The voltage of a line.
    #[must_use]
    pub fn level(&self, offset: usize) -> Option<bool> {
        self.lines.get(offset).map(|line| line.level)
    }

    /// Who holds a line.
    #[must_use]
    pub fn holder(&self, offset: usize) -> Option<Name> {
        let line = self.lines.get(offset)?;
        line.stranger.or(line.held.as_ref().map(|held| held.consumer))
    }

    /// Somebody outside holds a line (or lets go of it).
    pub fn occupy(&mut self, offset: usize, who: Option<&str>) {
        if let Some(line) = self.lines.get_mut(offset) {
            line.stranger = who.map(Name::cut);
        }
    }

    /// The world sets the voltage of an input; on a held output it changes nothing.
    pub fn drive(&mut self, offset: usize, level: bool, now_ns: u64) {
        self.settle(now_ns);
        let Some(line) = self.lines.get_mut(offset) else { return };
        let output =
            line.held.as_ref().is_some_and(|held| matches!(held.request.direction, Direction::Output { .. }));
        if output || line.level == level {
            return;
        }
        line.level = level;
        let Some(held) = &mut line.held else { return };
        // back before it had lasted
        line.pending = if held.seen == level { None } else { Some(now_ns) };
        self.settle(now_ns);
    }

    /// Lets time pass: levels that have lasted become edges.
    pub fn settle(&mut self, now_ns: u64) {
        for line in &mut self.lines {
            let (Some(held), Some(since)) = (&mut line.held, line.pending) else { continue };
            let (edge, debounce) = held.edge();
            let lasted = since.saturating_add(debounce);
            if now_ns < lasted {
                continue;
            }
            line.pending = None;
            held.seen = line.level;
            let rising = held.logical(line.level);
            if edge.includes(rising) {
                held.edges = held.edges.wrapping_add(1);
                let event = Event { line: held.place, rising, t_ns: lasted, sequence: held.edges };
                self.notices.push_back(Notice { client: held.client, event });
            }
        }
    }

    /// When [`LineChip::settle`] has something to do.
    #[must_use]
    pub fn next_change(&self) -> Option<u64> {
        let due = |line: &Line| Some(line.pending?.saturating_add(line.held.as_ref()?.edge().1));
        self.lines.iter().filter_map(due).min()
    }

    /// The next edge to be told.
    pub fn notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// The next change of a voltage by a client: line and level.
    pub fn driven(&mut self) -> Option<(usize, bool)> {
        self.driven.pop_front()
    }

    /// A client asks for lines: all or none.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn request(&mut self, client: Client, consumer: Name, wanted: &[LineRequest]) -> Result<(), Refusal> {
        let refuse = |errno, holder: Option<Name>| Refusal { errno, holder: holder.unwrap_or_default() };
        let mut offsets = Vec::with_capacity(wanted.len());
        for request in wanted {
            let offset = match &request.select {
                Select::Offset(offset) => {
                    usize::try_from(*offset).ok().filter(|offset| *offset < self.lines.len())
                }
                Select::Name(name) => self.offset(name.as_str()),
            };
            let offset = offset.ok_or_else(|| refuse(errno::ENOENT, None))?;
            if self.holder(offset).is_some() {
                return Err(refuse(errno::EBUSY, self.holder(offset)));
            }
            if offsets.contains(&offset) {
                return Err(refuse(errno::EINVAL, None));
            }
            offsets.push(offset);
        }
        for (place, (offset, request)) in offsets.iter().zip(wanted).enumerate() {
            let Some(line) = self.lines.get_mut(*offset) else { continue };
            if let Direction::Output { initial: Some(initial), .. } = request.direction {
                set(line, *offset, initial != request.active_low, &mut self.driven);
            }
            let place = u8::try_from(place).unwrap_or(u8::MAX);
            line.pending = None;
            line.held = Some(Held { client, consumer, place, request: *request, seen: line.level, edges: 0 });
        }
        Ok(())
    }

    /// What a client sees on its lines.
    #[must_use]
    pub fn get(&self, client: Client) -> Levels {
        let mine = self.lines.iter().filter_map(|line| line.held.as_ref().map(|held| (held, line.level)));
        mine.filter(|(held, _)| held.client == client).fold(Levels::default(), |levels, (held, level)| {
            let level = if held.edge().1 > 0 { held.seen } else { level };
            levels.with(held.place.into(), held.logical(level))
        })
    }

    /// A client sets outputs.
    ///
    /// # Errors
    /// `EPERM` if one of them is an input; then none is set.
    pub fn set(&mut self, client: Client, levels: Levels) -> Result<(), Refusal> {
        let mut changes = Vec::new();
        for (offset, line) in self.lines.iter().enumerate() {
            let Some(held) = line.held.as_ref().filter(|held| held.client == client) else { continue };
            let Some(level) = levels.of(held.place.into()) else { continue };
            if matches!(held.request.direction, Direction::Input { .. }) {
                return Err(Refusal { errno: errno::EPERM, holder: Name::default() });
            }
            changes.push((offset, held.logical(level)));
        }
        for (offset, level) in changes {
            if let Some(line) = self.lines.get_mut(offset) {
                set(line, offset, level, &mut self.driven);
            }
        }
        Ok(())
    }

    /// A client is gone: its lines are free. Outputs keep their voltage, as most chips do.
    pub fn release(&mut self, client: Client) {
        for line in &mut self.lines {
            if line.held.as_ref().is_some_and(|held| held.client == client) {
                line.held = None;
                line.pending = None;
            }
        }
        self.notices.retain(|notice| notice.client != client);
    }
}

fn set(line: &mut Line, offset: usize, level: bool, driven: &mut VecDeque<(usize, bool)>) {
    if line.level != level {
        line.level = level;
        driven.push_back((offset, level));
    }
}
