// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong between a client and the console, in plain words, each with what to do about it.

use zbus::fdo;

/// Prefix of the errors that the console itself raises.
const OURS: &str = "org.ecmod.Error.";

/// Why a call did not do what was asked. `Display` says what happened, [`Error::help`] what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no bus at the address.
    #[error("no D-Bus at {address}: {reason}")]
    NoBus {
        /// The address that was tried.
        address: String,
        /// Why it failed.
        reason: String,
    },
    /// The connection to the bus broke, or a reply did not come in time.
    #[error("the D-Bus connection failed: {0}")]
    Connection(String),
    /// The bus is there, the daemon is not.
    #[error("ecmod is not running on this bus")]
    NotRunning,
    /// The daemon is there but did not answer in time.
    #[error("ecmod did not answer in time")]
    NoReply,
    /// The control loop refused.
    #[error("refused: {message}")]
    Refused {
        /// Why, and what is allowed.
        message: String,
        /// The reason's stable code, for example `ecmod.refused.out_of_range`.
        code: Option<String>,
    },
    /// An argument has the wrong form (not finite, not one of the words).
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// The caller may not do this.
    #[error("not authorised: {0}")]
    NotAuthorised(String),
    /// The control loop did not answer the daemon in time.
    #[error("the control loop did not answer: {0}")]
    Unavailable(String),
    /// There is no such object, interface or member on the other side.
    #[error("the console does not have this: {0}")]
    Missing(String),
    /// The other side does not speak the contract this client was built for.
    #[error("the console answered in a form this client does not know: {0}")]
    Contract(String),
}

impl Error {
    /// What the person in front of it can do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NoBus { .. } => {
                "Is D-Bus running, and is the address right? Give one with --address, for example \
                 --address unix:path=/run/dbus/system_bus_socket, or in DBUS_SYSTEM_BUS_ADDRESS."
            }
            Self::Connection(_) => "Try again; if it stays, look whether the bus was restarted.",
            Self::NotRunning => {
                "Start it (systemctl start ecmod), or name the bus it is on with --address. Its log: journalctl -u ecmod."
            }
            Self::NoReply => "The pump goes on as it is. Look at the daemon's log: journalctl -u ecmod.",
            Self::Refused { .. } => "Nothing was changed.",
            Self::InvalidArgument(_) => {
                "Nothing was changed. Give a finite number, or one of the words that are allowed."
            }
            Self::NotAuthorised(_) => {
                "Nothing was changed. Ask for membership of the group that this names (to operate usually ecmod-operator), \
                 then log in again."
            }
            Self::Unavailable(_) => {
                "It is not known whether the change was made: look at the state. The pump goes on as it is. \
                 Log: journalctl -u ecmod."
            }
            Self::Missing(_) | Self::Contract(_) => {
                "The daemon and this program are probably of different versions: compare both."
            }
        }
    }

    /// The stable code of a refusal.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// A machine-readable word for the kind of error, for JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoBus { .. } => "no_bus",
            Self::Connection(_) => "connection",
            Self::NotRunning => "not_running",
            Self::NoReply => "no_reply",
            Self::Refused { .. } => "refused",
            Self::InvalidArgument(_) => "invalid_argument",
            Self::NotAuthorised(_) => "not_authorised",
            Self::Unavailable(_) => "unavailable",
            Self::Missing(_) => "missing",
            Self::Contract(_) => "contract",
        }
    }
}

/// Splits `Too fast. [ecmod.refused.out_of_range]` into the sentence and the code.
fn split_code(message: &str) -> (String, Option<String>) {
    let message = message.trim();
    let parts = message.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match parts {
        Some((sentence, code)) if !code.is_empty() && !code.contains(char::is_whitespace) => {
            (sentence.trim_end().to_owned(), Some(code.to_owned()))
        }
        _ => (message.to_owned(), None),
    }
}

fn from_name(name: &str, message: &str) -> Error {
    let message = message.to_owned();
    match name.strip_prefix(OURS) {
        Some("Refused") => {
            let (message, code) = split_code(&message);
            Error::Refused { message, code }
        }
        Some("InvalidArgument") => Error::InvalidArgument(split_code(&message).0),
        Some("NotAuthorised") => Error::NotAuthorised(message),
        Some("Unavailable") => Error::Unavailable(message),
        Some(_) | None => Error::Contract(format!("{name}: {message}")),
    }
}

impl From<fdo::Error> for Error {
    fn from(error: fdo::Error) -> Self {
        match error {
            fdo::Error::ZBus(inner) => inner.into(),
            fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_) => Self::NotRunning,
            fdo::Error::NoReply(_) | fdo::Error::Timeout(_) | fdo::Error::TimedOut(_) => Self::NoReply,
            fdo::Error::AccessDenied(message) | fdo::Error::AuthFailed(message) => {
                Self::NotAuthorised(message)
            }
            fdo::Error::InvalidArgs(message) => Self::InvalidArgument(message),
            fdo::Error::UnknownMethod(message)
            | fdo::Error::UnknownObject(message)
            | fdo::Error::UnknownInterface(message)
            | fdo::Error::UnknownProperty(message) => Self::Missing(message),
            fdo::Error::Disconnected(message) | fdo::Error::IOError(message) => Self::Connection(message),
            other => Self::Contract(other.to_string()),
        }
    }
}

impl From<zbus::Error> for Error {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, message, _) => {
                from_name(name.as_str(), message.as_deref().unwrap_or(""))
            }
            zbus::Error::FDO(inner) => (*inner).into(),
            zbus::Error::InputOutput(source) if source.kind() == std::io::ErrorKind::TimedOut => {
                Self::NoReply
            }
            zbus::Error::InputOutput(source) => Self::Connection(source.to_string()),
            zbus::Error::Connection(source, address) => {
                Self::NoBus { address: address.to_string(), reason: source.to_string() }
            }
            zbus::Error::Handshake(reason) => Self::Connection(reason),
            other => Self::Contract(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_sentence_and_its_code_apart() {
        let error = from_name(
            "org.ecmod.Error.Refused",
            "Speed 9000 rpm is outside 0 to 4000 rpm. [ecmod.refused.out_of_range]",
        );
        assert_eq!(error.to_string(), "refused: Speed 9000 rpm is outside 0 to 4000 rpm.");
        assert_eq!(error.refusal(), Some("ecmod.refused.out_of_range"));
    }

    #[test]
    fn a_refusal_without_a_code_keeps_its_whole_message() {
        for message in ["No stop was requested", "range [0, 4000]", "odd []"] {
            let error = from_name("org.ecmod.Error.Refused", message);
            assert_eq!(error.to_string(), format!("refused: {message}"));
            assert_eq!(error.refusal(), None);
        }
    }

    #[test]
    fn every_error_of_the_console_and_the_bus_has_a_kind_of_its_own() {
        assert!(matches!(from_name("org.ecmod.Error.InvalidArgument", "x"), Error::InvalidArgument(_)));
        assert!(matches!(from_name("org.ecmod.Error.NotAuthorised", "x"), Error::NotAuthorised(_)));
        assert!(matches!(from_name("org.ecmod.Error.Unavailable", "x"), Error::Unavailable(_)));
        assert!(matches!(from_name("org.example.Other", "x"), Error::Contract(_)));
        assert!(matches!(Error::from(fdo::Error::ServiceUnknown("x".into())), Error::NotRunning));
        assert!(matches!(Error::from(fdo::Error::AccessDenied("x".into())), Error::NotAuthorised(_)));
        let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
        assert!(matches!(Error::from(zbus::Error::InputOutput(late.into())), Error::NoReply));
    }
}
