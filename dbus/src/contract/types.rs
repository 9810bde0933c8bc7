// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which Rust type each D-Bus type of the contract becomes.

use super::{Argument, ContractError, Interface};

/// The Rust type of each D-Bus type that the contract uses: signature, type as result, type as argument.
const TYPES: [(&str, &str, &str); 24] = [
    ("s", "String", "&str"),
    ("o", "OwnedObjectPath", "&ObjectPath<'_>"),
    ("b", "bool", "bool"),
    ("u", "u32", "u32"),
    ("t", "u64", "u64"),
    ("x", "i64", "i64"),
    ("d", "f64", "f64"),
    ("h", "OwnedFd", "Fd<'_>"),
    ("ao", "Vec<OwnedObjectPath>", "&[ObjectPath<'_>]"),
    ("ad", "Maybe", "Maybe"),
    ("(dd)", "(f64, f64)", "(f64, f64)"),
    ("a(tt)", "Vec<(u64, u64)>", "&[(u64, u64)]"),
    ("as", "Vec<String>", "&[&str]"),
    ("a{st}", "BTreeMap<String, u64>", "&BTreeMap<String, u64>"),
    ("a{sa{st}}", "BTreeMap<String, BTreeMap<String, u64>>", "&BTreeMap<String, BTreeMap<String, u64>>"),
    ("a{s(sb)}", "BTreeMap<String, (String, bool)>", "&BTreeMap<String, (String, bool)>"),
    ("(adsstt)", "Reading", "&Reading"),
    ("a{s(adsstt)}", "BTreeMap<String, Reading>", "&BTreeMap<String, Reading>"),
    ("a(sssdd)", "Vec<TableEntry>", "&[TableEntry]"),
    ("a(sadadsddds)", "Vec<Limit>", "&[Limit]"),
    ("a(tttssssssads)", "Vec<LogRecord>", "&[LogRecord]"),
    ("a(ttst)", "Vec<Recording>", "&[Recording]"),
    ("a(ssssbt)", "Vec<SelfTestItem>", "&[SelfTestItem]"),
    ("a(sssssssstt)", "Vec<ProcedureStep>", "&[ProcedureStep]"),
];

/// The type as a result.
///
/// # Errors
/// When it has none.
pub fn result_type(interface: &Interface, argument: &Argument) -> Result<&'static str, ContractError> {
    lookup(interface, argument).map(|(result, _)| result)
}

/// The type as an argument.
///
/// # Errors
/// When it has none.
pub fn argument_type(interface: &Interface, argument: &Argument) -> Result<&'static str, ContractError> {
    lookup(interface, argument).map(|(_, input)| input)
}

fn lookup(interface: &Interface, argument: &Argument) -> Result<(&'static str, &'static str), ContractError> {
    let found = TYPES.iter().find(|(signature, ..)| *signature == argument.signature);
    found.map(|(_, result, input)| (*result, *input)).ok_or_else(|| ContractError::Incomplete {
        file: format!("{}.xml", interface.name),
        place: argument.name.clone(),
        problem: format!("type {} has no Rust type in the generator", argument.signature),
    })
}
