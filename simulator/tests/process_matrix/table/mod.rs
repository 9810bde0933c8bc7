// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table: chapters of rows. A chapter is played in one room for each mode.

mod bus;
mod daemon;
mod devices;
mod drivers;
mod hosts;

use super::words::Chapter;

/// All chapters, in the book's order.
pub const CHAPTERS: [Chapter; 5] =
    [daemon::CHAPTER, bus::CHAPTER, hosts::CHAPTER, drivers::CHAPTER, devices::CHAPTER];
