// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host as a process, with a driver made by `cc`, against a daemon played by the test.
#![allow(dead_code)] // every test binary uses a part

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use ecmod_host::clock;
use ecmod_link::image::{DaemonImage, Demand, Fallback, Sample, Slot};
use ecmod_link::message::{
    DriverEvent, DriverHello, FromDaemon, FromHost, Hello, MAX_MESSAGE, PROTOCOL, PortEvent, Welcome,
};
use ecmod_link::transport::{Connection, Error, Listener, Policy};
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};
use tempfile::TempDir;

/// No test waits longer than this for anything.
const LIMIT: Span = Span::from_secs(30);

fn soon() -> Monotonic {
    clock::now().plus(LIMIT)
}

/// Builds the probe driver into `folder`.
pub fn build(folder: &Path, name: &str, flags: &[&str]) -> PathBuf {
    build_driver(folder, name, "probe.c", flags)
}

/// Builds a driver of `tests/drivers` into `folder`.
pub fn build_driver(folder: &Path, name: &str, source: &str, flags: &[&str]) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = folder.join(name);
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o"])
        .arg(&library)
        .arg("-I")
        .arg(here.join("../../plugin-api/include"))
        .args(flags)
        .arg(here.join("tests/drivers").join(source))
        .status()
        .unwrap();
    assert!(status.success(), "a C compiler is needed for this test");
    library
}

/// A host and the folder it lives in.
pub struct Host {
    pub folder: TempDir,
    pub listener: Option<Listener>,
    policy: Policy,
    child: Child,
}

impl Host {
    /// A host with one probe driver in this mode.
    pub fn probe(mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = build(folder.path(), "libprobe.so", &[]);
        Self::with_library(folder, &library, mode)
    }

    pub fn with_library(folder: TempDir, library: &Path, mode: &str) -> Self {
        let text = format!(
            "[ports.line]\nkind = \"serial\"\ndevice = \"unix:{}/nobody\"\nbaud = 9600\n\
             [drivers.probe]\nlibrary = {library:?}\nport = \"line\"\nconfig = {{ mode = \"{mode}\" }}\n",
            folder.path().display(),
        );
        Self::configured(folder, &text)
    }

    /// The host of the port `line`, as these tables describe it.
    pub fn configured(folder: TempDir, tables: &str) -> Self {
        Self::started(folder, tables, &[], Policy::default())
    }

    /// The same, with more on its command line, against a daemon that admits these users.
    pub fn started(folder: TempDir, tables: &str, more: &[&str], policy: Policy) -> Self {
        let socket = folder.path().join("hosts.sock");
        let config = folder.path().join("ecmod.toml");
        let text = format!("[console]\nhosts_socket = {socket:?}\n[log]\ntarget = \"stderr\"\n{tables}");
        std::fs::write(&config, text).unwrap();
        let listener = Some(Listener::bind(&socket).unwrap());
        // the policy decides, not the file's mode
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).unwrap();
        let child = spawn(&folder, more);
        Self { folder, listener, policy, child }
    }

    /// Kills it and starts another one in its place, as its supervisor does. What the killed one has still asked for is nobody's.
    pub fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        if let Some(listener) = &self.listener {
            while listener.accept(&self.policy).is_ok() {}
        }
        self.child = spawn(&self.folder, &[]);
    }

    /// Waits for the host to connect and say hello, and answers nothing yet.
    pub fn greeted(&self) -> (Connection, Hello) {
        let listener = self.listener.as_ref().unwrap();
        let connection = until("the host connects", || {
            wait_readable(listener);
            match listener.accept(&self.policy) {
                Ok((connection, _)) => Some(connection),
                Err(Error::WouldBlock) => None,
                Err(error) => panic!("{error}"),
            }
        });
        match receive(&connection).unwrap() {
            FromHost::Hello(hello) => (connection, hello),
            other => panic!("{other:?} in place of a hello"),
        }
    }

    /// Accepts the host's connection until its driver has signals.
    pub fn daemon(&self) -> Daemon {
        until("the host is accepted with its driver's signals", || {
            let (connection, hello) = self.greeted();
            let daemon = Daemon::welcome(connection, hello);
            (!daemon.hello.drivers[0].signals.is_empty()).then_some(daemon)
        })
    }

    /// Accepts connections until the host tells of its driver what `wanted` looks for.
    pub fn told(&self, wanted: impl Fn(&DriverHello) -> bool) -> DriverHello {
        until("the driver is in the wanted state", || {
            let (connection, hello) = self.greeted();
            drop(connection);
            hello.drivers.into_iter().find(|driver| wanted(driver))
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end and returns it with all that was logged.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let status = until("the host ends", || self.child.try_wait().unwrap());
        (status, reader.join().unwrap())
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

fn spawn(folder: &TempDir, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ecmod-host"))
        .args(["line", "--config"])
        .arg(folder.path().join("ecmod.toml"))
        .args(more)
        .env_remove("NOTIFY_SOCKET")
        .env("STATE_DIRECTORY", folder.path().join("state"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The daemon's end of a connection.
pub struct Daemon {
    pub connection: Connection,
    pub hello: Hello,
    pub image: DaemonImage,
}

impl Daemon {
    pub fn welcome(connection: Connection, hello: Hello) -> Self {
        let layout = hello.layout().unwrap();
        let (image, file) = DaemonImage::create(layout).unwrap();
        let welcome = FromDaemon::Welcome(Welcome { protocol: PROTOCOL, layout }).encode().unwrap();
        // a host that is gone again is seen at the next receive
        let _ = connection.send(&welcome, Some(std::os::fd::AsFd::as_fd(&file)));
        Self { connection, hello, image }
    }

    /// The newest sample of a signal, if it passes `wanted`; waited for.
    pub fn sample(&self, signal: &str, wanted: impl Fn(&Sample) -> bool) -> Sample {
        let slot = self.hello.input("probe", signal).unwrap();
        let deadline = soon();
        loop {
            let newest = self.image.read(slot);
            match newest {
                Slot::Value(sample) if wanted(&sample) => return sample,
                _ => pause(),
            }
            assert!(clock::now() < deadline, "{signal} is {newest:?}; {}", self.told());
        }
    }

    /// What the host has told behind its hello, for the one who looks for the reason of a failure.
    fn told(&self) -> String {
        let mut buffer = vec![0; MAX_MESSAGE];
        let mut told = String::new();
        loop {
            match self.connection.recv(&mut buffer) {
                Ok(received) => match FromHost::decode(&buffer[..received.length]) {
                    Ok(FromHost::Driver(event)) => told = format!("{event:?}"),
                    Ok(_) => {}
                    Err(error) => return format!("{told}, then {error}"),
                },
                Err(error) => return format!("{told}, then {error}"),
            }
        }
    }

    pub fn demand(&self, value: f64, sequence: u64, valid: bool) {
        let slot = self.hello.output("probe", "speed").unwrap();
        assert!(self.image.write(slot, Demand { value, t: clock::now(), sequence, valid, fallback: None }));
        self.image.ring();
    }

    /// Demands what is lowered for a while.
    pub fn lower(&self, value: f64, fallback: Fallback) {
        let slot = self.hello.output("probe", "speed").unwrap();
        let demand = Demand { value, t: clock::now(), sequence: 1, valid: true, fallback: Some(fallback) };
        assert!(self.image.write(slot, demand));
        self.image.ring();
    }

    /// Reads events until one about the driver passes `wanted`.
    pub fn event(&self, wanted: impl Fn(&DriverEvent) -> bool) -> DriverEvent {
        until("the wanted event comes", || match receive(&self.connection).unwrap() {
            FromHost::Driver(event) if wanted(&event) => Some(event),
            _ => None,
        })
    }

    pub fn port(&self, wanted: impl Fn(&PortEvent) -> bool) -> PortEvent {
        until("the wanted counters come", || match receive(&self.connection).unwrap() {
            FromHost::Port(event) if wanted(&event) => Some(event),
            _ => None,
        })
    }

    /// Waits until the host has hung up.
    pub fn hung_up(&self) {
        until("the host hangs up", || receive(&self.connection).is_err().then_some(()));
    }
}

/// The next message; an error if the host hangs up.
pub fn receive(connection: &Connection) -> Result<FromHost, Error> {
    let mut buffer = vec![0; MAX_MESSAGE];
    until("a message comes", || {
        wait_readable(connection);
        match connection.recv(&mut buffer) {
            Ok(received) => Some(Ok(FromHost::decode(&buffer[..received.length]).unwrap())),
            Err(Error::WouldBlock) => None,
            Err(error) => Some(Err(error)),
        }
    })
}

/// Tries again until there is a result.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = soon();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(clock::now() < deadline, "it never happened that {what}");
    }
}

fn wait_readable(fd: &impl std::os::fd::AsFd) {
    let mut fds = [PollFd::new(fd, PollFlags::IN)];
    poll(&mut fds, Some(&clock::timespec(Span::from_millis(100)))).unwrap();
}

/// Lets others run between two looks at memory that has no bell.
pub fn pause() {
    clock::sleep_until(clock::now().plus(Span::from_micros(500)));
}
