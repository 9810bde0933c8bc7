// SPDX-License-Identifier: MIT OR Apache-2.0
//! One interface of the contract as data.

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its D-Bus name, as in `org.ecmod.Console1`.
    pub name: String,
    /// Path of the objects that have it, with `<...>` for a name.
    pub path: String,
    /// What it is.
    pub doc: String,
    /// Its methods, in the order of the file.
    pub methods: Vec<Method>,
    /// Its signals.
    pub signals: Vec<Signal>,
    /// Its properties.
    pub properties: Vec<Property>,
}

impl Interface {
    /// The last element of its name, as in `Console1`.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// A method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// What it does.
    pub doc: String,
    /// The errors it raises besides those of the bus.
    pub errors: Vec<String>,
    /// What it takes.
    pub inputs: Vec<Argument>,
    /// What it returns.
    pub outputs: Vec<Argument>,
}

/// A signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// When it is sent.
    pub doc: String,
    /// What it carries.
    pub arguments: Vec<Argument>,
}

/// An argument of a method or signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its D-Bus type.
    pub signature: String,
    /// What it means.
    pub doc: String,
    /// Its unit, for numbers.
    pub unit: Option<String>,
    /// The words it may be, for words.
    pub values: Vec<String>,
}

/// A property, always read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Name, type, meaning, unit, words.
    pub value: Argument,
    /// How its changes are announced.
    pub changes: Changes,
}

/// How changes of a property are announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// By `PropertiesChanged`, with the new value.
    Announced,
    /// It never changes.
    Constant,
    /// They are not announced.
    Silent,
}

impl Changes {
    /// The value of the annotation `org.freedesktop.DBus.Property.EmitsChangedSignal`.
    #[must_use]
    pub const fn annotation(self) -> &'static str {
        match self {
            Self::Announced => "true",
            Self::Constant => "const",
            Self::Silent => "false",
        }
    }
}
