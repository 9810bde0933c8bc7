// SPDX-License-Identifier: MIT OR Apache-2.0
//! `case`: the case as a document, out of one console and into another.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use ecmod_client::{Client, Error};
use serde_json::json;

use crate::{arguments::CaseCommand, failure::Failure, output::Output};

/// More than any document has.
const LONGEST: u64 = 1024 * 1024;

/// Exports or imports.
pub async fn case(client: &Client, what: CaseCommand) -> Result<Output, Failure> {
    match what {
        CaseCommand::Export { file } => export(client, file.as_deref()).await,
        CaseCommand::Import { file } => import(client, &file).await,
    }
}

async fn export(client: &Client, file: Option<&Path>) -> Result<Output, Failure> {
    let document = client.case().await?.export().await.map_err(Error::from)?;
    let Some(file) = file else {
        return Ok(Output { json: json!({ "document": document }), text: document });
    };
    write(file, &document)?;
    let (file, bytes) = (file.display().to_string(), document.len());
    Ok(Output {
        text: format!("written to {file} ({bytes} bytes)\n"),
        json: json!({ "done": true, "file": file, "bytes": bytes }),
    })
}

/// Beside the file and then in its place: a medium that is full, or pulled out, leaves no half of a case.
fn write(file: &Path, document: &str) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let written = fs::write(&beside, document).and_then(|()| fs::File::open(&beside)?.sync_all());
    written.and_then(|()| fs::rename(&beside, file)).inspect_err(|_| {
        // What is there by half is of no use; that it cannot be removed either is said by the error already.
        let _ = fs::remove_file(&beside);
    })
}

async fn import(client: &Client, file: &Path) -> Result<Output, Failure> {
    if fs::metadata(file)?.len() > LONGEST {
        return Err(Error::InvalidArgument("the file is too long to be the document of a case".into()).into());
    }
    let document = String::from_utf8(fs::read(file)?)
        .map_err(|_| Error::InvalidArgument("the file is not the document of a case".into()))?;
    let (taken, left) = client.case().await?.import(&document).await.map_err(Error::from)?;
    let mut text = "taken up, and recorded; nothing was started:\n".to_owned();
    for one in &taken {
        let _ = writeln!(text, "  {one}");
    }
    if !left.is_empty() {
        text.push_str("not taken up, see to it here:\n");
    }
    for one in &left {
        let _ = writeln!(text, "  {one}");
    }
    Ok(Output { text, json: json!({ "done": true, "taken": taken, "left": left }) })
}
