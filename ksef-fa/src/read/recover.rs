//! What to do about an element that may not come next.

use std::borrow::Cow;

use super::Reader;
use super::frame::{self, Frame, Progress, Within};
use crate::Code;
use crate::schema::automaton::State;

impl Reader<'_, '_> {
    /// Reports an element that may not come next. `true` if the content model goes on with it,
    /// after something that is missing; `false` if it is to be skipped.
    #[cold]
    pub(super) fn recover(&mut self, progress: Progress, name: &str) -> bool {
        let start = self.tokens.start;
        if progress.state.name == name {
            if !progress.has_surplus {
                let limit = format!("≤ {}", progress.state.max);
                let path = frame::path_below(&self.frames, progress.state.name);
                self.add(Code::TooMany, start, path, vec![limit.into()]);
            }
            self.set_progress(Progress { has_surplus: true, ..progress });
            return false;
        }
        let Some(route) = progress.model.route_to(progress.state, name) else {
            let path = frame::path_below(&self.frames, frame::public_name(name));
            self.add(Code::Unexpected, start, path, may_follow(progress));
            return false;
        };
        let Some((target, missing)) = route.split_last() else {
            return false;
        };
        self.report_missing(progress, missing);
        let mut progress = progress;
        progress.jump(target);
        self.set_progress(progress);
        true
    }

    /// Reports what is missing where the innermost element ends.
    #[cold]
    pub(super) fn report_missing_at_end(&mut self, progress: Progress) {
        let missing = progress.model.route_to_end(progress.state);
        self.report_missing(progress, &missing);
    }

    /// Reports elements that should have come before the last token.
    fn report_missing(&mut self, from: Progress, missing: &[&'static State]) {
        let start = self.tokens.start;
        let mut from = from;
        for state in missing {
            let path = frame::path_below(&self.frames, state.name);
            self.add(Code::Missing, start, path, may_follow(from));
            from.jump(state);
        }
    }

    fn set_progress(&mut self, progress: Progress) {
        if let Some(Frame { within: Within::Children(within), .. }) = self.frames.last_mut() {
            *within = progress;
        }
    }
}

/// The names of the elements that may come next.
fn may_follow(progress: Progress) -> Vec<Cow<'static, str>> {
    let state = progress.state;
    let again = (progress.count < state.max).then_some(state.name);
    again.into_iter().chain(state.expected()).map(Cow::Borrowed).collect()
}
