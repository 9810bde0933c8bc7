// SPDX-License-Identifier: MIT OR Apache-2.0
//! Somebody who knows the catalogue and nothing of the core: says of every kind of alarm when it is surely so, from nothing
//! but what the console shows and what was done to it, and demands that it is told then.
//!
//! "Surely": the conditions here may be narrower than those of the core, and are never wider. What must hold is that an
//! alarm whose condition has lasted for its delay is in the table, with a condition that lasts, at no lower priority than
//! its row allows; or counted as one that had no room.
#![allow(dead_code)] // each test file uses its part

pub mod conditions;
pub mod history;
pub mod signals;
mod storm;

use crate::panel::Panel;
use ecmod_control::{Alarm, AlarmKind, AlarmPhase, Priority, Subject};
use ecmod_quantities::Monotonic;
use history::History;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Since when each alarm has been so without a break, and how often one had lasted for its delay.
#[derive(Default)]
pub struct Oracle {
    history: History,
    since: BTreeMap<Alarm, Monotonic>,
    due: BTreeMap<AlarmKind, u64>,
    announced: u64,
}

impl Oracle {
    /// One who looks at every tick of this panel from now on.
    pub fn attach(panel: &mut Panel) -> Rc<RefCell<Self>> {
        let oracle = Rc::new(RefCell::new(Self::default()));
        let own = Rc::clone(&oracle);
        panel.observer = Some(Box::new(move |panel| own.borrow_mut().look(panel)));
        oracle
    }

    /// In how many ticks an alarm of this kind had to be there.
    pub fn due(&self, kind: AlarmKind) -> u64 {
        self.due.get(&kind).copied().unwrap_or(0)
    }

    /// Another core counts anew, and has seen nothing yet.
    pub fn restarted(&mut self) {
        (self.since, self.announced, self.history) = (BTreeMap::new(), 0, History::default());
    }

    fn look(&mut self, panel: &Panel) {
        let out = panel.outputs();
        self.history.take(panel);
        let mut since = BTreeMap::new();
        for kind in AlarmKind::ALL {
            conditions::surely(kind, panel, &self.history, &mut |subject: Subject| {
                let alarm = Alarm::about(kind, subject);
                since.insert(alarm, self.since.get(&alarm).copied().unwrap_or(out.now));
            });
        }
        for (alarm, began) in &since {
            let definition = alarm.kind.definition();
            let high = lowest(alarm.kind) == Priority::High;
            let silent = out.alarms.off.has(alarm.kind) && !high;
            if out.now.since(*began) < definition.delay || silent {
                continue;
            }
            *self.due.entry(alarm.kind).or_default() += 1;
            let told = out.alarms.find(*alarm);
            let as_it_should = told.is_some_and(|status| {
                status.phase == AlarmPhase::Active && status.priority >= lowest(alarm.kind)
            });
            assert!(
                as_it_should || (told.is_none() && out.alarms.more > 0),
                "{} about {:?} has been so since {began:?} and is not told at {:?}: {told:?}; there is: {}",
                alarm.kind.id(),
                alarm.subject,
                out.now,
                panel.present(),
            );
        }
        assert!(out.alarms.announced >= self.announced, "what was announced is not taken back");
        self.announced = out.alarms.announced;
        self.since = since;
        self.history.end(panel);
    }
}

/// The lowest priority that an alarm may have.
fn lowest(kind: AlarmKind) -> Priority {
    let priorities = kind.definition().priorities;
    priorities.special.map_or(priorities.usual, |(special, _)| special.min(priorities.usual))
}
