//! The names of files in packages.

use std::collections::HashSet;

use super::{ArchiveFault, Limits};

/// `invoiceFileName` of the contract.
const MAX_CHARACTERS: usize = 128;

/// The names that a package has shown so far.
pub(super) struct Names {
    seen: HashSet<String>,
    limit: usize,
}

impl Names {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { seen: HashSet::new(), limit: limits.entries }
    }

    /// The name of one more file.
    ///
    /// # Errors
    ///
    /// When it is one too many, or its name is not that of a file or was there before.
    pub(super) fn admit(&mut self, path: &[u8]) -> Result<String, ArchiveFault> {
        if self.seen.len() >= self.limit {
            return Err(ArchiveFault::TooManyEntries { limit: self.limit });
        }
        let name = flat(path).ok_or(ArchiveFault::Name)?;
        if !self.seen.insert(name.clone()) {
            return Err(ArchiveFault::Duplicate);
        }
        Ok(name)
    }
}

/// Whether the path is that of a directory.
pub(super) fn is_directory(path: &[u8]) -> bool {
    path.ends_with(b"/")
}

/// The name behind a path without directories. `tar` puts `./` before it, which is the same.
/// What is no UTF-8 becomes a replacement character: old Zip programs write other code pages.
fn flat(path: &[u8]) -> Option<String> {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let name = String::from_utf8_lossy(path);
    let is_flat = !name.contains(['/', '\\']) && !["", ".", ".."].contains(&&*name);
    let is_text = !name.contains(char::is_control) && name.chars().count() <= MAX_CHARACTERS;
    (is_flat && is_text).then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_flat_visible_and_of_bounded_length() {
        let long = "ż".repeat(MAX_CHARACTERS);
        for (path, name) in
            [("a.xml", "a.xml"), ("./a.xml", "a.xml"), ("..a", "..a"), (&long, &long)]
        {
            assert_eq!(flat(path.as_bytes()).as_deref(), Some(name), "{path}");
        }
        assert_eq!(flat(b"\xA3\xF3d\x9F.xml").as_deref(), Some("\u{FFFD}\u{FFFD}d\u{FFFD}.xml"));
        let longer = format!("{long}a");
        for path in [
            "",
            ".",
            "..",
            "./",
            "./.",
            "./..",
            "../a.xml",
            "/a.xml",
            "a/b.xml",
            "a/../b.xml",
            "..\\a.xml",
            "C:\\a.xml",
            ".//a.xml",
            "a\0.xml",
            "a\n.xml",
            "\u{85}",
            &longer,
        ] {
            assert_eq!(flat(path.as_bytes()), None, "{path:?}");
        }
    }
}
