// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making lines fit: what is shown when there is less room than there is to say, and that it is counted.

use ratatui::{style::Stylize, text::Line};

/// How many lines of what to do the first alarm keeps when others have to be left out for it.
const KEPT: usize = 2;

/// The least height at which it keeps them.
const ROOMY: usize = 5;

/// Something that is shown as one: its head, and more that is left out when there is no room.
pub struct Block {
    /// The line that is always shown, unless the whole block has no room.
    pub head: Line<'static>,
    /// What belongs to it.
    pub more: Vec<Line<'static>>,
    /// Whether it counts as an alarm.
    pub alarm: bool,
}

impl Block {
    /// A head alone that is no alarm.
    pub const fn single(head: Line<'static>) -> Self {
        Self { head, more: Vec::new(), alarm: false }
    }

    /// How many lines it would fill.
    pub const fn height(&self) -> usize {
        1 + self.more.len()
    }
}

/// As much as there is room for: every head, then what belongs to the first ones. Where not even the heads have room, the
/// first alarm keeps what to do, and the alarms that are left out are counted.
pub fn fit(blocks: Vec<Block>, height: usize) -> Vec<Line<'static>> {
    let all = blocks.len() <= height;
    let heads = if all { blocks.len() } else { height.saturating_sub(1 + kept(&blocks, height)) };
    let hidden = blocks.iter().skip(heads).filter(|block| block.alarm).count();
    let mut room = height.saturating_sub(heads + usize::from(!all));
    let mut lines = Vec::new();
    for block in blocks.into_iter().take(heads) {
        let more = block.more.len().min(room);
        room = room.saturating_sub(more);
        lines.push(block.head);
        lines.extend(block.more.into_iter().take(more));
    }
    if !all && height > 0 {
        lines.push(Line::from(format!(" + {hidden} more: ecmoctl alarms").bold()));
    }
    lines
}

fn kept(blocks: &[Block], height: usize) -> usize {
    let first = blocks.iter().find(|block| block.alarm);
    if height < ROOMY { 0 } else { first.map_or(0, |block| block.more.len().min(KEPT)) }
}

/// The line, with an ellipsis at its end where it is too long.
pub fn clip(mut line: Line<'static>, width: usize) -> Line<'static> {
    if line.width() <= width {
        return line;
    }
    let mut room = width.saturating_sub(1);
    for span in &mut line.spans {
        span.content = span.content.chars().take(room).collect::<String>().into();
        room = room.saturating_sub(span.width());
    }
    line.push_span("…");
    line
}

/// The words in lines of at most so many characters.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, more: usize) -> Block {
        Block {
            head: Line::from(name.to_owned()),
            more: (0..more).map(|line| Line::from(format!("{name}{line}"))).collect(),
            alarm: true,
        }
    }

    fn shown(blocks: Vec<Block>, height: usize) -> Vec<String> {
        fit(blocks, height).into_iter().map(|line| line.to_string()).collect()
    }

    #[test]
    fn every_head_comes_before_any_text_and_what_has_no_room_is_counted() {
        let blocks = || vec![block("a", 2), block("b", 1), block("c", 1)];
        assert_eq!(shown(blocks(), 7), ["a", "a0", "a1", "b", "b0", "c", "c0"]);
        assert_eq!(shown(blocks(), 5), ["a", "a0", "a1", "b", "c"]);
        assert_eq!(shown(blocks(), 3), ["a", "b", "c"]);
        assert_eq!(shown(blocks(), 2), ["a", " + 2 more: ecmoctl alarms"]);
        let many = (0..9).map(|_| block("a", 3)).collect();
        assert_eq!(shown(many, 5), ["a", "a0", "a1", "a", " + 7 more: ecmoctl alarms"]);
        assert_eq!(shown(blocks(), 0), [""; 0]);
    }

    #[test]
    fn a_line_that_is_too_long_says_so_at_its_end() {
        let line = || Line::from(vec!["clamp ".into(), "the return".into(), " line".into()]);
        assert_eq!(clip(line(), 12).to_string(), "clamp the r…");
        assert_eq!(clip(line(), 21).to_string(), "clamp the return line");
        assert_eq!(clip(line(), 1).to_string(), "…");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("clamp the return line", 10), ["clamp the", "return", "line"]);
        assert_eq!(wrap("", 10), [""; 0]);
    }
}
