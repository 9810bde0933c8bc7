// SPDX-License-Identifier: MIT OR Apache-2.0
//! `watch`: the dashboard in the terminal, once as text, or as a stream of JSON.
//!
//! Three parties meet here: the [`link`] to the console sends updates, a thread sends keys, and the loop draws. The loop
//! never waits for the console: what a key asks for is done by a task of its own, one thing after the other.

mod alarms;
mod dashboard;
mod digits;
mod fit;
mod history;
mod keys;
mod link;
mod numbers;
mod plot;
mod procedures;
mod summary;
#[cfg(test)]
mod tests;
mod view;

use std::{
    io::{self, IsTerminal},
    sync::Arc,
    time::{Duration, Instant},
};

use ecmod_client::{Bus, Client, Error, Snapshot};
use ratatui::{
    DefaultTerminal, Terminal,
    backend::TestBackend,
    crossterm::event::{self, Event, KeyEvent},
};
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{
        Notify,
        mpsc::{self, Receiver, Sender},
    },
    time::timeout,
};

use crate::{arguments::WatchOptions, commands::reading, failure::Failure, output::Output};
use dashboard::{Dashboard, Tone};
use keys::{Action, Intent, Reply};
use link::Update;

/// How often the screen is drawn when nothing happens: clocks and lost frames must show.
const REDRAW: Duration = Duration::from_millis(200);

/// How long `--once` waits for a first frame.
const FIRST_FRAME: Duration = Duration::from_secs(3);

/// Changes asked for and not yet answered; more are refused.
const PENDING_CHANGES: usize = 4;

/// Updates not yet taken in. The link waits when there are more, and the bus then holds the frames.
const PENDING_UPDATES: usize = 64;

/// Follows the console in the way that is asked for.
pub async fn run(bus: &Bus, options: &WatchOptions, json: bool) -> Result<Output, Failure> {
    match (json, options.once) {
        (true, once) => stream(bus, once).await,
        (false, true) => once(bus, options).await,
        (false, false) => interactive(bus).await,
    }
}

/// The dashboard, until a key or a signal ends it.
async fn interactive(bus: &Bus) -> Result<Output, Failure> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(io::Error::other("standard input and output are not a terminal").into());
    }
    let mut terminal = ratatui::try_init()?;
    let outcome = watch(&mut terminal, bus).await;
    ratatui::try_restore()?;
    outcome.map(|()| Output::nothing())
}

async fn watch(terminal: &mut DefaultTerminal, bus: &Bus) -> Result<(), Failure> {
    let (send_updates, mut updates) = mpsc::channel(PENDING_UPDATES);
    let refresh = Arc::new(Notify::new());
    let link = {
        let (bus, refresh) = (bus.clone(), Arc::clone(&refresh));
        tokio::spawn(async move { link::follow(bus, send_updates, &refresh).await })
    };
    let (send_replies, mut replies) = mpsc::channel(PENDING_CHANGES);
    let (actions, worker) = start_worker(send_replies, refresh);
    let mut keys = start_keys();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;

    let mut dashboard = Dashboard::new();
    let mut client: Option<Client> = None;
    let outcome = loop {
        if let Err(error) = terminal.draw(|frame| view::draw(frame, &dashboard, Instant::now())) {
            break Err(error.into());
        }
        tokio::select! {
            Some(update) = updates.recv() => {
                if let Update::Connected(connected) = &update {
                    client = Some(connected.clone());
                }
                dashboard.update(update, Instant::now());
            }
            Some(reply) = replies.recv() => keys::take_reply(&mut dashboard, reply, Instant::now()),
            key = keys.recv() => match key {
                Some(Some(key)) => match keys::intent(&mut dashboard, key) {
                    Intent::Quit => break Ok(()),
                    Intent::Nothing => {}
                    Intent::Ask(action) => submit(&mut dashboard, &actions, client.as_ref(), action),
                },
                Some(None) => {}
                None => break Err(io::Error::other("no keys can be read").into()),
            },
            _ = terminate.recv() => break Ok(()),
            _ = hangup.recv() => break Ok(()),
            () = tokio::time::sleep(REDRAW) => {}
        }
        dashboard.expire(Instant::now());
    };
    link.abort();
    worker.abort();
    outcome
}

/// Hands an action to the worker, or says that it cannot be.
fn submit(
    dashboard: &mut Dashboard,
    actions: &Sender<(Client, Action)>,
    client: Option<&Client>,
    action: Action,
) {
    let now = Instant::now();
    match client {
        Some(client) if actions.try_send((client.clone(), action)).is_ok() => {}
        Some(_) => {
            dashboard.say(Tone::Failed, "the console has not answered yet: nothing more is asked of it", now)
        }
        None => dashboard.say(Tone::Failed, "there is no connection to the console", now),
    }
}

/// The task that asks the console for changes, one after the other.
fn start_worker(
    replies: Sender<Reply>,
    refresh: Arc<Notify>,
) -> (Sender<(Client, Action)>, tokio::task::JoinHandle<()>) {
    let (send, mut actions) = mpsc::channel::<(Client, Action)>(PENDING_CHANGES);
    let worker = tokio::spawn(async move {
        while let Some((client, action)) = actions.recv().await {
            let reply = keys::perform(&client, action).await;
            refresh.notify_one();
            if replies.send(reply).await.is_err() {
                return;
            }
        }
    });
    (send, worker)
}

/// The thread that reads the terminal: keys, and `None` for anything that asks for a new drawing.
fn start_keys() -> Receiver<Option<KeyEvent>> {
    let (send, keys) = mpsc::channel(16);
    std::thread::spawn(move || {
        while !send.is_closed() {
            let key = match event::poll(REDRAW) {
                Ok(false) => continue,
                Ok(true) => match event::read() {
                    Ok(Event::Key(key)) => Some(key),
                    Ok(_) => None,
                    Err(_) => return,
                },
                Err(_) => return,
            };
            if send.blocking_send(key).is_err() {
                return;
            }
        }
    });
    keys
}

/// The dashboard as text, drawn once when there is something to draw.
async fn once(bus: &Bus, options: &WatchOptions) -> Result<Output, Failure> {
    let client = Client::connect(bus).await?;
    let mut frames = client.frames().await?;
    let snapshot = client.snapshot().await?;
    let mut dashboard = Dashboard::new();
    dashboard.update(Update::Snapshot(Box::new(snapshot)), Instant::now());
    match timeout(FIRST_FRAME, frames.next()).await {
        Ok(Some(frame)) => dashboard.update(Update::Frame(frame?), Instant::now()),
        Ok(None) => return Err(Error::Connection("the bus is gone".to_owned()).into()),
        Err(_) => return Err(Error::NoReply.into()),
    }
    Ok(Output { text: text(&dashboard, options.width, options.height), json: Value::Null })
}

/// The drawing as lines of text.
fn text(dashboard: &Dashboard, width: u16, height: u16) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| view::draw(frame, dashboard, Instant::now()));
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let line: String = (0..width).filter_map(|x| buffer.cell((x, y))).map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One JSON object per frame and line, until the reader goes away; with `once` a single one.
async fn stream(bus: &Bus, once: bool) -> Result<Output, Failure> {
    let client = Client::connect(bus).await?;
    let mut frames = client.frames().await?;
    let snapshot = client.snapshot().await?;
    loop {
        let frame = match timeout(FIRST_FRAME, frames.next()).await {
            Ok(Some(frame)) => frame?,
            Ok(None) => return Err(Error::Connection("the bus is gone".to_owned()).into()),
            // Either the daemon is gone, which this tells, or it has fallen silent.
            Err(_) => {
                client.running().await?;
                return Err(Error::NoReply.into());
            }
        };
        println_flushed(&frame_json(&frame, &snapshot))?;
        if once {
            return Ok(Output::nothing());
        }
    }
}

fn println_flushed(value: &Value) -> io::Result<()> {
    use io::Write as _;
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

fn frame_json(frame: &ecmod_client::Frame, snapshot: &Snapshot) -> Value {
    let signals = frame.readings.iter().map(|(name, reading)| {
        let unit = snapshot.signals.get(name).map_or("", |signal| signal.unit.as_str());
        reading::json(name, reading, unit, frame.monotonic)
    });
    json!({
        "monotonic_ns": frame.monotonic,
        "sequence": frame.sequence,
        "lost": frame.lost,
        "signals": signals.collect::<Value>(),
    })
}
