// SPDX-License-Identifier: MIT OR Apache-2.0
//! The user's side of `virtual-machine/kernel/ecmod/exchange.h`: one request at a time, answered or left unanswered.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// As in exchange.h.
const LONGEST: usize = 16384;

/// The device of a bus, opened.
#[derive(Debug)]
pub(super) struct Exchange {
    file: File,
    buffer: Vec<u8>,
}

/// A request with its number taken off.
pub(super) struct Request<'a> {
    pub sequence: u32,
    pub rest: &'a [u8],
}

impl Exchange {
    pub fn open(device: &str) -> std::io::Result<Self> {
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        let flags = i32::try_from(flags).unwrap_or_default();
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(device)?;
        Ok(Self { file, buffer: vec![0; LONGEST] })
    }

    /// The next request, if one comes within `limit`.
    pub fn next(&mut self, limit: Duration) -> std::io::Result<Option<Request<'_>>> {
        let limit = Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or_default(),
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        let mut files = [PollFd::new(&self.file, PollFlags::IN)];
        if poll(&mut files, Some(&limit)).is_err()
            || !files.iter().any(|file| file.revents().contains(PollFlags::IN))
        {
            return Ok(None);
        }
        let count = match (&self.file).read(&mut self.buffer) {
            // Whoever asked has given up meanwhile.
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            result => result?,
        };
        let mut cursor = Cursor(self.buffer.get(..count).unwrap_or_default());
        Ok(cursor.u32().map(|sequence| Request { sequence, rest: cursor.0 }))
    }

    /// Answers; `errno` 0 for success. Nobody may be waiting any more: then the kernel refuses it, and that is right.
    pub fn answer(&mut self, sequence: u32, errno: i32, bytes: &[u8]) {
        let mut answer = Vec::with_capacity(8 + bytes.len());
        answer.extend(sequence.to_ne_bytes());
        answer.extend((-errno).to_ne_bytes());
        answer.extend(bytes);
        let _ = (&self.file).write(&answer);
    }
}

/// Takes numbers off the front.
pub(super) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_ne_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_ne_bytes)
    }
}
