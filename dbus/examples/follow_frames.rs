// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many subscribers of a console's frames, each with a connection of its own, counted: for measuring what they cost.
//!
//! `cargo run --release -p ecmod-client --example follow_frames -- ADDRESS SUBSCRIBERS SIGNALS SECONDS`
//!
//! Prints `ready` as soon as frames with at least `SIGNALS` good readings come and all subscribers follow, and when the time is
//! over one JSON object: frames received and frames lost, of all subscribers together.

use std::error::Error;
use std::time::Duration;

use ecmod_client::{Bus, Client, Frames, Quality};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// How long the console may take to deliver.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, subscribers, signals, seconds] = arguments.as_slice() else {
        return Err("usage: follow_frames ADDRESS SUBSCRIBERS SIGNALS SECONDS".into());
    };
    let (subscribers, signals): (usize, usize) = (subscribers.parse()?, signals.parse()?);
    let bus = Bus::Address(address.clone());
    timeout(PATIENCE, until_good(&bus, signals))
        .await
        .map_err(|_| "the console delivers no good frames")??;
    let mut streams = Vec::new();
    for _ in 0..subscribers {
        let client = Client::connect(&bus).await?;
        let frames = client.frames().await?;
        streams.push((client, frames));
    }
    println!("ready");

    let end = Instant::now() + Duration::from_secs(seconds.parse()?);
    let mut tasks = JoinSet::new();
    for (client, frames) in streams {
        tasks.spawn(async move {
            let counted = count(frames, end).await;
            drop(client);
            counted
        });
    }
    tokio::time::sleep_until(end).await;
    let (mut received, mut lost) = (0, 0);
    while let Some(counted) = tasks.join_next().await {
        let (frames, gaps) = counted?;
        received += frames;
        lost += gaps;
    }
    println!("{{\"frames\": {received}, \"lost\": {lost}}}");
    Ok(())
}

/// Follows until the console delivers what it is configured to; the connection is closed again.
async fn until_good(bus: &Bus, signals: usize) -> Result<(), Box<dyn Error>> {
    let client = Client::connect(bus).await?;
    let mut frames = client.frames().await?;
    while let Some(frame) = frames.next().await {
        let good = frame?.readings.values().filter(|reading| reading.quality() == Quality::Good).count();
        if good >= signals {
            return Ok(());
        }
    }
    Err("the bus has ended".into())
}

/// Frames received and lost until the end.
async fn count(mut frames: Frames, end: Instant) -> (u64, u64) {
    let (mut received, mut lost) = (0, 0);
    while let Ok(Some(frame)) = timeout_at(end, frames.next()).await {
        match frame {
            Ok(frame) => {
                received += 1;
                lost += frame.lost;
            }
            Err(_) => lost += 1,
        }
    }
    (received, lost)
}
