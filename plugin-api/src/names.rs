// SPDX-License-Identifier: MIT OR Apache-2.0
//! The grammar of names, as constant functions: builders use it at compile time, the conformance checks at run time.

/// Longest name of a signal or command in bytes: names become D-Bus object paths.
pub const LONGEST_NAME: usize = 48;

/// Whether this is a name of a signal or command: `[a-z][a-z0-9_]*`, at most [`LONGEST_NAME`] bytes.
#[must_use]
pub const fn is_name(mut bytes: &[u8]) -> bool {
    if bytes.len() > LONGEST_NAME || !matches!(bytes, [b'a'..=b'z', ..]) {
        return false;
    }
    while let [first, rest @ ..] = bytes {
        if !matches!(first, b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Whether no name stands here twice: no line of a port serves two purposes of one driver.
#[must_use]
pub fn all_different<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.is_sorted_by(|a, b| a < b)
}

/// Whether this is a driver's id: `vendor,model`, both of `[a-z0-9][a-z0-9_.-]*`.
#[must_use]
pub const fn is_id(mut bytes: &[u8]) -> bool {
    let mut commas = 0;
    let mut at_start = true;
    while let [first, rest @ ..] = bytes {
        match first {
            b'a'..=b'z' | b'0'..=b'9' => at_start = false,
            b'_' | b'.' | b'-' if !at_start => {}
            b',' if !at_start => {
                commas += 1;
                at_start = true;
            }
            _ => return false,
        }
        bytes = rest;
    }
    commas == 1 && !at_start
}

/// Whether this is a semantic version: three numbers without leading zeros, then perhaps `-pre` and `+build`.
#[must_use]
pub fn is_version(text: &str) -> bool {
    fn identifiers(text: &str) -> bool {
        text.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    }
    fn number(text: &str) -> bool {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    }
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (rest, None),
    };
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(identifiers)
        && build.is_none_or(identifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_object_paths() {
        for good in ["a", "mean_100ms", "flow2", "x_"] {
            assert!(is_name(good.as_bytes()), "{good}");
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for bad in ["", "2flow", "_a", "Flow", "a-b", "a.b", "a b", "ä", &long] {
            assert!(!is_name(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn an_id_is_vendor_and_model() {
        for good in ["em-tec,bioprott", "3m,x.1", "a,b"] {
            assert!(is_id(good.as_bytes()), "{good}");
        }
        for bad in ["", "a", "a,", ",b", "a,b,c", "A,b", "a, b", "-a,b", "a,-b"] {
            assert!(!is_id(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_version_is_semantic() {
        for good in ["0.1.0", "1.2.3-rc.1", "1.2.3+git", "10.20.30-a-b.1+x.y"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3+", "v1.2.3", "1..3"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
