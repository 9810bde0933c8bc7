// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hearing of alarms at once: the signals `Raised`, `Changed` and `Gone` as one stream.

use futures_util::{StreamExt, stream::BoxStream, stream::SelectAll};
use zbus::{Connection, proxy::CacheProperties};

use crate::{Alarms1Proxy, Error};

/// What became of an alarm. The path is that of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmEvent {
    /// It has become present.
    Raised {
        /// Path of its object.
        path: String,
        /// Its kind.
        id: String,
        /// What it is about.
        subject: String,
        /// Its priority, as a word.
        priority: String,
        /// What to do.
        text: String,
    },
    /// Its priority or phase has changed, it was acknowledged, or its condition came again.
    Changed {
        /// Path of its object.
        path: String,
        /// Its priority now, as a word.
        priority: String,
        /// Its phase now, as a word.
        phase: String,
        /// Whether it is acknowledged now.
        acknowledged: bool,
    },
    /// It is no longer present.
    Gone {
        /// Path of the object it had.
        path: String,
    },
}

/// A stream of what becomes of alarms; take it with [`AlarmNews::next`]. Events that were sent while nobody was connected are
/// not repeated: look at a snapshot too. One that is not drained holds up its whole connection.
pub struct AlarmNews {
    streams: SelectAll<BoxStream<'static, Result<AlarmEvent, Error>>>,
}

impl AlarmNews {
    pub(crate) async fn follow(connection: &Connection) -> Result<Self, Error> {
        let proxy = Alarms1Proxy::builder(connection).cache_properties(CacheProperties::No).build().await?;
        let raised = proxy.receive_raised().await?.map(|signal| {
            let args = signal.args()?;
            Ok(AlarmEvent::Raised {
                path: args.alarm.to_string(),
                id: args.id.clone(),
                subject: args.subject.clone(),
                priority: args.priority.clone(),
                text: args.text.clone(),
            })
        });
        let changed = proxy.receive_changed().await?.map(|signal| {
            let args = signal.args()?;
            Ok(AlarmEvent::Changed {
                path: args.alarm.to_string(),
                priority: args.priority.clone(),
                phase: args.phase.clone(),
                acknowledged: args.acknowledged,
            })
        });
        let gone = proxy.receive_gone().await?.map(|signal| {
            let args = signal.args()?;
            Ok(AlarmEvent::Gone { path: args.alarm.to_string() })
        });
        let mut streams = SelectAll::new();
        streams.push(raised.boxed());
        streams.push(changed.boxed());
        streams.push(gone.boxed());
        Ok(Self { streams })
    }

    /// Waits for the next event. `None` when the connection to the bus has ended.
    ///
    /// # Errors
    /// [`Error::Contract`] when a signal has not the form of the contract; the next may be well again.
    pub async fn next(&mut self) -> Option<Result<AlarmEvent, Error>> {
        self.streams.next().await
    }
}
