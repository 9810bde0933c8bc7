// SPDX-License-Identifier: MIT OR Apache-2.0
//! From files to a tree of the right shape, with every error of shape reported.
//!
//! The `config` crate layers the files. Its own deserializer is loose (3.7 becomes 4, `"yes"` becomes true), so its tree is taken
//! as a `toml::Value` and deserialized strictly. Serde stops at the first error; here the offending key is taken out of the tree
//! and the rest tried again, until what is left has the right shape: so all errors come at once.

use std::path::{Path, PathBuf};

use serde_path_to_error::{Path as KeyPath, Segment};

use crate::Paths;
use crate::file::Root;
use crate::places::{Places, position};
use crate::problem::Problem;

/// A tree of the right shape as far as the files had one, where its keys stand, and what was wrong with the rest.
pub(crate) struct Tree {
    pub root: Root,
    pub places: Places,
    pub problems: Vec<Problem>,
    /// The key of every table that had to be left out, so that nobody reports it as missing too.
    pub left_out: Vec<String>,
    /// The file that problems without a place are reported in.
    pub main: PathBuf,
    /// All files as one, as far as they could be read.
    pub merged: String,
}

/// No configuration file is larger; a device node or a database given by mistake is not read.
const LARGEST_FILE: u64 = 1024 * 1024;

pub(crate) fn read(paths: &Paths) -> Tree {
    let mut tree = Tree {
        root: Root::default(),
        places: Places::default(),
        problems: Vec::new(),
        left_out: Vec::new(),
        main: paths.main.clone(),
        merged: String::new(),
    };
    let mut builder = config::Config::builder();
    for file in files(paths, &mut tree.problems) {
        let Some(text) = read_file(&file, &mut tree.problems) else { continue };
        if let Some(problem) = syntax_problem(&file, &text) {
            tree.problems.push(problem);
            continue;
        }
        tree.places.add(&file, &text);
        builder = builder.add_source(config::File::from_str(&text, config::FileFormat::Toml));
    }
    match layered(builder) {
        Ok(value) => {
            tree.merged = toml::to_string(&value).unwrap_or_default();
            shape(value, &mut tree);
        }
        Err(message) => tree.problems.push(Problem::of_file(&paths.main, message, None)),
    }
    tree
}

fn files(paths: &Paths, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut files = vec![paths.main.clone()];
    let Some(folder) = paths.overrides.as_deref().filter(|folder| folder.exists()) else { return files };
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            let mut overrides: Vec<PathBuf> = entries
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
                .collect();
            overrides.sort();
            files.extend(overrides);
        }
        Err(error) => problems.push(Problem::of_file(folder, format!("cannot be read: {error}"), None)),
    }
    files
}

fn read_file(file: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let refuse = |message: String, help: Option<&str>, problems: &mut Vec<Problem>| {
        problems.push(Problem::of_file(file, message, help));
        None
    };
    match std::fs::metadata(file) {
        Err(error) => {
            let help = "`ecmod config default` prints a configuration to begin with";
            return refuse(format!("cannot be read: {error}"), Some(help), problems);
        }
        Ok(meta) if !meta.is_file() => return refuse("is not a regular file".into(), None, problems),
        Ok(meta) if meta.len() > LARGEST_FILE => {
            return refuse(
                format!("is {} bytes long; a configuration has at most {LARGEST_FILE}", meta.len()),
                None,
                problems,
            );
        }
        Ok(_) => {}
    }
    match std::fs::read(file).map(String::from_utf8) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(error)) => {
            let at = error.utf8_error().valid_up_to();
            refuse(format!("is not UTF-8 text (byte {at})"), None, problems)
        }
        Err(error) => refuse(format!("cannot be read: {error}"), None, problems),
    }
}

fn syntax_problem(file: &Path, text: &str) -> Option<Problem> {
    let error = toml::from_str::<toml::Table>(text).err()?;
    let (line, column) = error.span().map_or((0, 0), |span| position(text, span.start));
    Some(Problem {
        file: file.to_path_buf(),
        line,
        column,
        key: String::new(),
        message: format!("not valid TOML: {}", error.message()),
        help: None,
    })
}

#[allow(clippy::disallowed_methods)] // the one place: into an untyped tree, which loses nothing
fn layered(builder: config::ConfigBuilder<config::builder::DefaultState>) -> Result<toml::Value, String> {
    builder.build().and_then(config::Config::try_deserialize).map_err(|error| error.to_string())
}

/// Deserializes strictly; takes out what does not fit and tries again, until it fits.
fn shape(mut value: toml::Value, tree: &mut Tree) {
    loop {
        let error = match serde_path_to_error::deserialize::<_, Root>(value.clone()) {
            Ok(root) => {
                tree.root = root;
                return;
            }
            Err(error) => error,
        };
        let segments = steps(error.path());
        let key = dotted(&segments);
        // The first line says what; toml adds where, which the place says better.
        let text = error.inner().to_string();
        let message = plain(text.lines().next().unwrap_or_default());
        if !follows_from_a_removal(&message, &key, &tree.left_out) {
            tree.problems.push(problem_at(&tree.places, &tree.main, &key, message, None));
        }
        // A list is judged whole: a source that is left out would change which one is preferred.
        let removable =
            segments.iter().position(|step| matches!(step, Step::Index(_))).unwrap_or(segments.len());
        let removed = segments.get(..removable).unwrap_or_default();
        if !remove(&mut value, removed) {
            // Nothing to take out: the tree as a whole has the wrong shape.
            return;
        }
        tree.left_out.push(dotted(removed));
    }
}

/// Serde's words for Rust's types, in the words of whoever writes the file.
fn plain(message: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u32", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected f64", "expected a number"),
        ("expected struct ", "expected a table for "),
        ("expected a map", "expected a table"),
        ("expected a sequence", "expected a list"),
        ("invalid type: unit variant, expected string only", "invalid type: expected one of the words"),
        ("unknown field", "unknown key"),
        ("missing field", "missing key"),
        ("unknown variant", "unknown word"),
        ("floating point", "number"),
    ];
    WORDS.iter().fold(message.to_owned(), |text, (rust, word)| text.replace(rust, word))
}

/// A field that is missing because its wrong value was taken out a moment ago has been reported already.
fn follows_from_a_removal(message: &str, key: &str, left_out: &[String]) -> bool {
    let missing = message.strip_prefix("missing key `").and_then(|rest| rest.strip_suffix('`'));
    missing.is_some_and(|field| left_out.iter().any(|removed| *removed == format!("{key}.{field}")))
}

enum Step {
    Key(String),
    Index(usize),
}

fn steps(path: &KeyPath) -> Vec<Step> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn dotted(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

fn remove(value: &mut toml::Value, steps: &[Step]) -> bool {
    let Some((Step::Key(last), around)) = steps.split_last() else { return false };
    let mut table = value.as_table_mut();
    for step in around {
        let Step::Key(key) = step else { return false };
        table = table.and_then(|table| table.get_mut(key)).and_then(toml::Value::as_table_mut);
    }
    table.is_some_and(|table| table.remove(last).is_some())
}

/// A problem at a key, wherever that key (or the table around it) stands.
pub(crate) fn problem_at(
    places: &Places,
    main: &Path,
    key: &str,
    message: String,
    help: Option<String>,
) -> Problem {
    let place = places.find(key);
    Problem {
        file: place.map_or_else(|| main.to_path_buf(), |place| place.file.clone()),
        line: place.map_or(0, |place| place.line),
        column: place.map_or(0, |place| place.column),
        key: key.to_owned(),
        message,
        help,
    }
}
