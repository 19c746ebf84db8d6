//! Which prefix stands for which namespace.

use std::borrow::Cow;

/// The namespace of `xsi:type` and the like.
pub(super) const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// How many declarations may be in force. Ours, against hostile documents.
const MOST: usize = 64;

/// The declarations that are in force.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'i> {
    bindings: Vec<Binding<'i>>,
    target: &'static str,
    is_target_default: bool,
}

#[derive(Debug)]
struct Binding<'i> {
    prefix: &'i str,
    namespace: Cow<'i, str>,
    depth: usize,
}

impl<'i> Namespaces<'i> {
    /// Sets the namespace of the schema.
    pub(super) fn set_target(&mut self, target: &'static str) {
        self.target = target;
        self.refresh();
    }

    /// Whether a name without a prefix is one of the schema.
    pub(super) const fn is_target_default(&self) -> bool {
        self.is_target_default
    }

    /// Takes note of a declaration on an element; `false` if it is not allowed.
    pub(super) fn declare(
        &mut self,
        prefix: &'i str,
        namespace: Cow<'i, str>,
        depth: usize,
    ) -> bool {
        let is_allowed = match prefix {
            "xmlns" => false,
            "xml" => namespace == XML,
            _ if namespace == XML || namespace == XMLNS => false,
            "" => true,
            _ => !namespace.is_empty(),
        };
        let is_allowed = is_allowed && self.bindings.len() < MOST;
        if is_allowed {
            self.bindings.push(Binding { prefix, namespace, depth });
            self.refresh();
        }
        is_allowed
    }

    /// Forgets what elements deeper than this declared.
    pub(super) fn leave(&mut self, depth: usize) {
        if self.bindings.last().is_some_and(|last| last.depth > depth) {
            self.bindings.retain(|binding| binding.depth <= depth);
            self.refresh();
        }
    }

    /// The namespace of an element's prefix, empty for none; `None` if the prefix is not bound.
    pub(super) fn resolve(&self, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML);
        }
        let bound = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        match bound {
            Some(binding) => Some(&binding.namespace),
            None => prefix.is_empty().then_some(""),
        }
    }

    /// Whether an element with this prefix is one of the schema; `None` if it is not bound.
    pub(super) fn is_target(&self, prefix: &str) -> Option<bool> {
        self.resolve(prefix).map(|namespace| namespace == self.target)
    }

    fn refresh(&mut self) {
        self.is_target_default = !self.target.is_empty() && self.is_target("") == Some(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_hold_until_their_element_ends() {
        let mut namespaces = Namespaces::default();
        assert!(namespaces.declare("", "urn:a".into(), 1));
        namespaces.set_target("urn:a");
        assert!(namespaces.is_target_default());
        assert!(namespaces.declare("", "".into(), 2));
        assert!(namespaces.declare("p", "urn:a".into(), 2));
        assert!(!namespaces.is_target_default());
        assert_eq!(namespaces.is_target("p"), Some(true));
        namespaces.leave(1);
        assert!(namespaces.is_target_default());
        assert_eq!(namespaces.is_target("p"), None);
    }

    #[test]
    fn what_the_specification_forbids_is_refused() {
        let mut namespaces = Namespaces::default();
        for (prefix, namespace) in [("xmlns", "urn:a"), ("xml", "urn:a"), ("a", XML), ("a", "")] {
            assert!(!namespaces.declare(prefix, namespace.into(), 1), "{prefix}");
        }
        assert!(namespaces.declare("xml", XML.into(), 1));
        assert_eq!(namespaces.resolve("xml"), Some(XML));
    }
}
