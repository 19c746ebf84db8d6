//! Where elements are.

use std::collections::{HashMap, HashSet};

use super::{Reader, frame};

impl Reader<'_, '_> {
    /// The bytes at which the elements with these paths start, in one pass.
    pub(crate) fn places<'w>(mut self, wanted: &HashSet<&'w str>) -> HashMap<&'w str, usize> {
        let mut places = HashMap::with_capacity(wanted.len());
        self.visit(&mut String::new(), &mut |path, byte| {
            if let Some(path) = wanted.get(path) {
                places.insert(*path, byte);
            }
            places.len() == wanted.len()
        });
        places
    }

    /// Shows every element inside of the open one, with its path and its first byte, until it is
    /// told that this is enough.
    fn visit(
        &mut self,
        path: &mut String,
        is_enough: &mut impl FnMut(&str, usize) -> bool,
    ) -> bool {
        while self.next_child().is_some() {
            let outer = path.len();
            if let Some(frame) = self.frames.last() {
                frame::push_step(path, frame.name, frame.index);
            }
            let byte = self.skipped + self.tokens.start;
            if is_enough(path, byte) || self.visit(path, is_enough) {
                return true;
            }
            path.truncate(outer);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use ksef_core::Environment;

    use super::*;
    use crate::{Profile, validate};

    const INVOICE: &str = include_str!("../../benches/invoice.xml");

    fn profile() -> Profile {
        Profile::new(Environment::Test, "2026-11-20".parse().unwrap())
    }

    fn place(document: &str, path: &str) -> Option<usize> {
        let profile = profile();
        let places = Reader::new(document.as_bytes(), &profile).places(&HashSet::from([path]));
        places.get(path).copied()
    }

    #[test]
    fn paths_are_found_where_the_elements_start() {
        let at = |text: &str, nth| INVOICE.match_indices(text).nth(nth).map(|(byte, _)| byte);
        for (path, expected) in [
            ("/Faktura", at("<Faktura", 0)),
            ("/Faktura/Podmiot2/DaneIdentyfikacyjne/NIP", at("<NIP>", 1)),
            ("/Faktura/Fa/FaWiersz[2]", at("<FaWiersz>", 1)),
            ("/Faktura/Fa/FaWiersz[2]/P_12", at("<P_12>", 1)),
        ] {
            assert!(expected.is_some(), "{path}");
            assert_eq!(place(INVOICE, path), expected, "{path}");
        }
        for path in ["", "/", "/Fa", "/Faktura/NIP", "/Faktura/Fa/FaWiersz[3]", "/Faktura/P_12"] {
            assert_eq!(place(INVOICE, path), None, "{path}");
        }
    }

    #[test]
    fn every_issue_about_a_value_is_in_the_line_of_its_path() {
        for name in ["NIP", "P_1", "P_8B", "P_12", "Email", "KodKraju"] {
            let tag = format!("<{name}>");
            let document = INVOICE.replace(&tag, &format!("{tag}?"));
            let report = validate(document.as_bytes(), &profile());
            for issue in report.issues() {
                let byte = place(&document, issue.path()).unwrap();
                let line = 1 + document[..byte].matches('\n').count();
                assert_eq!(u32::try_from(line), Ok(issue.position().line), "{issue:?}");
            }
        }
    }
}
