// SPDX-License-Identifier: MIT OR Apache-2.0
//! A private bus, and the console seen through it by nothing but the standard D-Bus calls, as a stranger would.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::oneshot;
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

use super::LIMIT;

/// A bus on a socket in a folder of its own; it enforces no policy.
pub struct PrivateBus {
    folder: TempDir,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl PrivateBus {
    pub fn start() -> Self {
        let mut bus = Self { folder: tempfile::tempdir().unwrap(), running: None };
        bus.restart();
        bus
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("bus")
    }

    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }

    /// Lets other users of the system join.
    pub fn open_to_all(&self) {
        for (path, mode) in [(self.folder.path().to_path_buf(), 0o755), (self.socket(), 0o777)] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }
    }

    /// Everybody is thrown out, as when a bus crashes.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            thread.join().unwrap();
        }
        let _ = std::fs::remove_file(self.socket());
    }

    /// It is there again, at the same address.
    pub fn restart(&mut self) {
        self.stop();
        let address = self.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell_ready, ready) = mpsc::channel();
        let serve = async move {
            let mut bus = busd::bus::Bus::for_address(Some(&address)).await.unwrap();
            tell_ready.send(()).unwrap();
            let _ = futures_util::future::select(Box::pin(bus.run()), stopped).await;
            let members: Vec<Connection> =
                bus.peers().peers().await.values().map(|peer| peer.conn().clone()).collect();
            for member in members {
                let _ = member.close().await;
            }
        };
        let thread = std::thread::spawn(move || zruntime::block_on(serve));
        ready.recv_timeout(LIMIT).unwrap();
        self.running = Some((stop, thread));
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        self.stop();
    }
}

/// All objects with all their properties.
pub type Objects = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>>;

/// A stranger on the bus.
pub struct Client {
    pub connection: Connection,
}

impl Client {
    /// Joins the bus, as soon as there is one.
    pub async fn join(address: &str) -> Self {
        // A call to a name that nobody has yet is never answered by this bus.
        Self::join_with(address, Duration::from_millis(500)).await
    }

    /// As [`Client::join`], waiting this long for an answer.
    pub async fn join_with(address: &str, patience: Duration) -> Self {
        let connection = until("joining the bus", || async {
            zbus::connection::Builder::address(address).method_timeout(patience).build().await.ok()
        })
        .await;
        Self { connection }
    }

    /// Calls a method of the console.
    pub async fn call<B, R>(&self, method: &str, arguments: &B) -> Result<R, (String, String)>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
        R: for<'de> serde::Deserialize<'de> + zbus::Type,
    {
        self.call_at("/org/ecmod/console", "org.ecmod.Console1", method, arguments).await
    }

    /// Calls any method; an error as its name and text.
    pub async fn call_at<B, R>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        arguments: &B,
    ) -> Result<R, (String, String)>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
        R: for<'de> serde::Deserialize<'de> + zbus::Type,
    {
        match self.connection.call_method(Some("org.ecmod"), path, Some(interface), method, arguments).await {
            Ok(reply) => Ok(reply.body().deserialize().unwrap()),
            Err(zbus::Error::MethodError(name, text, _)) => Err((name.to_string(), text.unwrap_or_default())),
            Err(other) => Err(("transport".into(), other.to_string())),
        }
    }

    /// All objects; nothing while the console is not on the bus.
    pub async fn objects(&self) -> Option<Objects> {
        self.call_at("/org/ecmod", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &()).await.ok()
    }

    /// Waits until a word of the console is this.
    pub async fn until_console(&self, property: &str, word: &str) {
        until(word, || async {
            let objects = self.objects().await?;
            (get::<String>(&objects, "console", "org.ecmod.Console1", property) == word).then_some(())
        })
        .await;
    }
}

/// A property out of [`Objects`]; `object` is the path below `/org/ecmod`.
pub fn get<T: TryFrom<OwnedVariant>>(objects: &Objects, object: &str, interface: &str, property: &str) -> T {
    let path = OwnedObjectPath::try_from(format!("/org/ecmod/{object}")).unwrap();
    let value = objects[&path][interface][property].try_clone().unwrap();
    T::try_from(value).unwrap_or_else(|_| panic!("{object} {property} has another type"))
}

/// Waits for something that has to happen.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Runs as another user of the system: only this thread's user changes, and only root can do that.
pub fn as_nobody<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(move || {
        const NOBODY: libc::c_long = 65534;
        // SAFETY: the bare system call changes the calling thread's user only; this thread ends after the work.
        assert_eq!(unsafe { libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY) }, 0);
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    });
    thread.join().unwrap()
}
