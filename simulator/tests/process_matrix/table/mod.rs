// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table: chapters of rows. A chapter is played in one room for each mode.

mod bus;
mod daemon;
mod devices;
mod drivers;
mod hosts;
mod storage;

use super::words::Chapter;

/// All chapters, in the book's order.
pub const CHAPTERS: [Chapter; 7] = [
    daemon::CHAPTER,
    daemon::AMONG_OTHERS,
    bus::CHAPTER,
    storage::CHAPTER,
    hosts::CHAPTER,
    drivers::CHAPTER,
    devices::CHAPTER,
];
