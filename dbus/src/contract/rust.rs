// SPDX-License-Identifier: MIT OR Apache-2.0
//! Renders an interface as a Rust module: its proxy, and its properties as a struct.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    Argument, Changes, ContractError, Interface, Method, Property, Signal,
    types::{argument_type, result_type},
};

/// Width of the rendered source.
const WIDTH: usize = 110;

/// The types of this crate that a proxy may use.
const OURS: [&str; 8] =
    ["Limit", "LogRecord", "Maybe", "ProcedureStep", "Reading", "Recording", "SelfTestItem", "TableEntry"];

/// The types of zbus that a proxy may use, besides those that each uses.
const OF_ZBUS: [&str; 3] = ["ObjectPath", "OwnedFd", "OwnedObjectPath"];

/// The Rust source of an interface's module, formatted.
///
/// # Errors
/// When the interface uses a D-Bus type that has no Rust type here.
pub fn rust_module(interface: &Interface) -> Result<String, ContractError> {
    let mut body = String::new();
    properties(&mut body, interface)?;
    proxy(&mut body, interface)?;

    let mut out = String::from("// SPDX-License-Identifier: MIT OR Apache-2.0\n");
    let _ = writeln!(
        out,
        "//! The interface `{}`, generated from `{}.xml`: do not edit.\n",
        interface.name, interface.name
    );
    if body.contains("BTreeMap<") {
        out.push_str("use std::collections::BTreeMap;\n\n");
    }
    let mut from_zbus = BTreeSet::from(["DeserializeDict", "Type"]);
    from_zbus.extend(OF_ZBUS.into_iter().filter(|ty| uses(&body, ty)));
    let _ = writeln!(out, "use zbus::{{{}}};\n", join(&from_zbus));
    let ours: BTreeSet<&str> = OURS.into_iter().filter(|ty| uses(&body, ty)).collect();
    match ours.len() {
        0 => {}
        1 => out.push_str(&format!("use crate::{};\n\n", join(&ours))),
        _ => out.push_str(&format!("use crate::{{{}}};\n\n", join(&ours))),
    }
    out.push_str(&body);
    Ok(out)
}

/// Whether the source names the type, outside of its comments.
fn uses(body: &str, ty: &str) -> bool {
    let code = body.lines().filter(|line| !line.trim_start().starts_with("///"));
    code.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .any(|word| word == ty)
}

fn join(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(", ")
}

fn properties(out: &mut String, interface: &Interface) -> Result<(), ContractError> {
    doc(out, 0, &format!("All properties of `{}`.", interface.name));
    out.push_str("#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]\n");
    out.push_str("#[zbus(signature = \"a{sv}\", rename_all = \"PascalCase\")]\n");
    let _ = writeln!(out, "pub struct {}Properties {{", interface.short_name());
    for Property { value, .. } in &interface.properties {
        doc(out, 4, &described(value));
        if is_keyword(&value.name) {
            let _ = writeln!(out, "    #[zbus(rename = \"{}\")]", value.name);
        }
        let _ = writeln!(out, "    pub {}: {},", snake(&value.name), result_type(interface, value)?);
    }
    out.push_str("}\n\n");
    Ok(())
}

fn proxy(out: &mut String, interface: &Interface) -> Result<(), ContractError> {
    let name = &interface.name;
    let path = &interface.path;
    let _ = if path.contains('<') {
        writeln!(out, "#[zbus::proxy(interface = \"{name}\", default_service = \"org.ecmod\")]")
    } else {
        let parts = [
            format!("interface = \"{name}\""),
            "default_service = \"org.ecmod\"".to_owned(),
            format!("default_path = \"{path}\""),
        ];
        let line = format!("#[zbus::proxy({})]", parts.join(", "));
        // As rustfmt has it.
        if line.len() <= WIDTH {
            writeln!(out, "{line}")
        } else {
            writeln!(out, "#[zbus::proxy(\n    {}\n)]", parts.join(",\n    "))
        }
    };
    doc(out, 0, &interface.doc);
    let _ = writeln!(out, "pub trait {} {{", interface.short_name());
    let mut members = Vec::new();
    for member in &interface.methods {
        members.push(method(interface, member)?);
    }
    for member in &interface.signals {
        members.push(signal(interface, member)?);
    }
    for member in &interface.properties {
        members.push(property(interface, member)?);
    }
    out.push_str(&members.join("\n"));
    out.push_str("}\n");
    Ok(())
}

fn method(interface: &Interface, method: &Method) -> Result<String, ContractError> {
    let mut out = String::new();
    doc(&mut out, 4, &method.doc);
    for argument in &method.inputs {
        doc(&mut out, 4, "");
        doc(&mut out, 4, &format!("`{}`: {}", argument.name, described(argument)));
    }
    for argument in &method.outputs {
        doc(&mut out, 4, "");
        doc(&mut out, 4, &format!("Returns `{}`: {}", argument.name, described(argument)));
    }
    doc(&mut out, 4, "");
    doc(&mut out, 4, "# Errors");
    doc(
        &mut out,
        4,
        &format!(
            "{}.",
            method.errors.iter().map(|error| format!("`{error}`")).collect::<Vec<_>>().join(", ")
        ),
    );
    let inputs = method
        .inputs
        .iter()
        .map(|argument| Ok(format!("{}: {}", snake(&argument.name), argument_type(interface, argument)?)))
        .collect::<Result<Vec<_>, ContractError>>()?;
    let outputs = method
        .outputs
        .iter()
        .map(|argument| result_type(interface, argument))
        .collect::<Result<Vec<_>, _>>()?
        .join(", ");
    let outputs = if method.outputs.len() == 1 { outputs } else { format!("({outputs})") };
    if is_keyword(&method.name) {
        let _ = writeln!(out, "    #[zbus(name = \"{}\")]", method.name);
    }
    function(&mut out, &snake(&method.name), &inputs, &outputs);
    Ok(out)
}

fn signal(interface: &Interface, signal: &Signal) -> Result<String, ContractError> {
    let mut out = String::new();
    doc(&mut out, 4, &signal.doc);
    for argument in &signal.arguments {
        doc(&mut out, 4, "");
        doc(&mut out, 4, &format!("`{}`: {}", argument.name, described(argument)));
    }
    out.push_str("    #[zbus(signal)]\n");
    let inputs = signal
        .arguments
        .iter()
        .map(|argument| Ok(format!("{}: {}", snake(&argument.name), result_type(interface, argument)?)))
        .collect::<Result<Vec<_>, ContractError>>()?;
    function(&mut out, &snake(&signal.name), &inputs, "()");
    Ok(out)
}

/// The head of a member's function, on one line where that is not too long.
fn function(out: &mut String, name: &str, inputs: &[String], output: &str) {
    let arguments: Vec<&str> = std::iter::once("&self").chain(inputs.iter().map(String::as_str)).collect();
    let line = format!("    fn {name}({}) -> zbus::Result<{output}>;", arguments.join(", "));
    if line.len() <= WIDTH {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "    fn {name}(");
    for argument in arguments {
        let _ = writeln!(out, "        {argument},");
    }
    let _ = writeln!(out, "    ) -> zbus::Result<{output}>;");
}

fn property(interface: &Interface, property: &Property) -> Result<String, ContractError> {
    let Property { value, changes } = property;
    let mut out = String::new();
    doc(&mut out, 4, &described(value));
    let announced = match changes {
        Changes::Announced => String::new(),
        Changes::Constant | Changes::Silent => {
            format!("(emits_changed_signal = \"{}\")", changes.annotation())
        }
    };
    let name = if is_keyword(&value.name) { format!(", name = \"{}\"", value.name) } else { String::new() };
    let _ = writeln!(out, "    #[zbus(property{announced}{name})]");
    let _ = writeln!(
        out,
        "    fn {}(&self) -> zbus::Result<{}>;",
        snake(&value.name),
        result_type(interface, value)?
    );
    Ok(out)
}

/// The description with unit and words.
fn described(argument: &Argument) -> String {
    let mut text = argument.doc.clone();
    match argument.unit.as_deref() {
        Some("1" | "reading") | None => {}
        Some(unit) => text.push_str(&format!(" Unit: `{unit}`.")),
    }
    if !argument.values.is_empty() {
        let values: Vec<_> = argument.values.iter().map(|value| format!("`{value}`")).collect();
        text.push_str(&format!(" One of {}.", values.join(", ")));
    }
    text
}

/// Writes a doc comment, wrapped; brackets are text, not links.
fn doc(out: &mut String, indent: usize, text: &str) {
    let margin = " ".repeat(indent);
    let text = text.replace('[', "\\[").replace(']', "\\]");
    let mut line = format!("{margin}///");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = format!("{margin}///");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}

/// `HoldsOnLinkLoss` as `holds_on_link_loss`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out.push_str(if is_keyword(name) { "_" } else { "" });
    out
}

/// Whether the member's name in snake case is a word of Rust's, among those that could be one.
fn is_keyword(name: &str) -> bool {
    matches!(name, "Loop" | "Type" | "Move" | "Match" | "Use" | "Ref" | "Where" | "Static" | "Override")
}
