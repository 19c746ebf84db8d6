//! Entering an element: its name, its attributes, its place in the content model.

use std::borrow::Cow;

use super::Reader;
use super::frame::{self, Frame, Progress, Within};
use super::namespaces::INSTANCE;
use super::values::{code, expected};
use crate::lexical::Fault;
use crate::schema::automaton::{self, Inside, State};
use crate::schema::{Attribute, ComplexType, Origin};
use crate::xml::attributes::{self, RawAttribute};
use crate::xml::{names, references};
use crate::{Code, Schema};

/// Namespaces of Peppol's invoices start like this.
const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

impl<'i> Reader<'i, '_> {
    /// Opens the element of a start tag; its official name, or `None` if the schema has no such
    /// element here, which is reported.
    #[inline]
    pub(super) fn enter(&mut self, tag: &'i str, name: usize) -> Option<&'static str> {
        let (name, rest) = tag.split_at_checked(name).unwrap_or_default();
        self.attributes.clear();
        self.raw_attributes.clear();
        if self.frames.len() >= usize::from(self.log.profile().max_depth()) {
            self.stop(Code::Depth, self.tokens.start);
        }
        if !rest.is_empty() {
            self.read_attributes(name, rest);
        }
        if self.namespaces.is_target_default()
            && let Some(Frame { within: Within::Children(progress), .. }) = self.frames.last_mut()
            && progress.advance(name)
        {
            let progress = *progress;
            return Some(self.open(name, progress.state, progress.index()));
        }
        self.enter_slowly(name)
    }

    /// As [`enter`](Self::enter), for names with a prefix, the root, and what is not expected.
    #[cold]
    fn enter_slowly(&mut self, name: &'i str) -> Option<&'static str> {
        let start = self.tokens.start;
        if !names::is_qname(name) {
            self.issue(Code::Name, start);
            return self.open_unknown(name);
        }
        let (prefix, local) = names::split(name);
        let Some(is_target) = self.namespaces.is_target(prefix) else {
            self.issue(Code::Namespace, start);
            return self.open_unknown(name);
        };
        let Some(frame) = self.frames.last_mut() else {
            return self.enter_root(name);
        };
        let Within::Children(progress) = &mut frame.within else {
            if matches!(frame.within, Within::Text(_)) {
                self.issue(Code::ChildInText, start);
            }
            return self.open_unknown(name);
        };
        if !is_target {
            let path = frame::path_below(&self.frames, frame::public_name(local));
            self.add(Code::ForeignNamespace, start, path, Vec::new());
            return self.open_unknown(name);
        }
        if !progress.advance(local) {
            let progress = *progress;
            if !self.recover(progress, local) {
                return self.open_unknown(name);
            }
        }
        match self.frames.last() {
            Some(Frame { within: Within::Children(progress), .. }) => {
                let progress = *progress;
                Some(self.open(name, progress.state, progress.index()))
            }
            _ => self.open_unknown(name),
        }
    }

    /// Opens the root, or the element that its parent has just advanced to.
    #[inline]
    fn open(&mut self, raw: &'i str, state: &'static State, index: u32) -> &'static str {
        let within = match &state.inside {
            Inside::Text(simple) => Within::Text(simple),
            Inside::Children(model) => {
                Progress::new(model).map_or(Within::Anything, Within::Children)
            }
        };
        let name = state.name;
        if let Some(outline) = &mut self.outline {
            outline.push(self.frames.len(), state, index, self.skipped + self.tokens.start);
        }
        self.has_attachment |= self.frames.len() == 1 && name == "Zalacznik";
        self.frames.push(Frame { raw, name, index, within });
        if state.complex.is_some() || !self.raw_attributes.is_empty() {
            self.check_attributes(state);
        }
        name
    }

    fn open_unknown(&mut self, raw: &'i str) -> Option<&'static str> {
        let (_, local) = names::split(raw);
        // Inside of an unknown element nobody asks for paths of single elements.
        let name = match self.frames.last() {
            Some(Frame { within: Within::Anything, .. }) => "*",
            _ => frame::public_name(local),
        };
        self.frames.push(Frame { raw, name, index: 0, within: Within::Anything });
        None
    }

    fn enter_root(&mut self, name: &'i str) -> Option<&'static str> {
        let start = self.tokens.start;
        if self.has_root {
            self.stop(Code::WellFormed, start);
            return self.open_unknown(name);
        }
        self.has_root = true;
        let (prefix, local) = names::split(name);
        let namespace = self.namespaces.resolve(prefix).unwrap_or_default();
        let is_peppol = namespace.starts_with(UBL);
        let schema = Schema::with_namespace(namespace);
        let Some(schema) = schema.filter(|schema| schema.root().name == local) else {
            let roots = Schema::ALL.map(|schema| schema.namespace().into());
            let code = if is_peppol { Code::Peppol } else { Code::Root };
            self.add(code, start, "/".to_owned(), roots.to_vec());
            return self.open_unknown(name);
        };
        self.schema = Some(schema);
        self.namespaces.set_target(schema.namespace());
        if let Some(wanted) = self.log.profile().schema().filter(|wanted| *wanted != schema) {
            let wanted = wanted.form_code().to_string().into();
            self.add(Code::OtherSchema, start, format!("/{local}"), vec![wanted]);
        }
        Some(self.open(name, automaton::root(schema), 0))
    }

    /// Takes the attributes of a start tag apart and notes its namespace declarations.
    #[cold]
    fn read_attributes(&mut self, name: &str, text: &'i str) {
        let at = self.tokens.start + 1 + name.len();
        if let Err(refusal) = attributes::parse(text, &mut self.raw_attributes) {
            self.issue(refusal.code, at + refusal.offset);
            if refusal.code == Code::Attributes {
                self.is_done = true;
            }
        }
        for index in 0..self.raw_attributes.len() {
            if let Some(RawAttribute { name, value, offset }) =
                self.raw_attributes.get(index).copied()
            {
                self.read_declaration(name, value, at + offset);
            }
        }
        let at_offset = at - self.tokens.start;
        for attribute in &mut self.raw_attributes {
            attribute.offset += at_offset;
        }
    }

    /// Checks the references of an attribute, and declares a namespace if that is what it does.
    fn read_declaration(&mut self, name: &'i str, raw: &'i str, at: usize) {
        let value = match references::attribute_value(raw) {
            Ok(value) => value,
            Err(code) => {
                self.issue(code, at);
                return;
            }
        };
        let prefix = match names::split(name) {
            ("", "xmlns") => "",
            ("xmlns", prefix) => prefix,
            _ => return,
        };
        if !self.namespaces.declare(prefix, value, self.frames.len() + 1) {
            self.issue(Code::Namespace, at);
        }
    }

    /// Checks the attributes of the element just opened.
    #[cold]
    fn check_attributes(&mut self, state: &'static State) {
        let declared = state.complex.map_or(&[][..], |complex| complex.attributes);
        for index in 0..self.raw_attributes.len() {
            if let Some(attribute) = self.raw_attributes.get(index).copied() {
                self.check_attribute(attribute, declared, state);
            }
        }
        for attribute in declared.iter().filter(|attribute| attribute.required) {
            if !self.raw_attributes.iter().any(|raw| raw.name == attribute.name) {
                self.attribute_issue(
                    Code::MissingAttribute,
                    self.tokens.start,
                    attribute.name,
                    Vec::new(),
                );
            }
        }
    }

    fn check_attribute(
        &mut self,
        raw: RawAttribute<'i>,
        declared: &'static [Attribute],
        state: &'static State,
    ) {
        let (prefix, local) = names::split(raw.name);
        let at = self.tokens.start + raw.offset;
        if prefix == "xmlns" || raw.name == "xmlns" {
            return;
        }
        if !prefix.is_empty() {
            match self.namespaces.resolve(prefix) {
                None => self.issue(Code::Namespace, at),
                Some(INSTANCE) => self.check_instance_attribute(local, raw.value, at, state),
                Some(_) => self.unknown_attribute(at, declared),
            }
            return;
        }
        match declared.iter().find(|attribute| attribute.name == local) {
            Some(attribute) => self.check_declared(attribute, raw.value, at),
            None => self.unknown_attribute(at, declared),
        }
    }

    fn check_declared(&mut self, attribute: &'static Attribute, raw: &'i str, at: usize) {
        let Ok(text) = references::attribute_value(raw) else {
            return;
        };
        let value = match text {
            Cow::Borrowed(text) => attribute.check(text),
            Cow::Owned(text) => attribute.check(&text).map(|value| Cow::Owned(value.into_owned())),
        };
        match value {
            Ok(value) => self.attributes.push((attribute.name, value)),
            Err(Fault::Fixed) => {
                let fixed = attribute.fixed.map(Cow::Borrowed).into_iter().collect();
                self.attribute_issue(Code::FixedAttribute, at, attribute.name, fixed);
            }
            Err(fault) => {
                let expected = expected(fault, attribute.value);
                self.attribute_issue(code(fault, attribute.value), at, attribute.name, expected);
            }
        }
    }

    fn unknown_attribute(&mut self, at: usize, declared: &'static [Attribute]) {
        let names = declared.iter().map(|attribute| attribute.name.into()).collect();
        self.attribute_issue(Code::UnknownAttribute, at, "*", names);
    }

    /// The attributes that XML Schema allows on every element.
    fn check_instance_attribute(
        &mut self,
        local: &str,
        raw: &'i str,
        at: usize,
        state: &'static State,
    ) {
        match local {
            "schemaLocation" | "noNamespaceSchemaLocation" => {}
            "nil" => self.attribute_issue(Code::Nil, at, "xsi:nil", Vec::new()),
            "type" if self.is_declared_type(raw, state) => {}
            "type" => self.attribute_issue(Code::OtherType, at, "xsi:type", Vec::new()),
            _ => self.attribute_issue(Code::UnknownAttribute, at, "xsi:*", Vec::new()),
        }
    }

    /// Whether the value of `xsi:type` is the name of the element's own type.
    fn is_declared_type(&self, raw: &str, state: &'static State) -> bool {
        let (prefix, local) = names::split(raw.trim_matches(crate::xml::is_space));
        let (Some(namespace), Some(schema)) = (self.namespaces.resolve(prefix), self.schema) else {
            return false;
        };
        // A type without a name cannot be named.
        if local.is_empty() {
            return false;
        }
        let is_of = |origin: Origin| namespace == origin.namespace(schema);
        match (state.complex, &state.inside) {
            // No complex type of the base types is in use, though some have the same names.
            (Some(ComplexType { name, .. }), _) => *name == local && is_of(Origin::Schema),
            (None, Inside::Text(simple)) => simple.name == local && is_of(simple.origin),
            (None, Inside::Children(_)) => false,
        }
    }

    #[cold]
    fn attribute_issue(
        &mut self,
        code: Code,
        at: usize,
        name: &str,
        expected: Vec<Cow<'static, str>>,
    ) {
        let path = format!("{}/@{name}", frame::path(&self.frames));
        self.add(code, at, path, expected);
    }
}
