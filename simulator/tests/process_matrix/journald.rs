// SPDX-License-Identifier: MIT OR Apache-2.0
//! journald as its clients see it: a datagram socket at its place, which somebody reads, or nobody, or which is not there.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the reader looks for a datagram before it looks whether it should.
const TURN: Duration = Duration::from_millis(20);

/// It is there until this is dropped.
pub struct Journald {
    socket: PathBuf,
    deaf: Arc<AtomicBool>,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Journald {
    /// Listens in this folder.
    pub fn listen(folder: &Path) -> Self {
        let mut journald =
            Self { socket: folder.join("socket"), deaf: Arc::new(AtomicBool::new(false)), running: None };
        journald.come_back();
        journald
    }

    /// Whether it reads nothing, as one that hangs.
    pub fn deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::Relaxed);
    }

    /// It ends, and its socket with it.
    pub fn leave(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.store(true, Ordering::Relaxed);
            thread.join().unwrap();
            std::fs::remove_file(&self.socket).unwrap();
        }
    }

    /// It is there again.
    pub fn come_back(&mut self) {
        let socket = UnixDatagram::bind(&self.socket).unwrap();
        socket.set_read_timeout(Some(TURN)).unwrap();
        let (stop, deaf) = (Arc::new(AtomicBool::new(false)), Arc::clone(&self.deaf));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while !stopped.load(Ordering::Relaxed) {
                if deaf.load(Ordering::Relaxed) {
                    std::thread::sleep(TURN);
                } else {
                    let _nothing_came = socket.recv(&mut bytes);
                }
            }
        });
        self.running = Some((stop, thread));
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        if let Some((stop, _)) = &self.running {
            stop.store(true, Ordering::Relaxed);
        }
    }
}
