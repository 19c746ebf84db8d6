//! Small changes of a document, by the paths of its elements.

use roxmltree::{Document, Node};
use serde::Deserialize;

/// A change of a document.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Edit {
    /// The text of an element becomes another.
    Set { set: String, to: String },
    /// An element goes.
    Drop { drop: String },
    /// Elements come behind another one.
    After { after: String, add: String },
    /// Elements come before another one.
    Before { before: String, add: String },
    /// Elements come at the end of another one.
    Into { into: String, add: String },
}

/// The document with one change.
pub(crate) fn edited(xml: &str, edit: &Edit) -> String {
    let document = Document::parse(xml).unwrap_or_else(|error| panic!("{error} in {edit:?}"));
    let (path, add) = match edit {
        Edit::Set { set: path, to: add }
        | Edit::After { after: path, add }
        | Edit::Before { before: path, add }
        | Edit::Into { into: path, add } => (path, add.as_str()),
        Edit::Drop { drop: path } => (path, ""),
    };
    let whole = element(&document, path).range();
    let Some(text) = xml.get(whole.clone()) else { panic!("{path} is nowhere") };
    let content = whole.start + text.find('>').map_or(0, |at| at + 1);
    let end = whole.start + text.rfind("</").unwrap_or(text.len());
    let range = match edit {
        Edit::Set { .. } => content..end,
        Edit::Drop { .. } => whole,
        Edit::After { .. } => whole.end..whole.end,
        Edit::Before { .. } => whole.start..whole.start,
        Edit::Into { .. } => end..end,
    };
    let mut xml = xml.to_owned();
    xml.replace_range(range, add);
    xml
}

/// The element at a path below the root, such as `Fa/FaWiersz[2]/P_12`.
fn element<'a, 'i>(document: &'a Document<'i>, path: &str) -> Node<'a, 'i> {
    path.split('/').fold(document.root_element(), |parent, step| {
        let (name, index) = match step.trim_end_matches(']').split_once('[') {
            Some((name, index)) => (name, index.parse().unwrap_or(0)),
            None => (step, 1_usize),
        };
        let mut named = parent.children().filter(|child| child.tag_name().name() == name);
        named.nth(index - 1).unwrap_or_else(|| panic!("{path}: there is no {step}"))
    })
}
