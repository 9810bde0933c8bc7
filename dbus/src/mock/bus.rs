// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bus of one's own for tests, on a socket in a temporary folder; no D-Bus installation is needed.

use std::{io, path::Path, pin::pin, thread};

use futures_util::future::select;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A private bus in a thread of this process; it ends when dropped. It enforces no policy.
pub struct PrivateBus {
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl PrivateBus {
    /// Starts a bus; it takes connections when this returns.
    ///
    /// # Errors
    /// When the folder or the socket cannot be made.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("ecmod-bus-").tempdir()?;
        let mut bus = Self { folder, stop: None, thread: None };
        bus.restart()?;
        Ok(bus)
    }

    /// Its D-Bus address, the same after [`PrivateBus::restart`].
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }

    /// Ends the bus, as a crash would: every connection breaks.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        drop(std::fs::remove_file(self.socket()));
    }

    /// Ends the bus if it runs, and starts it anew at the same address.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop();
        let address = self.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
        let run = move || {
            zruntime::block_on(async {
                match busd::bus::Bus::for_address(Some(&address)).await {
                    Ok(mut bus) => {
                        drop(ready.send(Ok(())));
                        drop(select(pin!(bus.run()), stopped).await);
                        let peers = bus.peers().peers().await;
                        let connections: Vec<_> = peers.values().map(|peer| peer.conn().clone()).collect();
                        drop(peers);
                        for connection in connections {
                            drop(connection.close().await);
                        }
                    }
                    Err(error) => drop(ready.send(Err(error.to_string()))),
                }
            });
        };
        self.thread = Some(thread::Builder::new().name("private-bus".to_owned()).spawn(run)?);
        self.stop = Some(stop);
        match is_ready.recv() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(io::Error::other(reason)),
            Err(gone) => Err(io::Error::other(gone)),
        }
    }

    fn socket(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), "bus")
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        self.stop();
    }
}
