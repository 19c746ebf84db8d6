//! Changes to documents. Most make them invalid, some do not: an oracle says which.

use ksef_core::submission::simulation::Random;
use ksef_fa::Schema;

use super::coverage::{names, simple_type};
use super::document::{Document, Element, Node};
use super::values::{below, boundaries, index, one, pick, value};

mod bytes;
mod markup;
mod text;
mod tree;

pub use bytes::mutate_bytes;

/// A changed document.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "suites make their own")]
pub struct Mutant {
    /// What was done to it.
    pub label: String,
    /// The document.
    pub xml: Vec<u8>,
}

/// A document that is being changed, and the numbers that say how.
struct Site<'a> {
    schema: Schema,
    document: Document,
    random: &'a mut Random,
}

/// A change, which may not be possible in some document.
type Change = fn(&mut Site<'_>) -> Option<()>;

const CHANGES: &[(&str, Change)] = &[
    ("attribute added", markup::add_attribute),
    ("attribute changed", markup::change_attribute),
    ("attribute of xsi", markup::add_instance_attribute),
    ("attribute xsi:type", markup::name_type),
    ("attribute removed", markup::remove_attribute),
    ("attribute twice", markup::double_attribute),
    ("boundary", text::boundary),
    ("boundary", text::boundary),
    ("boundary", text::boundary),
    ("boundary of the header", text::boundary_of_the_header),
    ("CDATA between", markup::cdata_between),
    ("CDATA in text", markup::cdata_in_text),
    ("character inserted", text::insert_character),
    ("character reference", markup::character_reference),
    ("child in text", tree::child_in_text),
    ("comment or instruction", markup::comment),
    ("declaration", markup::declaration),
    ("digit of another script", text::foreign_digit),
    ("document type", markup::document_type),
    ("drop", tree::drop_element),
    ("drop", tree::drop_element),
    ("duplicate", tree::duplicate),
    ("duplicate", tree::duplicate),
    ("empty", tree::empty),
    ("indent", markup::indent),
    ("move", tree::move_element),
    ("namespace of all", tree::namespace_of_all),
    ("namespace of one", tree::namespace_of_one),
    ("prefix of all", tree::prefix_of_all),
    ("prefix of one", tree::prefix_of_one),
    ("rename to official", tree::rename_to_official),
    ("rename to sibling", tree::rename_to_sibling),
    ("rename to unknown", tree::rename_to_unknown),
    ("swap", tree::swap),
    ("swap", tree::swap),
    ("text between", markup::text_between),
    ("text of another", text::text_of_another),
    ("value of another type", text::value_of_another),
    ("white space", text::white_space),
    ("white space", text::white_space),
];

/// A document with one change, sometimes with several.
#[must_use]
pub fn mutate(schema: Schema, document: &Document, random: &mut Random) -> Mutant {
    let mut site = Site { schema, document: document.clone(), random };
    let wanted = if site.random.happens(150) { 1 + below(site.random, 3) } else { 1 };
    let mut labels = vec![];
    // A change is impossible now and then; so many in a row are not.
    for _ in 0..50 {
        if labels.len() >= wanted as usize {
            break;
        }
        if let Some((label, change)) = pick(site.random, CHANGES)
            && change(&mut site).is_some()
        {
            labels.push(*label);
        }
    }
    Mutant { label: labels.join(" + "), xml: site.document.to_xml().into_bytes() }
}

impl Site<'_> {
    /// The number of some element that fits.
    fn find(&mut self, fits: impl Fn(&Element) -> bool) -> Option<usize> {
        let size = self.document.root.size();
        (0..30).find_map(|_| {
            let number = index(self.random, size);
            let (element, _) = self.document.root.nth(number)?;
            fits(element).then_some(number)
        })
    }

    fn nth(&mut self, number: usize) -> Option<&mut Element> {
        self.document.root.nth(number).map(|(element, _)| element)
    }

    fn any(&mut self) -> Option<&mut Element> {
        let number = self.find(|_| true)?;
        self.nth(number)
    }

    fn leaf(&mut self) -> Option<&mut Element> {
        let number = self.find(Element::is_leaf)?;
        self.nth(number)
    }

    /// A leaf with text.
    fn full_leaf(&mut self) -> Option<&mut Element> {
        let number = self.find(|element| element.is_leaf() && !element.text().is_empty())?;
        self.nth(number)
    }

    /// An element with elements inside.
    fn branch(&mut self) -> Option<&mut Element> {
        let number = self.find(|element| !element.is_leaf())?;
        self.nth(number)
    }

    /// An element with elements inside, and the place of one of them.
    fn place(&mut self) -> Option<(&mut Element, usize)> {
        let number = self.find(|element| !element.is_leaf())?;
        let length = self.nth(number)?.children.len();
        let at = (0..30).map(|_| index(self.random, length)).find(|at| {
            let parent = self.document.root.nth(number).map(|(element, _)| element);
            parent.is_some_and(|parent| matches!(parent.children.get(*at), Some(Node::Element(_))))
        })?;
        self.nth(number).map(|parent| (parent, at))
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        pick(self.random, texts).copied().unwrap_or_default()
    }
}
