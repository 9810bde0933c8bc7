// SPDX-License-Identifier: MIT OR Apache-2.0
//! `selftest`: the console's test of itself, item by item, with what to do about what failed.

use std::{fmt::Write as _, time::Duration};

use ecmod_client::{Client, Error, SelfTest1Properties, monotonic_now};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::{
    arguments::SelfTestOptions,
    failure::Failure,
    output::{Output, table},
    words,
};

/// How long a test may take; the longest items cycle a clamp and listen to a sounder.
const LONGEST: Duration = Duration::from_secs(120);

/// How long to wait for the console's word that it is over before looking: a daemon that restarts never says it.
const LOOK: Duration = Duration::from_secs(1);

/// Shows the last test, makes one, or overrides what failed.
pub async fn self_test(client: &Client, options: &SelfTestOptions, json: bool) -> Result<Output, Failure> {
    if options.run {
        return run(client, json).await;
    }
    if let Some(reason) = &options.override_ {
        client.self_test().await?.override_(reason).await.map_err(Error::from)?;
        return Ok(Output {
            text: "overridden, and recorded: a new case may start until the next test\n".to_owned(),
            json: json!({ "done": true, "changed": "self_test_override", "value": reason }),
        });
    }
    let test = known(client).await?;
    Ok(Output { text: text(&test), json: self::json(&test) })
}

async fn run(client: &Client, json: bool) -> Result<Output, Failure> {
    let proxy = client.self_test().await?;
    proxy.run().await.map_err(Error::from)?;
    let end = Instant::now() + LONGEST;
    loop {
        match timeout(LOOK, client.self_test_over()).await {
            Ok(over) => break over?,
            Err(_) if Instant::now() < end => {}
            Err(_) => {
                let text = format!("the self-test has not ended within {} s", LONGEST.as_secs());
                return Err(Error::Unavailable(text).into());
            }
        }
    }
    let test = known(client).await?;
    let output = Output { text: text(&test), json: self::json(&test) };
    if test.passed {
        return Ok(output);
    }
    output.print(json)?;
    Err(Failure::SelfTest)
}

async fn known(client: &Client) -> Result<SelfTest1Properties, Error> {
    let missing = || Error::Missing("a self-test; it is of an earlier version".to_owned());
    client.snapshot().await?.self_test.ok_or_else(missing)
}

/// In a few words; also for `status`.
pub fn summary(test: &SelfTest1Properties) -> String {
    let failed = test.items.iter().filter(|item| item.result == "failed").count();
    match (test.state.as_str(), test.passed) {
        ("finished", true) => "passed".to_owned(),
        ("finished", false) if test.blocks_start => format!("{failed} failed, a new case cannot start"),
        ("finished", false) if test.overridden => {
            format!("{failed} failed, overridden: {}", test.override_reason)
        }
        ("finished", false) => format!("{failed} failed"),
        ("never", _) => "not made yet".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn text(test: &SelfTest1Properties) -> String {
    let mut text = format!("self-test: {}", summary(test));
    if test.finished_at > 0 {
        let _ = write!(text, ", {} ago", words::ago(monotonic_now().saturating_sub(test.finished_at)));
    }
    let rows: Vec<Vec<String>> = test
        .items
        .iter()
        .map(|item| {
            let result = if item.result == "failed" { "FAILED" } else { item.result.as_str() };
            vec![item.name.clone(), result.to_owned(), item.detail.clone()]
        })
        .collect();
    let _ = write!(text, "\n\n{}", table(&["ITEM", "RESULT", "FOUND"], &rows));
    let failed = test.items.iter().filter(|item| item.result == "failed" && !item.remedy.is_empty());
    for (index, item) in failed.enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{}: {}", item.name, item.remedy);
    }
    text
}

fn json(test: &SelfTest1Properties) -> Value {
    let items = test.items.iter().map(|item| {
        json!({ "name": item.name, "result": item.result, "detail": item.detail, "remedy": item.remedy,
                "blocks": item.blocks, "tested_monotonic_ns": (item.tested > 0).then_some(item.tested) })
    });
    json!({
        "state": test.state,
        "passed": test.passed,
        "blocks_start": test.blocks_start,
        "overridden": test.overridden,
        "override_reason": (!test.override_reason.is_empty()).then_some(&test.override_reason),
        "items": items.collect::<Value>(),
    })
}
