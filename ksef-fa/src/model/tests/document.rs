//! A document as a tree, and a source that walks it by the table, for whoever reads the model.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::SchemaVersion;
use crate::model::declare::Source;
use crate::schema::{Body, Content, Element, SimpleType};

/// An element: its name, attributes without a namespace, text and children.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

impl Node {
    pub(super) fn parse(xml: &str) -> Self {
        let mut reader = Reader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => open.push(Self::of_tag(&tag)),
                Event::Empty(tag) => {
                    let node = Self::of_tag(&tag);
                    open.last_mut().unwrap().children.push(node);
                }
                Event::End(_) => {
                    let node = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(node);
                }
                Event::Text(text) => open.last_mut().unwrap().text += &text.xml10_content(),
                Event::CData(text) => open.last_mut().unwrap().text += &text.xml10_content(),
                Event::GeneralRef(name) => {
                    let character = name.resolve_char_ref().unwrap();
                    let text = match &*name {
                        "amp" => "&".to_owned(),
                        "lt" => "<".to_owned(),
                        "gt" => ">".to_owned(),
                        "quot" => "\"".to_owned(),
                        "apos" => "'".to_owned(),
                        _ => character.unwrap().to_string(),
                    };
                    open.last_mut().unwrap().text += &text;
                }
                Event::Eof => return open.pop().unwrap().children.pop().unwrap(),
                _ => {}
            }
        }
    }

    fn of_tag(tag: &BytesStart<'_>) -> Self {
        let attributes = tag.attributes().map(Result::unwrap).map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
            (attribute.key.as_ref().to_owned(), value.into_owned())
        });
        Self {
            name: tag.local_name().as_ref().to_owned(),
            attributes: attributes
                .filter(|(name, _)| !name.contains("xmlns") && !name.contains(':'))
                .collect(),
            ..Self::default()
        }
    }

    /// Paths with their texts, in order, white space handled as the type of each says.
    pub(super) fn values(&self, element: &Element, path: &str, values: &mut Vec<String>) {
        let path = format!("{path}/{}", self.name);
        let text = match text_type(element) {
            // An empty element with a fixed value has to stay empty.
            Some(simple) if simple.fixed.is_some() => self.text.clone(),
            Some(simple) => simple.check(&self.text).unwrap().into_owned(),
            None => self.text.trim().to_owned(),
        };
        values.push(format!("{path} {:?} {text}", self.attributes));
        for child in &self.children {
            child.values(element.child(&child.name).unwrap(), &path, values);
        }
    }
}

/// The type of the text, if the element does not have children.
fn text_type(element: &Element) -> Option<&'static SimpleType> {
    match element.content {
        Content::Simple(simple) => Some(simple),
        Content::Complex(complex) => match complex.body {
            Body::Text(simple) => Some(simple),
            Body::Children(_) => None,
        },
    }
}

/// Gives the model a valid document.
pub(super) struct Tree<'t> {
    version: SchemaVersion,
    /// The open elements, each with the number of children that have been given out.
    open: Vec<(&'t Node, &'static Element, usize)>,
    was_empty: bool,
}

impl<'t> Tree<'t> {
    /// With the root entered.
    pub(super) fn new(root: &'t Node, version: SchemaVersion) -> Self {
        Self { version, open: vec![(root, version.schema().root(), 0)], was_empty: false }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.open.is_empty()
    }
}

impl Source for Tree<'_> {
    fn version(&self) -> SchemaVersion {
        self.version
    }

    fn next_child(&mut self) -> Option<&'static str> {
        let (node, element, given) = self.open.last_mut().unwrap();
        let Some(child) = node.children.get(*given) else {
            self.open.pop();
            return None;
        };
        *given += 1;
        let element = element.child(&child.name).unwrap();
        self.open.push((child, element, 0));
        Some(element.name)
    }

    fn value(&mut self) -> Option<Cow<'_, str>> {
        let (node, element, _) = self.open.pop().unwrap();
        self.was_empty = node.text.is_empty();
        text_type(element).unwrap().check(&node.text).ok()
    }

    fn attribute(&mut self, name: &str) -> Option<Cow<'_, str>> {
        let (node, ..) = self.open.last().unwrap();
        let (_, value) = node.attributes.iter().find(|(known, _)| known == name)?;
        Some(value.into())
    }

    fn skip(&mut self) {
        panic!("the model does not know {}", self.open.last().unwrap().0.name);
    }

    fn was_empty(&self) -> bool {
        self.was_empty
    }
}
