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
        });
        places
    }

    /// Shows every element inside of the open one, with its path and its first byte.
    fn visit(&mut self, path: &mut String, show: &mut impl FnMut(&str, usize)) {
        while self.next_child().is_some() {
            let outer = path.len();
            if let Some(frame) = self.frames.last() {
                frame::push_step(path, frame.name, frame.index);
            }
            show(path, self.skipped + self.tokens.start);
            self.visit(path, show);
            path.truncate(outer);
        }
    }
}
