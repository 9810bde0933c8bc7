// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow meter's serial line on a pty: streams by itself, takes commands.

use super::pty::Pty;
use super::rtu_line::{faults, reconnect};
use super::world::World;
use crate::line::{Framing, names};
use ecmod_quantities::Span;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

/// How often the meter is asked for new bytes: a line leaves at most this late.
const LOOK: Duration = Duration::from_millis(10);

/// Serves the flow meter for ever.
pub(super) async fn serve(world: Rc<RefCell<World>>, first: Pty) {
    let link = first.link().to_owned();
    let mut pty = Some(first);
    loop {
        if let Some(connected) = pty.take() {
            // An error ends this pty; a new one takes its place.
            let _ended = connected_until_fault(&world, Rc::new(connected)).await;
        }
        pty = reconnect(&world, names::FLOW, &link).await;
    }
}

async fn connected_until_fault(world: &Rc<RefCell<World>>, pty: Rc<Pty>) -> io::Result<()> {
    let mut buffer = [0_u8; 256];
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = pty.read(&mut buffer) => {
                let bytes = buffer.get(..count?).unwrap_or_default();
                let mut world = world.borrow_mut();
                world.count_request(names::FLOW);
                world.plant.flow_meter.receive(bytes);
                if world.plant.line_faults(names::FLOW).echo {
                    pty.write(bytes)?;
                }
            }
            _ = look.tick() => {
                let faults = faults(world, names::FLOW);
                if faults.disconnected {
                    return Ok(());
                }
                let mut world = world.borrow_mut();
                world.catch_up();
                let output = world.plant.flow_meter.take_output();
                for line in output.split_inclusive(|byte| *byte == b'\n') {
                    let sent = faults.pass(Framing::Text, &[], line.to_vec(), world.plant.noise());
                    if sent.after == Span::ZERO {
                        pty.write(&sent.bytes)?;
                        continue;
                    }
                    let pty = Rc::clone(&pty);
                    tokio::task::spawn_local(async move {
                        tokio::time::sleep(Duration::from_nanos(sent.after.0)).await;
                        // The line may have been unplugged in the meantime: then nobody waits for it.
                        let _ = pty.write(&sent.bytes);
                    });
                }
                pty.release();
            }
        }
    }
}
