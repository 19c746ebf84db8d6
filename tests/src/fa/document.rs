//! A document as a tree that can be changed into one that no XML library would write.

use core::fmt::Write as _;

/// A document: what stands before the root element, the root element, and what stands after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "mutants are made by hand")]
pub struct Document {
    /// The XML declaration and what else stands before the root element, as it is written.
    pub prolog: String,
    /// The root element.
    pub root: Element,
    /// What stands after the root element, as it is written.
    pub epilog: String,
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "mutants are made by hand")]
pub struct Element {
    /// Its name with its prefix, if it has one.
    pub name: String,
    /// Its attributes, namespace declarations among them, with their values unescaped.
    pub attributes: Vec<(String, String)>,
    /// What is inside.
    pub children: Vec<Node>,
}

/// What can be inside an element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "mutants are made by hand")]
pub enum Node {
    /// Another element.
    Element(Element),
    /// Text, unescaped.
    Text(String),
    /// Anything else, as it is written: a comment, a CDATA section, a reference.
    Markup(String),
}

impl Document {
    /// A document in UTF-8 with a declaration.
    #[must_use]
    pub fn new(root: Element) -> Self {
        let prolog = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { prolog, root, epilog: String::new() }
    }

    /// The tree of a well-formed document without a DTD; comments in it are lost.
    #[must_use]
    pub fn parse(xml: &str) -> Option<Self> {
        let document = roxmltree::Document::parse(xml).ok()?;
        Some(Self::new(Element::read(document.root_element(), None)))
    }

    /// The document as text.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = self.prolog.clone();
        self.root.write(&mut xml);
        xml.push_str(&self.epilog);
        xml
    }
}

impl Element {
    /// An element with text, or empty.
    #[must_use]
    pub fn with_text(name: &str, text: &str) -> Self {
        let children = if text.is_empty() { vec![] } else { vec![Node::Text(text.to_owned())] };
        Self { name: name.to_owned(), attributes: vec![], children }
    }

    /// How many elements there are, this one included.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + self.elements().map(Self::size).sum::<usize>()
    }

    /// The children that are elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Markup(_) => None,
        })
    }

    /// Whether there is no element inside.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.elements().next().is_none()
    }

    /// The text directly inside.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.children.iter().map(|child| match child {
            Node::Text(text) => text.as_str(),
            Node::Element(_) | Node::Markup(_) => "",
        });
        texts.collect()
    }

    /// The element with this number in the order of the document, this one being 0, and the names
    /// on the way to it, its own included and this one's not.
    pub fn nth(&mut self, number: usize) -> Option<(&mut Self, Vec<String>)> {
        if number == 0 {
            return Some((self, vec![]));
        }
        let mut left = number - 1;
        for child in &mut self.children {
            let Node::Element(child) = child else { continue };
            let size = child.size();
            if left < size {
                let name = child.name.clone();
                let (found, mut path) = child.nth(left)?;
                path.insert(0, name);
                return Some((found, path));
            }
            left -= size;
        }
        None
    }

    /// Does something to this element and to all below it.
    pub fn for_each(&mut self, change: &mut impl FnMut(&mut Self)) {
        change(self);
        for child in &mut self.children {
            if let Node::Element(child) = child {
                child.for_each(change);
            }
        }
    }

    /// Every element below this one and this one itself: path, attributes, and the text inside.
    ///
    /// Blanks between elements are layout and left out.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let text = self.text();
        let is_layout = self.elements().next().is_some() && text.trim().is_empty();
        let text = if is_layout { "" } else { text.as_str() };
        let own = format!("{} {:?} {text:?}", self.name, self.attributes);
        let below = self.elements().flat_map(Self::rows);
        core::iter::once(own).chain(below.map(|row| format!("{}/{row}", self.name))).collect()
    }

    fn read(node: roxmltree::Node<'_, '_>, inherited: Option<&str>) -> Self {
        let tag = node.tag_name();
        let mut attributes = vec![];
        // Every element is written with the default namespace, which needs no prefixes.
        if tag.namespace() != inherited {
            attributes.push(("xmlns".to_owned(), tag.namespace().unwrap_or_default().to_owned()));
        }
        let own = node.attributes().filter(|attribute| attribute.namespace().is_none());
        attributes.extend(own.map(|found| (found.name().to_owned(), found.value().to_owned())));
        let children = node.children().filter_map(|child| {
            if child.is_element() {
                Some(Node::Element(Self::read(child, tag.namespace())))
            } else {
                child.text().filter(|_| child.is_text()).map(|text| Node::Text(text.to_owned()))
            }
        });
        Self { name: tag.name().to_owned(), attributes, children: children.collect() }
    }

    fn write(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(&self.name);
        for (name, value) in &self.attributes {
            let _ = write!(xml, " {name}=\"{}\"", escape(value, true));
        }
        if self.children.is_empty() {
            xml.push_str("/>");
            return;
        }
        xml.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(xml),
                Node::Text(text) => xml.push_str(&escape(text, false)),
                Node::Markup(markup) => xml.push_str(markup),
            }
        }
        let _ = write!(xml, "</{}>", self.name);
    }
}

/// A carriage return, and all white space of an attribute, would not survive the parser.
fn escape(text: &str, is_attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '"' | '\n' | '\t' if is_attribute => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}
