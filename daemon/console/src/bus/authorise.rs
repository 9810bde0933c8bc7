// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may change something, by the class of what is changed. Reading is free.
//!
//! | class | what | who, besides root and the daemon's own user |
//! |---|---|---|
//! | [`Class::Operate`] | speed, flow, clamps, zeroing, acknowledging, pausing the sound, overriding an intervention | the operators' group |
//! | [`Class::Limits`] | alarm limits, presets, an alarm off for good | the limits' group, if one is configured |
//!
//! The bus is asked for the caller's user and groups at each call; nothing is remembered between calls, and there is no
//! login: whoever may operate may always raise the speed, silence and override. Whatever cannot be found out is a no: a
//! bus that does not answer, a caller without a name, a user without an entry. A configured group that does not exist
//! gives nobody a right. There is no switch that turns this off. (polkit takes this file's place when the product has it.)

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use zbus::message::Header;
use zbus::names::UniqueName;
use zbus::{Connection, OwnedVariant};

use super::error::Error;

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What an operator does at the bedside.
    Operate,
    /// What the responsible organisation decides.
    Limits,
}

impl Class {
    const fn verb(self) -> &'static str {
        match self {
            Self::Operate => "operate this console",
            Self::Limits => "change alarm limits of this console",
        }
    }
}

/// Who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    own_user: u32,
    operators: Group,
    limits: Option<Group>,
}

/// A group of the system, looked up once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    id: Option<u32>,
}

/// The caller, as the bus knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    user: Option<u32>,
    groups: Vec<u32>,
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.user {
            Some(user) => write!(f, "user {user}"),
            None => f.write_str("an unknown user"),
        }
    }
}

impl Group {
    fn named(name: &str) -> Self {
        let groups = std::fs::read_to_string(Path::new("/etc/group")).unwrap_or_default();
        Self { id: crate::accounts::id_of(&groups, name), name: name.to_owned() }
    }

    fn has(&self, caller: &Caller) -> bool {
        self.id.is_some_and(|id| caller.groups.contains(&id))
    }
}

impl Rights {
    /// Of the members of these groups of the system. They are looked up once.
    #[must_use]
    pub fn of_groups(operators: &str, limits: Option<&str>) -> Self {
        Self {
            own_user: rustix::process::geteuid().as_raw(),
            operators: Group::named(operators),
            limits: limits.map(Group::named),
        }
    }

    /// The configured groups that this system does not have: nobody has a right by them.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let groups = std::iter::once(&self.operators).chain(&self.limits);
        groups.filter(|group| group.id.is_none()).map(|group| group.name.as_str())
    }

    /// Lets the caller pass, and says who it is, or does not.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`]
    pub async fn check(
        &self,
        class: Class,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<Caller, Error> {
        let caller = match header.sender() {
            Some(sender) => ask_bus(connection, sender).await.unwrap_or_default(),
            None => Caller::default(),
        };
        if self.may(class, &caller) { Ok(caller) } else { Err(self.refusal(class, &caller)) }
    }

    const fn group(&self, class: Class) -> Option<&Group> {
        match class {
            Class::Operate => Some(&self.operators),
            Class::Limits => self.limits.as_ref(),
        }
    }

    fn may(&self, class: Class, caller: &Caller) -> bool {
        let Some(user) = caller.user else { return false };
        user == 0 || user == self.own_user || self.group(class).is_some_and(|group| group.has(caller))
    }

    fn refusal(&self, class: Class, caller: &Caller) -> Error {
        let takes = self
            .group(class)
            .map_or_else(|| "root".to_owned(), |group| format!("root or a member of group {}", group.name));
        Error::NotAuthorised(format!("{caller} may not {}: it takes {takes}", class.verb()))
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

    fn group(name: &str, id: Option<u32>) -> Group {
        Group { name: name.to_owned(), id }
    }

    fn rights(operators: Option<u32>, limits: Option<Group>) -> Rights {
        Rights { own_user: 990, operators: group("ecmod-operator", operators), limits }
    }

    fn caller(user: Option<u32>, groups: &[u32]) -> Caller {
        Caller { user, groups: groups.to_vec() }
    }

    #[test]
    fn root_the_own_user_and_members_may_and_nobody_else() {
        let rights = rights(Some(500), Some(group("perfusion", Some(600))));
        for (who, operate, limits) in [
            (caller(Some(0), &[]), true, true),
            (caller(Some(990), &[]), true, true),
            (caller(Some(1000), &[100, 500]), true, false),
            (caller(Some(1000), &[600]), false, true),
            (caller(Some(1000), &[100]), false, false),
            (caller(None, &[500, 600]), false, false),
            (Caller::default(), false, false),
        ] {
            let may = (rights.may(Class::Operate, &who), rights.may(Class::Limits, &who));
            assert_eq!(may, (operate, limits), "{who:?}");
        }
    }

    #[test]
    fn a_group_that_does_not_exist_or_is_not_configured_gives_nobody_a_right() {
        let stranger = caller(Some(1000), &[0, 500]);
        assert!(!rights(None, None).may(Class::Operate, &stranger));
        assert!(!rights(Some(500), None).may(Class::Limits, &stranger), "operators do not change limits");
        assert!(!rights(Some(500), Some(group("none", None))).may(Class::Limits, &stranger));
        let rights = rights(None, Some(group("none", None)));
        assert_eq!(rights.missing().collect::<Vec<_>>(), ["ecmod-operator", "none"]);
    }

    #[test]
    fn a_refusal_says_who_and_what_it_takes() {
        let text = |class, limits| match rights(None, limits).refusal(class, &caller(Some(1000), &[])) {
            Error::NotAuthorised(text) => text,
            other => panic!("{other}"),
        };
        let operate = text(Class::Operate, None);
        assert!(operate.contains("user 1000") && operate.contains("ecmod-operator"), "{operate}");
        assert!(text(Class::Limits, None).ends_with("limits of this console: it takes root"));
        assert!(text(Class::Limits, Some(group("perfusion", None))).contains("group perfusion"));
    }
}
