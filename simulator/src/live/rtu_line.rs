// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Modbus RTU line on a pty: answers its own units, ignores everything else, never ends.

use super::pty::Pty;
use super::world::World;
use crate::devices::Registers;
use crate::line::{Framing, LineFaults, names};
use crate::modbus::{answer, rtu};
use ecmod_quantities::Span;
use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// The unit of the only device on a line.
const UNIT: u8 = 1;
/// Bytes that lead to nothing are forgotten after this.
const SILENCE: Span = Span::from_millis(10);
/// How often faults are looked at while nothing arrives.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// Serves the line of this name for ever.
pub(super) async fn serve(world: Rc<RefCell<World>>, name: &'static str, first: Pty, response_delay: Span) {
    let link = first.link().to_owned();
    let mut pty = Some(first);
    loop {
        if let Some(connected) = pty.take() {
            // An error ends this pty; a new one takes its place.
            let _ended = connected_until_fault(&world, name, Rc::new(connected), response_delay).await;
        }
        pty = reconnect(&world, name, &link).await;
    }
}

/// Waits while the line is unplugged, then makes a new pty.
pub(super) async fn reconnect(world: &Rc<RefCell<World>>, name: &'static str, link: &Path) -> Option<Pty> {
    loop {
        tokio::time::sleep(LOOK).await;
        if !faults(world, name).disconnected {
            return Pty::open(link).ok();
        }
    }
}

pub(super) fn faults(world: &Rc<RefCell<World>>, name: &str) -> LineFaults {
    world.borrow().plant.line_faults(name)
}

async fn connected_until_fault(
    world: &Rc<RefCell<World>>,
    name: &'static str,
    pty: Rc<Pty>,
    response_delay: Span,
) -> io::Result<()> {
    let mut deframer = rtu::Deframer::new(SILENCE);
    let mut buffer = [0_u8; 512];
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = pty.read(&mut buffer) => {
                let bytes = buffer.get(..count?).unwrap_or_default();
                deframer.push(bytes, world.borrow().time());
                while let Some(request) = deframer.next_request() {
                    if let Some(reply) = reply_to(world, name, &request) {
                        send(&pty, response_delay, reply).await?;
                    }
                }
            }
            _ = look.tick() => {
                let faults = faults(world, name);
                if faults.disconnected {
                    return Ok(());
                }
                let burst = faults.burst(world.borrow_mut().plant.noise());
                pty.write(&burst)?;
                pty.release();
            }
        }
    }
}

/// What the line's device sends, if it is meant and says anything.
fn reply_to(
    world: &Rc<RefCell<World>>,
    name: &'static str,
    request: &rtu::Request,
) -> Option<crate::line::Delayed> {
    let mut world = world.borrow_mut();
    world.catch_up();
    world.count_request(name);
    let plant = &mut world.plant;
    let device: &mut dyn Registers = if name == names::PUMP { &mut plant.drive } else { &mut plant.gas };
    if request.unit != UNIT && request.unit != rtu::BROADCAST {
        return None;
    }
    let pdu = answer(&request.pdu, device);
    if request.unit == rtu::BROADCAST {
        return None;
    }
    let asked = rtu::frame(request.unit, &request.pdu);
    let faults = plant.line_faults(name);
    Some(faults.pass(Framing::Rtu, &asked, rtu::frame(UNIT, &pdu), plant.noise()))
}

/// Sends after the device's own delay; a late frame is sent by itself, so that the line goes on meanwhile.
async fn send(pty: &Rc<Pty>, response_delay: Span, reply: crate::line::Delayed) -> io::Result<()> {
    let duration = |span: Span| Duration::from_nanos(span.0);
    if reply.after == Span::ZERO {
        if response_delay > Span::ZERO {
            tokio::time::sleep(duration(response_delay)).await;
        }
        return pty.write(&reply.bytes);
    }
    let pty = Rc::clone(pty);
    tokio::task::spawn_local(async move {
        tokio::time::sleep(duration(reply.after)).await;
        // The line may have been unplugged in the meantime: then nobody waits for it.
        let _ = pty.write(&reply.bytes);
    });
    Ok(())
}
