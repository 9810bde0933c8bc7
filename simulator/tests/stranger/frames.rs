// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that the console says unasked, collected by a thread.

use super::{Reading, WireReading};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use zbus::MessageStream;

/// One `Frame` signal.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The tick it was taken at, `CLOCK_MONOTONIC`, ns.
    pub monotonic: u64,
    pub sequence: u64,
    pub readings: BTreeMap<String, Reading>,
}

/// All frames since it was made, or since they were last taken.
pub struct Frames {
    collected: Arc<Mutex<Vec<Frame>>>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Frames {
    /// Listens from now on, until it is dropped or the bus ends.
    pub fn follow(address: &str) -> Self {
        let collected = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel();
        let (say, heard) = mpsc::channel();
        let (address, theirs) = (address.to_owned(), Arc::clone(&collected));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = collect(&address, &theirs, say) => {}
                    _ = stopped => {}
                }
            });
        });
        heard.recv_timeout(crate::support::LIMIT).expect("the bus takes the subscription");
        Self { collected, running: Some((stop, thread)) }
    }

    /// What came since the last call.
    pub fn take(&self) -> Vec<Frame> {
        std::mem::take(&mut *self.collected.lock().unwrap())
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _its_panic_was_printed = thread.join();
        }
    }
}

async fn collect(address: &str, collected: &Mutex<Vec<Frame>>, say: mpsc::Sender<()>) {
    let connection = zbus::connection::Builder::address(address).build().await.unwrap();
    let rule = "type='signal',interface='org.ecmod.Console1',member='Frame'";
    let mut stream = MessageStream::for_match_rule(rule, &connection, NonZeroUsize::new(1000)).await.unwrap();
    say.send(()).unwrap();
    while let Some(Ok(message)) = stream.next().await {
        let (monotonic, sequence, readings): (u64, u64, BTreeMap<String, WireReading>) =
            message.body().deserialize().expect("the contract's frame");
        let readings = readings.into_iter().map(|(name, reading)| (name, reading.into())).collect();
        collected.lock().unwrap().push(Frame { monotonic, sequence, readings });
    }
}
