// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes: the small text files of a kernel driver below the port's directory (ABI 1.1).
//!
//! One value stands in one file, as text with a line end. What cannot be read is told by its error:
//! [`Error::NotFound`] if the file or the device is gone, [`Error::Device`] if the kernel's driver has no value now,
//! [`Error::Timeout`], [`Error::State`] if somebody else uses the device, [`Error::Io`] otherwise.

use super::Calls;
use crate::Error;
use std::ffi::CString;
use std::rc::Rc;

/// The port's directory of attributes.
#[derive(Debug, Clone)]
pub struct Attributes(Rc<Calls>);

impl Attributes {
    pub(crate) fn new(calls: Rc<Calls>) -> Self {
        Self(calls)
    }

    /// The attribute at `path` below the port's directory. Whether it is there shows the first use.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the path contains a NUL.
    pub fn at(&self, path: &str) -> Result<Attribute, Error> {
        let path = CString::new(path).map_err(|_| Error::Invalid)?;
        Ok(Attribute { calls: Rc::clone(&self.0), path })
    }

    /// The names in a folder, in ascending order; `""` is the port's directory itself. For `open`: it allocates.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder, [`Error::Denied`] outside of the port's directory,
    /// [`Error::Corrupt`] for names that are not UTF-8, [`Error::TooLong`] if it keeps growing while it is read,
    /// [`Error::Unsupported`] where the port has no attributes or the host is of version 1.0.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        const FIRST_GUESS: usize = 4096;
        const MOST: usize = 1 << 20;
        let path = CString::new(path).map_err(|_| Error::Invalid)?;
        let mut buffer = vec![0; FIRST_GUESS];
        for _ in 0..3 {
            let length = self.0.attribute_list(&path, &mut buffer)?;
            if let Some(names) = buffer.get(..length) {
                return names_in(names);
            }
            if length > MOST {
                break;
            }
            buffer.resize(length, 0);
        }
        Err(Error::TooLong)
    }
}

/// Each name ends in a NUL.
fn names_in(mut bytes: &[u8]) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == 0).ok_or(Error::Corrupt)?;
        let (name, rest) = bytes.split_at_checked(end).ok_or(Error::Corrupt)?;
        names.push(core::str::from_utf8(name).map_err(|_| Error::Corrupt)?.to_owned());
        bytes = rest.get(1..).unwrap_or_default();
    }
    Ok(names)
}

/// One file of a kernel driver. Reading it does not allocate.
#[derive(Debug, Clone)]
pub struct Attribute {
    calls: Rc<Calls>,
    path: CString,
}

impl Attribute {
    /// The whole file as text, without the line end.
    ///
    /// # Errors
    /// See the module's head; [`Error::TooLong`] if it does not fit, [`Error::Corrupt`] if it is no UTF-8,
    /// [`Error::Unsupported`] where the port has no attributes or the host is of version 1.0.
    pub fn read<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b str, Error> {
        let length = self.calls.attribute_read(&self.path, buffer)?;
        let text = buffer.get(..length).ok_or(Error::TooLong)?;
        core::str::from_utf8(text).map(|text| text.trim_end_matches('\n')).map_err(|_| Error::Corrupt)
    }

    /// Writes `text` in one piece.
    ///
    /// # Errors
    /// As [`Attribute::read`]; [`Error::Invalid`] if the kernel's driver does not take it, [`Error::Denied`] if it
    /// may not be written.
    pub fn write(&self, text: &str) -> Result<(), Error> {
        self.calls.attribute_write(&self.path, text.as_bytes())
    }

    /// Its path below the port's directory.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.to_str().unwrap_or_default() // it came from a `&str`
    }
}
