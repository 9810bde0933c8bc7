// SPDX-License-Identifier: MIT OR Apache-2.0
//! The transmitter and the monitor of gas and blood on Modbus TCP, as two units behind one gateway.

use super::LiveError;
use super::rtu_line::{LOOK, faults};
use super::world::World;
use crate::line::{Delayed, Framing, names};
use crate::modbus::{answer, tcp};
use ecmod_quantities::Span;
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Units the transmitter answers to: its own, and the one that TCP clients use for "the device itself".
const TRANSMITTER: [u8; 2] = [1, 255];
/// Unit of the monitor of gas and blood.
const ANALYSER: u8 = 2;
/// Clients served at a time; more are closed at once.
const MOST_CLIENTS: usize = 16;

/// Binds and listens; says at which address.
pub(super) fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LiveError> {
    let bind = || {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(16)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bind().map_err(LiveError::io(format!("TCP {address}")))
}

/// Serves both for ever; while the line is unplugged nobody listens and every connection is closed.
pub(super) async fn serve(
    world: Rc<RefCell<World>>,
    first: TcpListener,
    address: SocketAddr,
    response_delay: Span,
) {
    let mut listener = Some(first);
    loop {
        if let Some(listener) = listener.take() {
            accept_until_fault(&world, &listener, response_delay).await;
        }
        tokio::time::sleep(LOOK).await;
        if !faults(&world, names::MONITOR).disconnected {
            // The port may be taken for a moment: tried again.
            listener = listen(address).ok().map(|(listener, _)| listener);
        }
    }
}

async fn accept_until_fault(world: &Rc<RefCell<World>>, listener: &TcpListener, response_delay: Span) {
    let clients = Rc::new(());
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted
                    && Rc::strong_count(&clients) <= MOST_CLIENTS
                {
                    let (world, counted) = (Rc::clone(world), Rc::clone(&clients));
                    tokio::task::spawn_local(async move {
                        // A client that goes, or talks nonsense, ends its own connection only.
                        let _ended = converse(&world, stream, response_delay).await;
                        drop(counted);
                    });
                }
            }
            _ = look.tick() => {
                if faults(world, names::MONITOR).disconnected {
                    return;
                }
            }
        }
    }
}

async fn converse(world: &Rc<RefCell<World>>, mut stream: TcpStream, response_delay: Span) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    let mut buffer = [0_u8; 512];
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            count = stream.read(&mut buffer) => {
                let bytes = buffer.get(..count?).unwrap_or_default();
                if bytes.is_empty() {
                    return Ok(());
                }
                received.extend_from_slice(bytes);
            }
            _ = look.tick() => {
                if faults(world, names::MONITOR).disconnected {
                    return Ok(());
                }
                continue;
            }
        }
        loop {
            match tcp::take(&mut received) {
                tcp::Head::Incomplete => break,
                tcp::Head::Nonsense => return Ok(()),
                tcp::Head::Request(request) => {
                    let Some(reply) = reply_to(world, &request) else { continue };
                    let delay = Duration::from_nanos(response_delay.0.saturating_add(reply.after.0));
                    if !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    }
                    stream.write_all(&reply.bytes).await?;
                }
            }
        }
    }
}

fn reply_to(world: &Rc<RefCell<World>>, request: &tcp::Request) -> Option<Delayed> {
    let mut world = world.borrow_mut();
    world.catch_up();
    world.count_request(names::MONITOR);
    let plant = &mut world.plant;
    let pdu = match request.unit {
        unit if TRANSMITTER.contains(&unit) => answer(&request.pdu, &mut plant.transmitter),
        ANALYSER => answer(&request.pdu, &mut plant.analyser),
        _ => return None,
    };
    let asked = tcp::frame(request.transaction, request.unit, &request.pdu);
    let frame = tcp::frame(request.transaction, request.unit, &pdu);
    Some(plant.line_faults(names::MONITOR).pass(Framing::Tcp, &asked, frame, plant.noise()))
}
