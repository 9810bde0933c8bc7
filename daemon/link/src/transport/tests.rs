// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the socket: what passes, who is refused, and what hostile peers achieve (nothing).

use super::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketType};
use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

fn ready(what: &impl AsFd) {
    let limit = Timespec { tv_sec: 20, tv_nsec: 0 };
    assert_ne!(
        poll(&mut [PollFd::new(what, PollFlags::IN)], Some(&limit)).unwrap(),
        0,
        "nothing happened in time"
    );
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosts.sock");
    (folder, path)
}

/// Host's end, daemon's end.
fn pair() -> (Connection, Connection) {
    let (_folder, path) = folder();
    let listener = Listener::bind(&path).unwrap();
    let host = Connection::connect(&path).unwrap();
    let (daemon, _) = listener.accept(&Policy::default()).unwrap();
    (host, daemon)
}

/// A pipe's reading end to send, and its writing end to see that all copies are closed.
fn pipe() -> (OwnedFd, File) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (reader, File::from(writer))
}

#[test]
fn datagrams_arrive_whole_in_order_and_with_their_descriptor() {
    let (host, daemon) = pair();
    let mut buffer = [0; 64];
    assert!(matches!(daemon.recv(&mut buffer), Err(Error::WouldBlock)));
    host.send(b"first", None).unwrap();
    host.send(b"second", None).unwrap();
    assert_eq!(daemon.recv(&mut buffer).unwrap().length, 5);
    let second = daemon.recv(&mut buffer).unwrap();
    assert_eq!((&buffer[..second.length], second.descriptor.is_none()), (&b"second"[..], true));

    let (reader, mut writer) = pipe();
    daemon.send(b"image", Some(reader.as_fd())).unwrap();
    drop(reader);
    ready(&host);
    let image = host.recv(&mut buffer).unwrap();
    let copy = image.descriptor.unwrap();
    assert!(rustix::io::fcntl_getfd(&copy).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    writer.write_all(b"x").unwrap();
    let mut byte = [0];
    File::from(copy).read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x");
}

#[test]
fn the_longest_message_passes_and_a_longer_one_than_the_buffer_is_an_error() {
    let (host, daemon) = pair();
    let longest = vec![7; crate::message::MAX_MESSAGE];
    host.send(&longest, None).unwrap();
    let mut buffer = vec![0; crate::message::MAX_MESSAGE];
    assert_eq!(daemon.recv(&mut buffer).unwrap().length, longest.len());
    assert_eq!(buffer, longest);
    host.send(&longest, None).unwrap();
    assert!(matches!(daemon.recv(&mut [0; 100]), Err(Error::TooLong { limit: 100 })));
    assert!(matches!(host.send(&vec![0; 16 << 20], None), Err(Error::TooLong { .. })));
}

#[test]
fn the_end_of_the_other_side_is_seen_by_who_reads_and_who_writes() {
    let (host, daemon) = pair();
    host.send(b"last words", None).unwrap();
    drop(host);
    assert!(matches!(daemon.recv(&mut [0; 64]), Ok(Received { length: 10, .. })));
    assert!(matches!(daemon.recv(&mut [0; 64]), Err(Error::Closed)));
    assert!(matches!(daemon.send(b"x", None), Err(Error::Closed)));
}

#[test]
fn a_peer_that_never_reads_blocks_nobody() {
    let (host, daemon) = pair();
    let sent = (0..10_000).take_while(|_| host.send(&[0; 4096], None).is_ok()).count();
    assert!(sent < 10_000);
    assert!(matches!(host.send(&[0; 4096], None), Err(Error::WouldBlock)));
    drop(daemon);
}

fn send_descriptors(socket: &Connection, descriptors: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(64))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
    rustix::net::sendmsg(socket, &[IoSlice::new(b"x")], &mut control, SendFlags::empty()).unwrap();
}

#[test]
fn more_descriptors_than_one_are_an_error_and_none_of_them_stays_open() {
    for count in [2, 3, 64] {
        let (host, daemon) = pair();
        let (reader, mut writer) = pipe();
        send_descriptors(&host, &vec![reader.as_fd(); count]);
        drop(reader);
        assert!(matches!(daemon.recv(&mut [0; 64]), Err(Error::Descriptors)), "{count}");
        // Nobody holds a reading end any more.
        assert_eq!(writer.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{count}");
    }
}

#[test]
fn an_empty_datagram_counts_as_the_end_and_drops_its_descriptor() {
    let (host, daemon) = pair();
    let (reader, mut writer) = pipe();
    host.send(b"", Some(reader.as_fd())).unwrap();
    drop(reader);
    assert!(matches!(daemon.recv(&mut [0; 64]), Err(Error::Closed)));
    assert_eq!(writer.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn the_kernel_says_who_connected_and_a_user_that_is_not_listed_is_refused_and_disconnected() {
    let (_folder, path) = folder();
    let listener = Listener::bind(&path).unwrap();
    assert!(matches!(listener.accept(&Policy::default()), Err(Error::WouldBlock)));
    let own = rustix::process::geteuid().as_raw();

    let host = Connection::connect(&path).unwrap();
    let (_daemon, peer) = listener.accept(&Policy::default()).unwrap();
    assert_eq!((peer.pid, peer.uid), (std::process::id(), own));
    assert_eq!(host.peer().unwrap().uid, own);

    let host = Connection::connect(&path).unwrap();
    let refused = listener.accept(&Policy::only([own + 1])).unwrap_err();
    assert!(matches!(refused, Error::PeerRefused(peer) if peer.uid == own));
    assert_eq!(io::Error::from(refused).kind(), io::ErrorKind::PermissionDenied);
    assert!(matches!(host.recv(&mut [0; 64]), Err(Error::Closed)));

    let other = Peer { pid: 1, uid: own + 1, gid: 0 };
    assert!(!Policy::default().allows(&other) && Policy::default().and([own + 1]).allows(&other));
    assert!(Policy::default().allows(&Peer { uid: 0, ..other }));
}

#[test]
fn the_socket_has_mode_0660_and_goes_with_the_listener() {
    let (_folder, path) = folder();
    let listener = Listener::bind(&path).unwrap();
    let found = std::fs::metadata(&path).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o7777, 0o660);
    drop(listener);
    assert!(!path.exists());
    assert!(matches!(Connection::connect(&path), Err(Error::System { step: "connect", .. })));
}

/// A socket file that nobody listens on, as a killed daemon leaves it.
fn leave_stale(path: &Path, kind: SocketType) {
    let socket = rustix::net::socket(rustix::net::AddressFamily::UNIX, kind, None).unwrap();
    rustix::net::bind(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
}

#[test]
fn a_stale_socket_is_replaced_and_nothing_else_is() {
    let (_folder, path) = folder();
    leave_stale(&path, SocketType::SEQPACKET);
    let listener = Listener::bind(&path).unwrap();
    assert!(Connection::connect(&path).is_ok());

    assert!(matches!(Listener::bind(&path), Err(Error::InUse(in_use)) if in_use == path));
    assert!(Connection::connect(&path).is_ok(), "the first listener was not disturbed");
    drop(listener);

    let stream = UnixListener::bind(&path).unwrap();
    assert!(matches!(Listener::bind(&path), Err(Error::InUse(_))));
    drop(stream);
    std::fs::remove_file(&path).unwrap();

    let datagram = UnixDatagram::bind(&path).unwrap();
    assert!(matches!(Listener::bind(&path), Err(Error::InUse(_))));
    drop(datagram);
    std::fs::remove_file(&path).unwrap();

    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(Listener::bind(&path), Err(Error::NotASocket(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    assert!(matches!(Listener::bind(&path), Err(Error::NotASocket(_))));
}

#[test]
fn a_listener_does_not_remove_the_socket_of_its_successor() {
    let (_folder, path) = folder();
    let first = Listener::bind(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let _second = Listener::bind(&path).unwrap();
    drop(first);
    assert!(path.exists());
}

#[test]
fn of_several_daemons_that_start_at_once_exactly_one_listens() {
    let (_folder, path) = folder();
    leave_stale(&path, SocketType::SEQPACKET);
    let listeners: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..8).map(|_| scope.spawn(|| Listener::bind(&path))).collect();
        starting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(listeners.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(listeners.iter().all(|one| matches!(one, Ok(_) | Err(Error::InUse(_)))));
    assert!(Connection::connect(&path).is_ok());
}

/// What the process below answers about the descriptor 3 that it was started with.
const ANSWER: &str = "from_systemd says: ";

/// Not a test of its own: the activated process of the test below.
#[test]
fn activated_process() {
    if std::env::var_os("ECMOD_LINK_ACTIVATED").is_none() {
        return;
    }
    match Listener::from_systemd() {
        Ok(None) => println!("{ANSWER}nothing"),
        Err(error) => println!("{ANSWER}{error}"),
        Ok(Some(listener)) => {
            let (connection, _) = listener.accept(&Policy::default()).unwrap();
            let length = connection.recv(&mut [0; 64]).unwrap().length;
            assert!(matches!(listener.accept(&Policy::default()), Err(Error::WouldBlock)));
            let again = Listener::from_systemd().unwrap_err();
            println!("{ANSWER}{length} bytes; {again}");
        }
    }
}

/// Starts the process above with `descriptor` as its descriptor 3, as systemd does.
fn activate(descriptor: OwnedFd, pid: &str, count: &str) -> String {
    let script = format!(
        "exec 3<&0 </dev/null; LISTEN_PID={pid} LISTEN_FDS={count} exec \"$0\" --exact \"$1\" --nocapture"
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .arg("transport::tests::activated_process")
        .env("ECMOD_LINK_ACTIVATED", "1")
        .stdin(Stdio::from(descriptor))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = text.lines().find_map(|line| Some(line.split_once(ANSWER)?.1.to_owned()));
    answer.unwrap_or_else(|| panic!("no answer: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_socket_from_systemd_is_taken_with_what_waits_in_its_queue_and_only_if_it_is_the_right_one() {
    let (_folder, path) = folder();
    let socket = rustix::net::socket(rustix::net::AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
    let not_listening = socket.try_clone().unwrap();
    assert_eq!(
        activate(not_listening, "$$", "1"),
        "the socket from systemd: it does not listen: the unit needs Accept=no"
    );
    rustix::net::listen(&socket, 8).unwrap();
    // Connected and sent before anybody accepts.
    let host = Connection::connect(&path).unwrap();
    host.send(b"hello", None).unwrap();
    let copy = || socket.try_clone().unwrap();
    assert_eq!(activate(copy(), "1", "1"), "nothing");
    assert_eq!(activate(copy(), "$$", "0"), "nothing");
    assert!(activate(copy(), "$$", "2").contains("more than one descriptor"));
    assert_eq!(activate(copy(), "$$", "1"), "5 bytes; the socket from systemd: it has been taken before");

    let stream = UnixListener::bind(path.with_extension("stream")).unwrap();
    assert!(activate(stream.into(), "$$", "1").contains("not of type SOCK_SEQPACKET"));
    let file = tempfile::tempfile().unwrap();
    assert!(activate(file.into(), "$$", "1").contains("descriptor 3 is not a socket"));
    let network = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(activate(network.into(), "$$", "1").contains("not a Unix socket"));
}
