//! The document as a tree: the one tree that is canonicalized, checked and read.

use std::borrow::Cow;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use uppsala::{Document, Element, NodeId, NodeKind, Parser, XmlDeclaration, XmlError};

use super::SignatureFault;

const XMLNS_XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Bytes as text that the parser reads as every other XML parser does.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SignatureFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = core::str::from_utf8(bytes).map_err(|_| SignatureFault::Encoding)?;
    Ok(normalize_attribute_values(text))
}

/// Replaces line ends and tabs in attribute values by blanks, as section 3.3.3 of XML 1.0 says.
///
/// The parser leaves this out, and then `a="1⏎2"` has the canonical form of `a="1&#xA;2"`: one
/// could be put in the place of the other under a signature.
fn normalize_attribute_values(text: &str) -> Cow<'_, str> {
    let mut normalized = String::new();
    let mut copied = 0;
    for (start, end) in attribute_values(text) {
        let Some(value) = text.get(start..end) else { continue };
        if value.contains(['\t', '\n', '\r']) {
            normalized.push_str(text.get(copied..start).unwrap_or_default());
            normalized.push_str(&value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
            copied = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    normalized.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(normalized)
}

/// Where the attribute values of well-formed XML start and end.
fn attribute_values(text: &str) -> Vec<(usize, usize)> {
    let mut values = Vec::new();
    let mut at = 0;
    while let Some(tag) = find(text, at, "<") {
        let after = |end: &str| find(text, tag, end).map_or(text.len(), |found| found + end.len());
        let rest = text.get(tag..).unwrap_or_default();
        at = if rest.starts_with("<!--") {
            after("-->")
        } else if rest.starts_with("<![CDATA[") {
            after("]]>")
        } else if rest.starts_with("<?") {
            after("?>")
        } else {
            values_in_tag(text, tag, &mut values)
        };
    }
    values
}

fn values_in_tag(text: &str, tag: usize, values: &mut Vec<(usize, usize)>) -> usize {
    let mut at = tag;
    loop {
        let next = text.get(at..).and_then(|rest| rest.find(['>', '"', '\'']));
        let Some(next) = next.map(|next| at + next) else {
            return text.len();
        };
        let quote = text.get(next..=next).unwrap_or_default();
        if quote == ">" {
            return next + 1;
        }
        let Some(end) = find(text, next + 1, quote) else {
            return text.len();
        };
        values.push((next + 1, end));
        at = end + 1;
    }
}

fn find(text: &str, from: usize, pattern: &str) -> Option<usize> {
    text.get(from..)?.find(pattern).map(|found| from + found)
}

/// A parsed document.
pub(crate) struct Tree<'a> {
    document: Document<'a>,
    root: NodeId,
}

impl<'a> Tree<'a> {
    /// Parses text that went through [`decode`].
    pub(crate) fn parse(text: &'a str, max_depth: u32) -> Result<Self, SignatureFault> {
        let parser = Parser::new().with_forbid_dtd(true).with_max_depth(max_depth);
        let document = parser.parse(text).map_err(|error| fault(text, &error))?;
        let root = document.document_element().ok_or(SignatureFault::Malformed)?;
        check_declaration(document.xml_declaration.as_ref())?;
        let tree = Self { document, root };
        tree.check_names()?;
        Ok(tree)
    }

    pub(crate) const fn root(&self) -> NodeId {
        self.root
    }

    /// What the parser lets pass although *Namespaces in XML 1.0* forbids it.
    fn check_names(&self) -> Result<(), SignatureFault> {
        for element in self.all().filter_map(|node| self.document.element(node)) {
            let unbound = |(prefix, uri): &(Cow<'_, str>, Cow<'_, str>)| {
                prefix.contains(':') || (!prefix.is_empty() && uri.is_empty())
            };
            let names = element.attributes.iter().map(|attribute| &attribute.name);
            let colon = |name: &uppsala::QName<'_>| name.local_name.contains(':');
            if names.chain([&element.name]).any(colon)
                || element.namespace_declarations.iter().any(unbound)
            {
                return Err(SignatureFault::Malformed);
            }
        }
        Ok(())
    }

    /// The root and everything below it.
    fn all(&self) -> impl Iterator<Item = NodeId> {
        core::iter::once(self.root).chain(self.document.descendants(self.root))
    }

    pub(crate) fn element(&self, node: NodeId) -> Option<&Element<'a>> {
        self.document.element(node)
    }

    pub(super) fn is(&self, node: NodeId, namespace: &str, name: &str) -> bool {
        self.document.element(node).is_some_and(|element| element.matches_name_ns(namespace, name))
    }

    /// Whether a processing instruction stands before or after the root element.
    pub(super) fn has_instruction_outside(&self) -> bool {
        self.document.children_iter(self.document.root()).any(|node| {
            matches!(self.document.node_kind(node), Some(NodeKind::ProcessingInstruction(_)))
        })
    }

    pub(super) fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.document.parent(node)
    }

    pub(super) fn is_within(&self, node: NodeId, ancestor: NodeId) -> bool {
        node == ancestor || self.document.ancestors(node).contains(&ancestor)
    }

    /// The elements directly below a node.
    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.document.children_iter(node).filter(|child| self.document.element(*child).is_some())
    }

    pub(super) fn named_children(
        &self,
        node: NodeId,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = NodeId> {
        self.children(node).filter(move |child| self.is(*child, namespace, name))
    }

    /// The child of this name, if there is exactly one.
    pub(crate) fn only_child(&self, node: NodeId, namespace: &str, name: &str) -> Option<NodeId> {
        let mut children = self.named_children(node, namespace, name);
        children.next().filter(|_| children.next().is_none())
    }

    /// Every element of this name in the document.
    pub(super) fn named(&self, namespace: &str, name: &str) -> Vec<NodeId> {
        self.all().filter(|node| self.is(*node, namespace, name)).collect()
    }

    /// An attribute without a namespace.
    pub(crate) fn attribute(&self, node: NodeId, name: &str) -> Option<&str> {
        let attributes = &self.document.element(node)?.attributes;
        let found = attributes.iter().find(|attribute| {
            attribute.name.namespace_uri.is_none() && attribute.name.local_name == name
        });
        found.map(|attribute| attribute.value.as_ref())
    }

    /// The text directly in an element, comments left out. `None` if it has child elements.
    pub(crate) fn text(&self, node: NodeId) -> Option<String> {
        let mut text = String::new();
        for child in self.document.children_iter(node) {
            match self.document.node_kind(child)? {
                NodeKind::Text(part) | NodeKind::CData(part) => text.push_str(part),
                NodeKind::Comment(_) | NodeKind::ProcessingInstruction(_) => {}
                NodeKind::Document | NodeKind::Element(_) | NodeKind::Attribute(..) => return None,
            }
        }
        Some(text)
    }

    /// The one element with this identifier, in any of the attributes that may hold one.
    pub(super) fn with_id(&self, id: &str) -> Option<NodeId> {
        let mut found = self.all().filter(|node| self.has_id(*node, id));
        found.next().filter(|_| found.next().is_none())
    }

    fn has_id(&self, node: NodeId, id: &str) -> bool {
        let Some(element) = self.document.element(node) else { return false };
        element.attributes.iter().any(|attribute| {
            let name = attribute.name.local_name.as_ref();
            let is_id = match attribute.name.namespace_uri.as_deref() {
                None => name.eq_ignore_ascii_case("id"),
                Some(XMLNS_XML) => name == "id",
                Some(_) => false,
            };
            is_id && attribute.value.trim() == id
        })
    }

    /// The namespace that a prefix stands for at an element.
    pub(super) fn namespace_of_prefix(&self, node: NodeId, prefix: &str) -> Option<&str> {
        core::iter::once(node).chain(self.document.ancestors(node)).find_map(|node| {
            let declarations = &self.document.element(node)?.namespace_declarations;
            let found = declarations.iter().find(|(declared, _)| declared == prefix);
            found.map(|(_, uri)| uri.as_ref())
        })
    }

    /// The canonical form of the whole document but one subtree.
    pub(super) fn canonical_without(
        &self,
        excluded: NodeId,
        form: &CanonicalForm,
        comments: Comments,
    ) -> Result<Vec<u8>, SignatureFault> {
        let everything = match comments {
            Comments::Kept => NodeSet::all(&self.document),
            Comments::Dropped => NodeSet::all_without_comments(&self.document),
        };
        let excluded = NodeSet::tree_with_comments(excluded, &self.document);
        self.canonical(&everything.subtract(&excluded), form)
    }

    /// The canonical form of an element with everything in it.
    pub(super) fn canonical_subtree(
        &self,
        node: NodeId,
        form: &CanonicalForm,
        comments: Comments,
    ) -> Result<Vec<u8>, SignatureFault> {
        let nodes = match comments {
            Comments::Kept => NodeSet::tree_with_comments(node, &self.document),
            Comments::Dropped => NodeSet::tree_without_comments(node, &self.document),
        };
        self.canonical(&nodes, form)
    }

    fn canonical(&self, nodes: &NodeSet, form: &CanonicalForm) -> Result<Vec<u8>, SignatureFault> {
        canonicalize_doc(&self.document, form.mode, Some(nodes), &form.prefixes)
            .map_err(|_| SignatureFault::Canonicalization)
    }
}

/// What happens to comments before the canonicalization sees them.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Comments {
    Kept,
    Dropped,
}

/// A canonicalization with its parameter.
#[derive(Clone, Debug)]
pub(super) struct CanonicalForm {
    mode: C14nMode,
    /// `PrefixList` of the exclusive forms.
    pub(super) prefixes: Vec<String>,
}

impl CanonicalForm {
    pub(super) const EXCLUSIVE: Self = Self { mode: C14nMode::Exclusive, prefixes: Vec::new() };
    /// What XML Signature falls back to where a reference names none.
    pub(super) const DEFAULT: Self = Self { mode: C14nMode::Inclusive, prefixes: Vec::new() };

    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        C14nMode::from_uri(uri).map(|mode| Self { mode, prefixes: Vec::new() })
    }

    pub(super) fn is_exclusive(&self) -> bool {
        self.mode.is_exclusive()
    }
}

fn check_declaration(declaration: Option<&XmlDeclaration<'_>>) -> Result<(), SignatureFault> {
    let Some(declaration) = declaration else { return Ok(()) };
    if declaration.version != "1.0" {
        return Err(SignatureFault::Malformed);
    }
    match declaration.encoding.as_deref() {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => Err(SignatureFault::Encoding),
        Some(_) | None => Ok(()),
    }
}

fn fault(text: &str, error: &XmlError) -> SignatureFault {
    let XmlError::Parse(error) = error else {
        return SignatureFault::Malformed;
    };
    // The parser has no kinds of errors, so this depends on its words; both are tested for.
    if error.message.contains("DOCTYPE") && text.contains("<!DOCTYPE") {
        SignatureFault::Dtd
    } else if error.message.contains("depth") {
        SignatureFault::TooDeep
    } else {
        SignatureFault::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(text: &str) -> SignatureFault {
        let text = decode(text.as_bytes()).unwrap();
        Tree::parse(&text, 8).err().unwrap()
    }

    fn canonical(text: &str) -> String {
        let text = decode(text.as_bytes()).unwrap();
        let tree = Tree::parse(&text, 8).unwrap();
        let nodes = NodeSet::all(&tree.document);
        String::from_utf8(tree.canonical(&nodes, &CanonicalForm::EXCLUSIVE).unwrap()).unwrap()
    }

    #[test]
    fn line_ends_in_attribute_values_become_blanks_and_references_stay() {
        assert_eq!(
            canonical("<a x='1\r\n2\n3\t4\r5&#10;6&#9;7' y=\"'\n>\">\r\n<!-- x='\n' -->'\n'</a>"),
            "<a x=\"1 2 3 4 5&#xA;6&#x9;7\" y=\"' >\">\n'\n'</a>"
        );
        for untouched in
            ["<a x=\"1 2\">\n</a>", "<a><![CDATA[<b x='\n'>]]></a>", "<?p x='\n'?><a/>"]
        {
            assert!(matches!(decode(untouched.as_bytes()), Ok(Cow::Borrowed(_))), "{untouched}");
        }
    }

    #[test]
    fn what_the_parser_lets_pass_is_refused() {
        for text in [
            "<a:b:c xmlns:a=\"u:u\"/>",
            "<a xmlns:p=\"\"/>",
            "<?xml version=\"1.1\"?><a/>",
            "<a",
            "",
        ] {
            assert_eq!(fault_of(text), SignatureFault::Malformed, "{text}");
        }
    }

    #[test]
    fn a_dtd_nesting_and_another_encoding_have_their_own_reasons() {
        assert_eq!(fault_of("<!DOCTYPE a><a/>"), SignatureFault::Dtd);
        assert_eq!(fault_of("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"), SignatureFault::Dtd);
        let nested = format!("{}{}", "<a>".repeat(20), "</a>".repeat(20));
        assert_eq!(fault_of(&nested), SignatureFault::TooDeep);
        let declared = "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><a/>";
        assert_eq!(fault_of(declared), SignatureFault::Encoding);
        assert_eq!(decode(b"<a>\xff</a>").unwrap_err(), SignatureFault::Encoding);
        assert_eq!(decode(b"\xff\xfe<\0a\0/\0>\0").unwrap_err(), SignatureFault::Encoding);
        assert_eq!(decode(b"\xef\xbb\xbf<a/>").unwrap(), "<a/>");
    }

    #[test]
    fn an_identifier_that_two_elements_have_names_neither() {
        let tree =
            Tree::parse("<a Id=\"x\"><b ID=\"y\"/><c id=\"y\"/><d xml:id=\"z\"/></a>", 8).unwrap();
        assert_eq!(tree.with_id("x"), Some(tree.root()));
        assert_eq!(tree.with_id("y"), None);
        assert!(tree.with_id("z").is_some());
        assert_eq!(tree.with_id("w"), None);
    }
}
