// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an introspection file to [`Interface`], refusing what is not fully documented.

use zbus_xml::{Annotation, Arg, ArgDirection, Node, PropertyAccess};

use super::{Argument, Changes, Interface, Method, Property, Signal};

/// Why a file is not a contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// Not introspection XML.
    #[error("{file}: {reason}")]
    Xml {
        /// The file.
        file: String,
        /// What the parser says.
        reason: String,
    },
    /// Something is missing or not as it must be.
    #[error("{file}: {place}: {problem}")]
    Incomplete {
        /// The file.
        file: String,
        /// The member, as in `SetFlow.flow`.
        place: String,
        /// What is missing.
        problem: String,
    },
}

/// Reads one file of the contract, which must hold one interface.
///
/// # Errors
/// When it is not introspection XML, or a member lacks what [the module](super) asks for.
pub fn parse(file: &str, xml: &str) -> Result<Interface, ContractError> {
    let node = Node::try_from(xml)
        .map_err(|error| ContractError::Xml { file: file.to_owned(), reason: error.to_string() })?;
    let reader = Reader { file };
    let [interface] = node.interfaces() else {
        return Err(reader.incomplete("node", "must hold exactly one interface"));
    };
    let name = interface.name().to_string();
    let annotations: Vec<Annotation<'_>> = interface.annotations().cloned().collect();
    Ok(Interface {
        path: reader.required(&name, &annotations, "org.ecmod.Path")?,
        doc: reader.doc(&name, &annotations)?,
        methods: interface.methods().map(|method| reader.method(method)).collect::<Result<_, _>>()?,
        signals: interface.signals().map(|signal| reader.signal(signal)).collect::<Result<_, _>>()?,
        properties: interface
            .properties()
            .map(|property| reader.property(property))
            .collect::<Result<_, _>>()?,
        name,
    })
}

/// Knows the file, for messages.
struct Reader<'a> {
    file: &'a str,
}

impl Reader<'_> {
    fn method(&self, method: &zbus_xml::Method<'_>) -> Result<Method, ContractError> {
        let name = method.name().to_string();
        let errors = words(annotation(method.annotations(), "org.ecmod.Errors"));
        if errors.is_empty() {
            return Err(self.incomplete(&name, "does not say which errors it raises (org.ecmod.Errors)"));
        }
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for arg in method.args() {
            let argument = self.argument(&name, arg)?;
            match arg.direction() {
                Some(ArgDirection::In) => inputs.push(argument),
                Some(ArgDirection::Out) => outputs.push(argument),
                None => return Err(self.incomplete(&format!("{name}.{}", argument.name), "has no direction")),
            }
        }
        Ok(Method { doc: self.doc(&name, method.annotations())?, name, errors, inputs, outputs })
    }

    fn signal(&self, signal: &zbus_xml::Signal<'_>) -> Result<Signal, ContractError> {
        let name = signal.name().to_string();
        let arguments =
            signal.args().iter().map(|arg| self.argument(&name, arg)).collect::<Result<_, _>>()?;
        Ok(Signal { doc: self.doc(&name, signal.annotations())?, name, arguments })
    }

    fn property(&self, property: &zbus_xml::Property<'_>) -> Result<Property, ContractError> {
        let name = property.name().to_string();
        if property.access() != PropertyAccess::Read {
            return Err(self.incomplete(&name, "is writable; changes go through methods, which can refuse"));
        }
        let emits = "org.freedesktop.DBus.Property.EmitsChangedSignal";
        let changes = match self.required(&name, property.annotations(), emits)?.as_str() {
            "true" => Changes::Announced,
            "const" => Changes::Constant,
            "false" => Changes::Silent,
            other => return Err(self.incomplete(&name, &format!("{emits} is {other}"))),
        };
        let value = self.value(&name, name.clone(), property.ty().to_string(), property.annotations())?;
        Ok(Property { value, changes })
    }

    fn argument(&self, member: &str, arg: &Arg<'_>) -> Result<Argument, ContractError> {
        let name = arg.name().ok_or_else(|| self.incomplete(member, "has an argument without a name"))?;
        self.value(&format!("{member}.{name}"), name.to_owned(), arg.ty().to_string(), arg.annotations())
    }

    fn value(
        &self,
        place: &str,
        name: String,
        signature: String,
        annotations: &[Annotation<'_>],
    ) -> Result<Argument, ContractError> {
        let unit = annotation(annotations, "org.ecmod.Unit");
        if signature.contains(['d', 't', 'u', 'x', 'i']) && unit.is_none() {
            return Err(self.incomplete(place, "is a number without a unit (org.ecmod.Unit)"));
        }
        let doc = self.doc(place, annotations)?;
        let values = words(annotation(annotations, "org.ecmod.Values"));
        Ok(Argument { name, signature, doc, unit, values })
    }

    fn doc(&self, place: &str, annotations: &[Annotation<'_>]) -> Result<String, ContractError> {
        self.required(place, annotations, "org.gtk.GDBus.DocString")
    }

    fn required(
        &self,
        place: &str,
        annotations: &[Annotation<'_>],
        name: &str,
    ) -> Result<String, ContractError> {
        annotation(annotations, name)
            .ok_or_else(|| self.incomplete(place, &format!("has no annotation {name}")))
    }

    fn incomplete(&self, place: &str, problem: &str) -> ContractError {
        ContractError::Incomplete {
            file: self.file.to_owned(),
            place: place.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

/// The value of an annotation as one line; an empty one counts as none.
fn annotation(annotations: &[Annotation<'_>], name: &str) -> Option<String> {
    let value = annotations.iter().find(|annotation| annotation.name() == name)?.value();
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

fn words(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(content: &str) -> Result<Interface, ContractError> {
        let head = r#"<annotation name="org.ecmod.Path" value="/x"/><annotation name="org.gtk.GDBus.DocString" value="X."/>"#;
        parse(
            "x.xml",
            &format!("<node><interface name=\"org.example.X1\">{head}{content}</interface></node>"),
        )
    }

    #[test]
    fn a_member_that_is_not_documented_is_refused_by_name() {
        let doc = r#"<annotation name="org.gtk.GDBus.DocString" value="Something."/>"#;
        let errors = r#"<annotation name="org.ecmod.Errors" value="org.example.E"/>"#;
        let emits = r#"<annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="true"/>"#;
        for (content, expected) in [
            (
                format!("<method name='M'>{errors}</method>"),
                "x.xml: M: has no annotation org.gtk.GDBus.DocString",
            ),
            (format!("<method name='M'>{doc}</method>"), "x.xml: M: does not say which errors"),
            (
                format!("<method name='M'>{doc}{errors}<arg name='a' type='s' direction='in'/></method>"),
                "M.a: has no",
            ),
            (
                format!(
                    "<method name='M'>{doc}{errors}<arg name='a' type='d' direction='in'>{doc}</arg></method>"
                ),
                "unit",
            ),
            (
                format!("<method name='M'>{doc}{errors}<arg type='s' direction='in'>{doc}</arg></method>"),
                "without a name",
            ),
            (
                format!("<property name='P' type='s' access='read'>{doc}</property>"),
                "P: has no annotation org.freedesktop",
            ),
            (
                format!("<property name='P' type='s' access='readwrite'>{doc}{emits}</property>"),
                "P: is writable",
            ),
        ] {
            let error = interface(&content).expect_err(&content).to_string();
            assert!(error.contains(expected), "{error}");
        }
        interface(&format!("<property name='P' type='s' access='read'>{doc}{emits}</property>"))
            .expect("complete");
    }
}
