// SPDX-License-Identifier: MIT OR Apache-2.0
//! Somebody at the hosts' socket who is no host, again and again: each time it is refused, which is logged.

use crate::bed::Bed;
use crate::steady::{monotonic, nanoseconds};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketType};
use std::time::Duration;

/// A thousand in a second: more than is ever written. A console is undisturbed by as many as one sender can make, but three at once, each with such
/// a sender, are more than two processors can do.
const PACE: Duration = Duration::from_millis(1);

/// For so many seconds; returns how often it was refused.
pub fn hosts_socket(bed: &Bed, seconds: f64) -> u64 {
    let end = monotonic() + nanoseconds(Duration::from_secs_f64(seconds));
    let place = SocketAddrUnix::new(bed.room.console.path("hosts.sock")).unwrap();
    let mut refused = 0;
    while monotonic() < end {
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
        rustix::net::connect(&socket, &place).expect("the daemon listens");
        let hello =
            format!("{{\"hello\":{{\"protocol\":1,\"port\":\"n{refused}\",\"pid\":1,\"drivers\":[]}}}}");
        if rustix::net::send(&socket, hello.as_bytes(), SendFlags::NOSIGNAL).is_ok() {
            let mut answer = [0_u8; 1024];
            let _hung_up = rustix::net::recv(&socket, &mut answer, RecvFlags::empty());
            refused += 1;
        }
        std::thread::sleep(PACE);
    }
    refused
}
