//! A reader of the official XSDs, for exactly the constructs that they use; it panics on any other.
//!
//! What it reads becomes the same kind of tree as the tables of `ksef-fa`, and lives until the end
//! of the process, as the tables do.

use std::collections::HashMap;

use ksef_fa::Schema;
use ksef_fa::schema::{
    Attribute, BASE_TYPES_NAMESPACE, Base, Body, ComplexType, Content, Element, Origin, Particle,
    Pattern, SimpleType, UNBOUNDED, WhiteSpace, XML_SCHEMA_NAMESPACE,
};
use ksef_tests::official_data::load;
use ksef_tests::suite::Failed;
use ksef_tests::xmllint::{BASE_FILES, file_of};
use roxmltree::{Document, Node};

/// An official schema, with the types that it imports.
pub(crate) struct Official {
    /// The one global element.
    pub(crate) root: Element,
    /// Every element with text, as the schema declares it.
    pub(crate) leaves: Vec<Leaf>,
}

/// The declaration of an element with text.
pub(crate) struct Leaf {
    /// Where it is, below the root.
    pub(crate) path: String,
    /// What the declaration says after the name of the element, in the words of the schema.
    pub(crate) declaration: String,
}

/// Reads a schema and the types that it imports, all of which have the listed sums.
pub(crate) fn read(schema: Schema) -> Result<Official, Failed> {
    let mut texts = Vec::new();
    for file in BASE_FILES.into_iter().chain([file_of(schema)]) {
        texts.push(String::from_utf8(load(file)?)?);
    }
    let mut documents = Vec::new();
    for text in &texts {
        documents.push(Document::parse(text)?);
    }
    let mut reader = Reader { types: HashMap::new(), leaves: Vec::new() };
    let mut root = None;
    for document in &documents {
        root = reader.file(document.root_element()).or(root);
    }
    let root = reader.element(root.expect("a global element"), "");
    Ok(Official { root, leaves: reader.leaves })
}

struct Reader<'a> {
    types: HashMap<(&'a str, &'a str), Node<'a, 'a>>,
    leaves: Vec<Leaf>,
}

impl<'a> Reader<'a> {
    /// Takes note of the types of a file; returns its global element.
    fn file(&mut self, schema: Node<'a, 'a>) -> Option<Node<'a, 'a>> {
        assert_eq!(schema.attribute("elementFormDefault"), Some("qualified"));
        assert_eq!(schema.attribute("attributeFormDefault"), Some("unqualified"));
        let namespace = schema.attribute("targetNamespace").expect("a namespace");
        let mut root = None;
        for node in children(schema) {
            match kind(node) {
                "import" | "include" => {}
                "simpleType" | "complexType" => {
                    let twice = self.types.insert((namespace, name(node)), node);
                    assert!(twice.is_none(), "{} is declared twice", name(node));
                }
                "element" => assert!(root.replace(node).is_none(), "a second global element"),
                other => panic!("{other} in a schema"),
            }
        }
        root
    }

    /// The declaration of a type, unless it is built in.
    fn find(&self, from: Node<'a, 'a>, qualified: &str) -> Option<Node<'a, 'a>> {
        let (prefix, name) = qualified.split_once(':').expect("a prefix");
        let namespace = from.lookup_namespace_uri(Some(prefix)).expect("a declared prefix");
        let built_in = namespace == XML_SCHEMA_NAMESPACE;
        let key = self.types.keys().find(|key| **key == (namespace, name));
        assert!(built_in || key.is_some(), "no type {qualified}");
        key.and_then(|key| self.types.get(key)).copied()
    }

    fn element(&mut self, node: Node<'a, 'a>, parent: &str) -> Element {
        only(node, &["name", "type", "minOccurs", "maxOccurs", "fixed"]);
        let path = match parent {
            "" => name(node).to_owned(),
            parent => format!("{parent}/{}", name(node)),
        };
        let content = match (node.attribute("type"), children(node).next()) {
            (Some(qualified), None) => self.content_of_type(node, qualified, &path),
            (None, Some(inner)) if kind(inner) == "simpleType" => {
                let source = &node.document().input_text()[inner.range()];
                self.leaf(&path, format!(">{source}</xsd:element>"));
                Content::Simple(leak(self.simple_type(inner)))
            }
            (None, Some(inner)) => Content::Complex(self.complex_type(inner, &path)),
            _ => panic!("{path} has not exactly one type"),
        };
        let content = match (content, node.attribute("fixed")) {
            (content, None) => content,
            (Content::Simple(simple), Some(fixed)) => {
                self.fix_leaf(&path, fixed);
                Content::Simple(leak(SimpleType { fixed: Some(leak_text(fixed)), ..*simple }))
            }
            (Content::Complex(_), Some(_)) => panic!("{path} is fixed, but complex"),
        };
        let (min, max) = (count(node, "minOccurs"), count(node, "maxOccurs"));
        Element { name: leak_text(name(node)), min, max, content }
    }

    fn content_of_type(&mut self, node: Node<'a, 'a>, qualified: &str, path: &str) -> Content {
        match self.find(node, qualified) {
            Some(found) if kind(found) == "complexType" => {
                Content::Complex(self.complex_type(found, path))
            }
            _ => {
                self.leaf(path, format!(" type=\"{qualified}\"/>"));
                Content::Simple(leak(self.simple_type_named(node, qualified)))
            }
        }
    }

    fn leaf(&mut self, path: &str, declaration: String) {
        self.leaves.push(Leaf { path: path.to_owned(), declaration });
    }

    fn fix_leaf(&mut self, path: &str, fixed: &str) {
        let leaf = self.leaves.last_mut().filter(|leaf| leaf.path == path).expect("the leaf");
        leaf.declaration.insert_str(0, &format!(" fixed=\"{fixed}\""));
    }

    fn complex_type(&mut self, node: Node<'a, 'a>, path: &str) -> &'static ComplexType {
        only(node, &["name"]);
        let mut attributes = Vec::new();
        let mut body = None;
        for child in children(node) {
            let twice = match kind(child) {
                "sequence" | "choice" => body.replace(Body::Children(self.particle(child, path))),
                "complexContent" => body.replace(self.extended_children(child, path)),
                "simpleContent" => body.replace(self.extended_text(child, path, &mut attributes)),
                "attribute" => {
                    attributes.push(self.attribute(child));
                    None
                }
                other => panic!("{other} in the type of {path}"),
            };
            assert!(twice.is_none(), "{path} has two content models");
        }
        let name = leak_text(node.attribute("name").unwrap_or_default());
        let body = body.unwrap_or_else(|| panic!("{path} has no content model"));
        leak(ComplexType { name, attributes: Vec::leak(attributes), body })
    }

    /// An extension that adds nothing.
    fn extended_children(&mut self, node: Node<'a, 'a>, path: &str) -> Body {
        let extension = only_child(node, "extension");
        assert_eq!(children(extension).count(), 0, "{path} adds to the type that it extends");
        let base = extension.attribute("base").and_then(|base| self.find(extension, base));
        self.complex_type(base.expect("a base"), path).body
    }

    /// Text with attributes.
    fn extended_text(
        &mut self,
        node: Node<'a, 'a>,
        path: &str,
        attributes: &mut Vec<Attribute>,
    ) -> Body {
        let extension = only_child(node, "extension");
        attributes.extend(children(extension).map(|child| self.attribute(child)));
        let base = extension.attribute("base").expect("a base");
        self.leaf(path, format!(" type=\"{base}\"/>"));
        Body::Text(leak(self.simple_type_named(extension, base)))
    }

    fn attribute(&self, node: Node<'a, 'a>) -> Attribute {
        assert_eq!(kind(node), "attribute");
        only(node, &["name", "type", "use", "fixed"]);
        let value = match node.attribute("type") {
            Some(qualified) => self.simple_type_named(node, qualified),
            None => self.simple_type(only_child(node, "simpleType")),
        };
        Attribute {
            name: leak_text(name(node)),
            value: leak(value),
            required: node.attribute("use") == Some("required"),
            fixed: node.attribute("fixed").map(leak_text),
        }
    }

    fn particle(&mut self, node: Node<'a, 'a>, path: &str) -> Particle {
        if kind(node) == "element" {
            return Particle::Element(self.element(node, path));
        }
        only(node, &["minOccurs"]);
        let min = count(node, "minOccurs");
        let items: Vec<_> = children(node).map(|child| self.particle(child, path)).collect();
        match kind(node) {
            "sequence" => Particle::Sequence { min, items: Vec::leak(items) },
            "choice" => Particle::Choice { min, items: Vec::leak(items) },
            other => panic!("{other} in the content model of {path}"),
        }
    }

    fn simple_type_named(&self, from: Node<'a, 'a>, qualified: &str) -> SimpleType {
        match self.find(from, qualified) {
            Some(found) => self.simple_type(found),
            None => built_in(qualified.split_once(':').map_or(qualified, |(_, name)| name)),
        }
    }

    fn simple_type(&self, node: Node<'a, 'a>) -> SimpleType {
        // The `id` of a few base types means nothing to a document.
        only(node, &["name", "id"]);
        let definition = children(node).next().expect("a definition");
        let derived = match kind(definition) {
            "restriction" => self.restriction(definition),
            "union" => self.union(definition),
            other => panic!("{other} in a simple type"),
        };
        let namespace = node.document().root_element().attribute("targetNamespace");
        let is_base = namespace == Some(BASE_TYPES_NAMESPACE);
        let origin = if is_base { Origin::BaseTypes } else { Origin::Schema };
        SimpleType {
            name: leak_text(node.attribute("name").unwrap_or_default()),
            origin,
            ..derived
        }
    }

    fn union(&self, node: Node<'a, 'a>) -> SimpleType {
        only(node, &[]);
        let members = children(node).map(|child| leak(self.simple_type(child)));
        let members = Vec::leak(members.collect::<Vec<&'static SimpleType>>());
        SimpleType {
            base: Base::Union(members),
            white_space: WhiteSpace::Preserve,
            ..built_in("string")
        }
    }

    fn restriction(&self, node: Node<'a, 'a>) -> SimpleType {
        only(node, &["base"]);
        let mut simple = self.simple_type_named(node, node.attribute("base").expect("a base"));
        let (mut patterns, mut values) = (simple.patterns.to_vec(), Vec::new());
        for facet in children(node) {
            only(facet, &["value"]);
            let value = leak_text(facet.attribute("value").expect("a value"));
            let number = || Some(value.parse().expect("a number"));
            match kind(facet) {
                "minLength" => simple.min_length = number(),
                "maxLength" => simple.max_length = number(),
                "totalDigits" => simple.total_digits = number(),
                "fractionDigits" => simple.fraction_digits = number(),
                "minInclusive" => simple.min_inclusive = Some(value),
                "maxInclusive" => simple.max_inclusive = Some(value),
                "minExclusive" => simple.min_exclusive = Some(value),
                "whiteSpace" => simple.white_space = white_space(value),
                "pattern" => patterns.push(Pattern { expression: value, matches: |_| false }),
                "enumeration" => values.push(value),
                other => panic!("the facet {other}"),
            }
        }
        // Patterns of one step are alternatives, and a second enumeration is a part of the first.
        assert!(patterns.len() <= simple.patterns.len() + 1, "two patterns in one step");
        assert!(values.is_empty() || simple.values.is_empty(), "an enumeration of an enumeration");
        simple.patterns = Vec::leak(patterns);
        if !values.is_empty() {
            simple.values = Vec::leak(values);
        }
        simple
    }
}

fn built_in(name: &str) -> SimpleType {
    let (base, white_space) = match name {
        "string" => (Base::String, WhiteSpace::Preserve),
        "normalizedString" => (Base::NormalizedString, WhiteSpace::Replace),
        "token" => (Base::Token, WhiteSpace::Collapse),
        "decimal" => (Base::Decimal, WhiteSpace::Collapse),
        "integer" => (Base::Integer, WhiteSpace::Collapse),
        "nonNegativeInteger" => (Base::NonNegativeInteger, WhiteSpace::Collapse),
        "byte" => (Base::Byte, WhiteSpace::Collapse),
        "date" => (Base::Date, WhiteSpace::Collapse),
        "dateTime" => (Base::DateTime, WhiteSpace::Collapse),
        other => panic!("the built-in type {other}"),
    };
    SimpleType {
        name: leak_text(name),
        origin: Origin::XmlSchema,
        base,
        white_space,
        min_length: None,
        max_length: None,
        total_digits: None,
        fraction_digits: None,
        min_inclusive: None,
        max_inclusive: None,
        min_exclusive: None,
        patterns: &[],
        values: &[],
        fixed: None,
    }
}

fn white_space(value: &str) -> WhiteSpace {
    match value {
        "preserve" => WhiteSpace::Preserve,
        "replace" => WhiteSpace::Replace,
        "collapse" => WhiteSpace::Collapse,
        other => panic!("white space {other}"),
    }
}

/// How often, which is once where nothing is said.
fn count(node: Node<'_, '_>, attribute: &str) -> u32 {
    match node.attribute(attribute) {
        None => 1,
        Some("unbounded") => UNBOUNDED,
        Some(number) => number.parse().expect("a number"),
    }
}

/// What is below a node, without annotations. It panics on text.
fn children<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    let is_blank = |child: Node<'_, '_>| child.text().is_none_or(|text| text.trim().is_empty());
    let mut texts = node.children().filter(Node::is_text);
    assert!(texts.all(is_blank), "text in {}", kind(node));
    node.children().filter(|child| child.is_element() && kind(*child) != "annotation")
}

fn only_child<'a>(node: Node<'a, 'a>, expected: &str) -> Node<'a, 'a> {
    let mut found = children(node);
    let (Some(child), None) = (found.next(), found.next()) else {
        panic!("{} has not exactly one child", kind(node));
    };
    assert_eq!(kind(child), expected);
    child
}

/// The name of a node of XML Schema.
fn kind<'a>(node: Node<'a, '_>) -> &'a str {
    assert_eq!(node.tag_name().namespace(), Some(XML_SCHEMA_NAMESPACE));
    node.tag_name().name()
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("name").expect("a name")
}

fn only(node: Node<'_, '_>, known: &[&str]) {
    for attribute in node.attributes() {
        let is_known = attribute.namespace().is_none() && known.contains(&attribute.name());
        assert!(is_known, "the attribute {} of {}", attribute.name(), kind(node));
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn leak_text(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
