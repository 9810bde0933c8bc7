// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may change something: root, the daemon's own user, members of the operators' group. Reading is free.
//!
//! The bus is asked for the caller's user and groups at each call; nothing is remembered between calls. Whatever cannot be
//! found out is a no: a bus that does not answer, a caller without a name, a user without an entry. A configured group
//! that does not exist gives nobody a right. There is no switch that turns this off. (polkit, with a class of rights for
//! each kind of change, takes this file's place when the product has it.)

use std::collections::HashMap;
use std::path::Path;

use zbus::message::Header;
use zbus::names::UniqueName;
use zbus::{Connection, OwnedVariant};

use super::error::Error;

/// Who may operate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operators {
    own_user: u32,
    group: Option<u32>,
    group_name: String,
}

/// The caller, as the bus knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Caller {
    user: Option<u32>,
    groups: Vec<u32>,
}

impl Operators {
    /// Members of this group of the system, besides root and the daemon's own user. It is looked up once.
    #[must_use]
    pub fn of_group(name: &str) -> Self {
        let groups = std::fs::read_to_string(Path::new("/etc/group")).unwrap_or_default();
        Self {
            own_user: rustix::process::geteuid().as_raw(),
            group: crate::accounts::id_of(&groups, name),
            group_name: name.to_owned(),
        }
    }

    /// Whether the group exists on this system.
    #[must_use]
    pub const fn has_group(&self) -> bool {
        self.group.is_some()
    }

    /// Lets the caller pass, or not.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`]
    pub async fn check(&self, connection: &Connection, header: &Header<'_>) -> Result<(), Error> {
        let caller = match header.sender() {
            Some(sender) => ask_bus(connection, sender).await.unwrap_or_default(),
            None => Caller::default(),
        };
        if self.may(&caller) { Ok(()) } else { Err(self.refusal(&caller)) }
    }

    fn may(&self, caller: &Caller) -> bool {
        let Some(user) = caller.user else { return false };
        user == 0 || user == self.own_user || self.group.is_some_and(|group| caller.groups.contains(&group))
    }

    fn refusal(&self, caller: &Caller) -> Error {
        let who = caller.user.map_or_else(|| "an unknown user".to_owned(), |user| format!("user {user}"));
        Error::NotAuthorised(format!(
            "{who} may not operate this console: it takes root or a member of group {}",
            self.group_name
        ))
    }
}

async fn ask_bus(connection: &Connection, sender: &UniqueName<'_>) -> Option<Caller> {
    let bus = "org.freedesktop.DBus";
    let reply = connection
        .call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "GetConnectionCredentials", &(sender,))
        .await
        .ok()?;
    let mut credentials: HashMap<String, OwnedVariant> = reply.body().deserialize().ok()?;
    let user = credentials.remove("UnixUserID").and_then(|user| u32::try_from(user).ok());
    let groups = credentials.remove("UnixGroupIDs").and_then(|groups| Vec::<u32>::try_from(groups).ok());
    Some(Caller { user, groups: groups.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operators(group: Option<u32>) -> Operators {
        Operators { own_user: 990, group, group_name: "ecmod-operator".into() }
    }

    fn caller(user: Option<u32>, groups: &[u32]) -> Caller {
        Caller { user, groups: groups.to_vec() }
    }

    #[test]
    fn root_the_own_user_and_members_may_and_nobody_else() {
        let operators = operators(Some(500));
        for (who, may) in [
            (caller(Some(0), &[]), true),
            (caller(Some(990), &[]), true),
            (caller(Some(1000), &[100, 500]), true),
            (caller(Some(1000), &[100]), false),
            (caller(None, &[500]), false),
            (Caller::default(), false),
        ] {
            assert_eq!(operators.may(&who), may, "{who:?}");
        }
    }

    #[test]
    fn a_group_that_does_not_exist_gives_nobody_a_right() {
        assert!(!operators(None).may(&caller(Some(1000), &[0, 500])));
    }

    #[test]
    fn a_refusal_says_who_and_what_it_takes() {
        let Error::NotAuthorised(text) = operators(None).refusal(&caller(Some(1000), &[])) else { panic!() };
        assert!(text.contains("user 1000") && text.contains("ecmod-operator"), "{text}");
    }
}
