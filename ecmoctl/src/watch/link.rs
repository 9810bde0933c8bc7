// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way to the console: connects, follows, and connects again, for as long as the dashboard runs.
//!
//! Owns the connection. What it learns it sends as [`Update`]s; nobody waits for it, and it never gives up.

use std::time::Duration;

use ecmod_client::{AlarmNews, Bus, Client, Error, Frame, Frames, Snapshot};
use tokio::{
    sync::{Notify, mpsc::Sender},
    time::{Interval, MissedTickBehavior},
};

/// How long to wait before a connection is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often all properties are read; frames come by themselves, and an alarm asks for it at once.
const REFRESH: Duration = Duration::from_secs(1);

/// Something learned about the console.
#[derive(Debug)]
pub enum Update {
    /// There is a connection to the bus.
    Connected(Client),
    /// All properties.
    Snapshot(Box<Snapshot>),
    /// The readings.
    Frame(Frame),
    /// The bus or the daemon is not there, or does not answer; it is tried again.
    Lost(Error),
}

/// The receiver of updates is gone: time to end.
struct Gone;

/// Follows the console on `bus` until nobody receives the updates any more. `refresh` asks for a snapshot at once.
pub async fn follow(bus: Bus, updates: Sender<Update>, refresh: &Notify) {
    while !updates.is_closed() {
        let lost = match session(&bus, &updates, refresh).await {
            Ok(lost) => lost,
            Err(Gone) => return,
        };
        if updates.send(Update::Lost(lost)).await.is_err() {
            return;
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// One connection, from its beginning to why it ended.
async fn session(bus: &Bus, updates: &Sender<Update>, refresh: &Notify) -> Result<Error, Gone> {
    let client = match Client::connect(bus).await {
        Ok(client) => client,
        Err(error) => return Ok(error),
    };
    let mut frames = match client.frames().await {
        Ok(frames) => frames,
        Err(error) => return Ok(error),
    };
    let mut news = match client.alarm_news().await {
        Ok(news) => news,
        Err(error) => return Ok(error),
    };
    send(updates, Update::Connected(client.clone())).await?;
    let mut ticks = tokio::time::interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match next(&mut frames, &mut news, &mut ticks, refresh).await {
            Event::Frame(frame) => send(updates, Update::Frame(frame)).await?,
            // Many at once become one look: a notification that waits already is not doubled.
            Event::News => refresh.notify_one(),
            Event::Failed(error) => send(updates, Update::Lost(error)).await?,
            Event::Ended => return Ok(Error::Connection("the bus is gone".to_owned())),
            Event::Look => match client.snapshot().await {
                Ok(snapshot) => send(updates, Update::Snapshot(Box::new(snapshot))).await?,
                Err(error @ Error::Connection(_)) => return Ok(error),
                Err(error) => send(updates, Update::Lost(error)).await?,
            },
        }
    }
}

async fn send(updates: &Sender<Update>, update: Update) -> Result<(), Gone> {
    updates.send(update).await.map_err(|_| Gone)
}

/// What happens next on a connection.
enum Event {
    Frame(Frame),
    News,
    Failed(Error),
    Ended,
    Look,
}

async fn next(frames: &mut Frames, news: &mut AlarmNews, ticks: &mut Interval, refresh: &Notify) -> Event {
    tokio::select! {
        frame = frames.next() => match frame {
            Some(Ok(frame)) => Event::Frame(frame),
            Some(Err(error)) => Event::Failed(error),
            None => Event::Ended,
        },
        event = news.next() => match event {
            Some(_) => Event::News,
            None => Event::Ended,
        },
        _ = ticks.tick() => Event::Look,
        () = refresh.notified() => Event::Look,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ecmod_client::mock::{Mock, MockAlarm, PrivateBus};
    use tokio::sync::mpsc::{self, Receiver};

    use super::*;

    /// Waits for the first update that fits.
    async fn until(updates: &mut Receiver<Update>, fits: impl Fn(&Update) -> bool) -> Update {
        let wait = async {
            loop {
                match updates.recv().await {
                    Some(update) if fits(&update) => return update,
                    Some(_) => {}
                    None => panic!("the link has ended"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("took too long")
    }

    #[tokio::test]
    async fn it_says_what_is_missing_and_comes_back_by_itself() {
        let mut bus = PrivateBus::start().unwrap();
        let mock = Mock::serve(&bus.address()).await.unwrap();
        let (send, mut updates) = mpsc::channel(8);
        let refresh = Arc::new(Notify::new());
        let link = tokio::spawn({
            let (address, refresh) = (Bus::Address(bus.address()), Arc::clone(&refresh));
            async move { follow(address, send, &refresh).await }
        });
        until(&mut updates, |update| matches!(update, Update::Snapshot(_))).await;

        mock.leave().await.unwrap();
        refresh.notify_one();
        until(&mut updates, |update| matches!(update, Update::Lost(Error::NotRunning))).await;

        bus.stop();
        until(&mut updates, |update| matches!(update, Update::Lost(Error::Connection(_)))).await;
        until(&mut updates, |update| matches!(update, Update::Lost(Error::NoBus { .. }))).await;

        bus.restart().unwrap();
        let mock = Mock::serve(&bus.address()).await.unwrap();
        until(&mut updates, |update| matches!(update, Update::Snapshot(_))).await;
        mock.frame().await.unwrap();
        until(&mut updates, |update| matches!(update, Update::Frame(_))).await;

        mock.raise(MockAlarm::new("PUMP_STOP", "high", "Clamp.")).await.unwrap();
        let shows = |update: &Update| matches!(update, Update::Snapshot(it) if it.ranked_alarms().len() == 1);
        until(&mut updates, shows).await;

        drop(updates);
        refresh.notify_one();
        tokio::time::timeout(Duration::from_secs(20), link).await.expect("ends with its receiver").unwrap();
    }
}
