//! Where elements are.

use std::collections::{BTreeMap, BTreeSet};

use super::frame;
use crate::schema::automaton::State;

/// How many bytes of a document there are for each of its elements, or some more.
const BYTES_OF_AN_ELEMENT: usize = 24;

/// The elements of a document in its order. What is not in the schema is left out.
#[derive(Debug, Default)]
pub(crate) struct Outline(Vec<Place>);

/// Where an element is.
#[derive(Debug)]
struct Place {
    /// Its first byte.
    byte: usize,
    state: &'static State,
    /// Which occurrence it is; 0 where the schema allows only one.
    index: u32,
    /// How many elements it is inside of.
    depth: u16,
}

impl Outline {
    /// An outline with room for the elements of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes / BYTES_OF_AN_ELEMENT))
    }

    #[inline]
    pub(super) fn push(&mut self, depth: usize, state: &'static State, index: u32, byte: usize) {
        // The reader goes no deeper than a `u16` says.
        let depth = u16::try_from(depth).unwrap_or(u16::MAX);
        self.0.push(Place { byte, state, index, depth });
    }

    /// The bytes at which the elements with these paths start, and those that they are inside of.
    pub(crate) fn places<'w>(
        &self,
        paths: impl IntoIterator<Item = &'w str>,
    ) -> BTreeMap<&'w str, usize> {
        let wanted: BTreeSet<_> = paths.into_iter().flat_map(with_parents).collect();
        let mut places = BTreeMap::new();
        let mut path = String::new();
        // How long the path was before each of its steps.
        let mut lengths = Vec::new();
        for place in &self.0 {
            if places.len() == wanted.len() {
                break;
            }
            // Inside of an element that is not wanted, none is.
            let depth = usize::from(place.depth);
            if depth > lengths.len() {
                continue;
            }
            path.truncate(lengths.get(depth).copied().unwrap_or(path.len()));
            lengths.truncate(depth);
            let length = path.len();
            frame::push_step(&mut path, place.state.name, place.index);
            if let Some(wanted) = wanted.get(path.as_str()) {
                places.insert(*wanted, place.byte);
                lengths.push(length);
            } else {
                path.truncate(length);
            }
        }
        places
    }
}

/// A path, and those of the elements around it.
fn with_parents(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
    ends.filter_map(|end| path.get(..end))
}

#[cfg(test)]
mod tests {
    use ksef_core::Environment;

    use crate::read::Reader;
    use crate::{Profile, validate};

    const INVOICE: &str = include_str!("../../benches/invoice.xml");

    fn profile() -> Profile {
        Profile::new(Environment::Test, "2026-11-20".parse().unwrap())
    }

    fn place(document: &str, path: &str) -> Option<usize> {
        let profile = profile();
        let outline = Reader::with_outline(document.as_bytes(), &profile).complete().outline;
        outline.places([path]).get(path).copied()
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
