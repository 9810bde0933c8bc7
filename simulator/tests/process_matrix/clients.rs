// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clients of the bus that nobody wants.

use crate::stranger::{CONSOLE, Refusal, Stranger};
use crate::support::LIMIT;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use zbus::message::Message;
use zbus::{Connection, OwnedVariant};

/// Calls without a break.
pub struct Caller {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Caller {
    /// Begins.
    pub fn begin(address: &str) -> Self {
        let (stop, address) = (Arc::new(AtomicBool::new(false)), address.to_owned());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let stranger = Stranger::join(&address);
            let properties = (CONSOLE.0, "org.freedesktop.DBus.Properties");
            let mut calls = 0;
            while !stopped.load(Ordering::Relaxed) {
                let all: Result<HashMap<String, OwnedVariant>, Refusal> =
                    stranger.call(properties, "GetAll", &CONSOLE.1);
                let refused = stranger.call::<_, ()>(CONSOLE, "SetFlow", &-1.0);
                calls += u64::from(all.is_ok()) + u64::from(refused.is_err());
            }
            calls
        });
        Self { stop, thread }
    }

    /// Stops calling; returns how many calls there were.
    pub fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Many connections that hear everything.
pub struct Crowd {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Crowd {
    /// So many; returns when all of them are there.
    pub fn gather(address: &str, number: usize) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, all_there) = std::sync::mpsc::channel();
        let address = address.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connections = Vec::new();
                for _ in 0..number {
                    connections.push(listener(&address).await.expect("a place on the bus"));
                }
                tell.send(()).unwrap();
                // Until nobody wants them any more they read what comes.
                let _dropped = stopped.await;
            });
        });
        all_there.recv_timeout(2 * LIMIT).expect("the bus takes them all");
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _its_panic_was_printed = thread.join();
        }
    }
}

async fn listener(address: &str) -> zbus::Result<Connection> {
    let connection = zbus::connection::Builder::address(address).build().await?;
    let bus = Some("org.freedesktop.DBus");
    connection.call_method(bus, "/org/freedesktop/DBus", bus, "AddMatch", &"type='signal'").await?;
    Ok(connection)
}

/// A connection that wants to hear everything and reads nothing.
pub struct Deaf {
    _stream: UnixStream,
}

impl Deaf {
    /// Says by hand what a library would say, and then nothing more.
    pub fn connect(socket: &Path) -> Self {
        let mut stream = UnixStream::connect(socket).expect("the bus listens");
        stream.write_all(b"\0AUTH EXTERNAL\r\nDATA\r\n").unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while !line.starts_with("OK") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "the bus does not let us in");
        }
        stream.write_all(b"BEGIN\r\n").unwrap();
        let bus = "org.freedesktop.DBus";
        let call = |method: &'static str| {
            Message::method_call("/org/freedesktop/DBus", method).destination(bus).interface(bus)
        };
        let messages = [call("Hello").build(&()), call("AddMatch").build(&"type='signal'")];
        for message in messages {
            stream.write_all(message.unwrap().data()).unwrap();
        }
        Self { _stream: stream }
    }
}
