// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hears every alarm that is announced on the bus, also on the next bus when one has gone.

use crate::steady::monotonic;
use ecmod_control::{AlarmKind, Priority};
use futures_util::StreamExt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use zbus::{MessageStream, OwnedObjectPath};

/// Between two attempts to join the bus.
const AGAIN: Duration = Duration::from_millis(20);

/// An alarm, as it was announced.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub kind: AlarmKind,
    pub priority: Priority,
    /// Of `CLOCK_MONOTONIC`, ns.
    pub at: u64,
}

/// Listens until it is dropped.
pub struct Ear {
    heard: Arc<Mutex<Vec<Heard>>>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Ear {
    /// Listens on this bus from now on.
    pub fn listen(address: &str) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel();
        let (address, theirs) = (address.to_owned(), Arc::clone(&heard));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = for_ever(&address, &theirs) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { heard, running: Some((stop, thread)) }
    }

    /// What was announced from a time on.
    pub fn since(&self, time: u64) -> Vec<Heard> {
        self.heard.lock().unwrap().iter().filter(|heard| heard.at >= time).copied().collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _its_panic_was_printed = thread.join();
        }
    }
}

/// An alarm's priority in the contract's words.
pub fn priority(word: &str) -> Priority {
    match word {
        "low" => Priority::Low,
        "medium" => Priority::Medium,
        "high" => Priority::High,
        other => panic!("{other} is no priority"),
    }
}

async fn for_ever(address: &str, heard: &Mutex<Vec<Heard>>) {
    loop {
        let _it_went_away = one_bus(address, heard).await;
        tokio::time::sleep(AGAIN).await;
    }
}

async fn one_bus(address: &str, heard: &Mutex<Vec<Heard>>) -> zbus::Result<()> {
    let connection = zbus::connection::Builder::address(address).build().await?;
    let rule = "type='signal',interface='org.ecmod.Alarms1',member='Raised'";
    let mut stream = MessageStream::for_match_rule(rule, &connection, NonZeroUsize::new(1000)).await?;
    while let Some(message) = stream.next().await {
        let (_, id, _, word, text): (OwnedObjectPath, String, String, String, String) =
            message?.body().deserialize().expect("the contract's alarm");
        assert!(!text.is_empty(), "{id} says what to do");
        let kind = AlarmKind::from_id(&id).expect("a kind of the catalogue");
        heard.lock().unwrap().push(Heard { kind, priority: priority(&word), at: monotonic() });
    }
    Ok(())
}
