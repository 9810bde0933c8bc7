// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of users and groups from `/etc/passwd` and `/etc/group`.
//!
//! Read directly and once: the C library's look-up may load modules and ask other services, which a console must neither
//! wait for nor depend on. sysusers writes the accounts of ecmod there.

/// The number of an account, in the text of `passwd` or `group`: the third field of the line that begins with its name.
#[must_use]
pub fn id_of(text: &str, name: &str) -> Option<u32> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name_only() {
        let groups =
            "root:x:0:\n# comment\necmod-operators:x:7:\necmod-operator:x:500:anna,ben\nbroken\nodd:x:y:\n";
        assert_eq!(id_of(groups, "ecmod-operator"), Some(500));
        assert_eq!(id_of(groups, "ecmod"), None);
        assert_eq!(id_of(groups, "odd"), None);
        assert_eq!(id_of(groups, "broken"), None);
    }
}
