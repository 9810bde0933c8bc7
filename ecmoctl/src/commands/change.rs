// SPDX-License-Identifier: MIT OR Apache-2.0
//! `set`, `start`, `stop`: asking for a change. The console decides; what it says is passed on.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use ecmod_client::{Client, Console1Proxy, Error, Snapshot, monotonic_now};
use serde_json::json;

use super::reading;
use crate::{
    arguments::{Change, StopStep},
    failure::Failure,
    output::Output,
};

/// Changes a setpoint or the mode.
pub async fn set(client: &Client, change: Change) -> Result<Output, Failure> {
    let console = client.console().await?;
    let (what, value, unit) = match change {
        Change::Speed { value } => {
            console.set_speed(value).await.map_err(Error::from)?;
            ("speed setpoint", json!(value), "rpm")
        }
        Change::Flow { value } => {
            console.set_flow(value).await.map_err(Error::from)?;
            ("flow setpoint", json!(value), "L/min")
        }
        Change::Sweep { value } => {
            console.set_sweep_gas_flow(value).await.map_err(Error::from)?;
            ("sweep gas setpoint", json!(value), "L/min")
        }
        Change::Mode { mode } => {
            console.set_mode(mode.name()).await.map_err(Error::from)?;
            ("mode", json!(mode.name()), "")
        }
    };
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = format!("{what} is now {shown} {unit}").trim_end().to_owned() + "\n";
    Ok(Output { text, json: json!({ "done": true, "changed": what, "value": value, "unit": unit }) })
}

/// Begins to support.
pub async fn start(client: &Client) -> Result<Output, Failure> {
    let console = client.console().await?;
    console.start().await.map_err(Error::from)?;
    let mode = console.mode().await.map_err(Error::from)?;
    Ok(Output {
        text: format!("supporting in {mode} mode\n"),
        json: json!({ "done": true, "changed": "state", "value": "support", "mode": mode }),
    })
}

/// Stops the pump: one step, both, or both with a question in between.
pub async fn stop(client: &Client, step: &StopStep, json: bool) -> Result<Output, Failure> {
    let console = client.console().await?;
    if step.cancel {
        console.cancel_stop().await.map_err(Error::from)?;
        let json = json!({ "done": true, "changed": "stop", "value": "cancelled" });
        return Ok(Output { text: "the stop is withdrawn: the pump goes on\n".to_owned(), json });
    }
    if let Some(token) = step.confirm {
        return confirm(&console, token).await;
    }
    let ask = !step.yes && !json && io::stdin().is_terminal() && io::stdout().is_terminal();
    let warning = if ask { warning(&client.snapshot().await?) } else { String::new() };
    let (token, expires) = console.request_stop().await.map_err(Error::from)?;
    let left = Duration::from_nanos(expires.saturating_sub(monotonic_now()));
    let seconds = left.as_millis().div_ceil(1000);
    if step.yes {
        return confirm(&console, token).await;
    }
    if !ask {
        return Ok(Output {
            text: format!(
                "a stop is requested; nothing has changed yet\nto stop the pump, within {seconds} s: ecmoctl stop --confirm {token}\n"
            ),
            json: json!({ "done": false, "token": token, "expires_monotonic_ns": expires,
                          "expires_in_ms": u64::try_from(left.as_millis()).unwrap_or(u64::MAX) }),
        });
    }
    match answer(format!("{warning}Type stop within {seconds} s to stop the pump: "), left).await {
        Ok(true) => confirm(&console, token).await,
        Ok(false) => withdraw(&console).await,
        Err(error) => withdraw(&console).await.or(Err(error)),
    }
}

async fn confirm(console: &Console1Proxy<'_>, token: u32) -> Result<Output, Failure> {
    console.confirm_stop(token).await.map_err(Error::from)?;
    Ok(Output {
        text: "stop confirmed: the pump slows down to 0 rpm\n".to_owned(),
        json: json!({ "done": true, "changed": "stop", "value": "confirmed" }),
    })
}

/// Takes the request back. That it has expired in the meantime is as good.
async fn withdraw(console: &Console1Proxy<'_>) -> Result<Output, Failure> {
    match console.cancel_stop().await.map_err(Error::from) {
        Ok(()) | Err(Error::Refused { .. }) => Err(Failure::NotConfirmed),
        Err(error) => Err(error.into()),
    }
}

/// What stopping means now.
fn warning(snapshot: &Snapshot) -> String {
    let shown = |name: &str| {
        let signal = snapshot.signals.get(name);
        signal.map_or_else(
            || reading::NO_VALUE.to_owned(),
            |signal| format!("{} {}", reading::value(&signal.reading, &signal.unit), signal.unit),
        )
    };
    format!(
        "This stops the pump. Clamp the return line first: through a standing pump blood flows back.\n\
         Now: {}, blood flow {}, pump speed {}.\n",
        snapshot.console.state,
        shown("blood_flow"),
        shown("pump_speed"),
    )
}

/// Asks on the terminal and waits for a line, no longer than the token lives.
async fn answer(question: String, limit: Duration) -> Result<bool, Failure> {
    let mut out = io::stdout();
    out.write_all(question.as_bytes())?;
    out.flush()?;
    let (send, receive) = tokio::sync::oneshot::channel();
    // A thread of its own: reading a line cannot be interrupted, and the process ends without it.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map(|_| line);
        drop(send.send(read));
    });
    match tokio::time::timeout(limit, receive).await {
        Ok(Ok(line)) => Ok(line?.trim() == "stop"),
        Ok(Err(_)) => Ok(false),
        Err(_) => {
            out.write_all(b"\n")?;
            Ok(false)
        }
    }
}
