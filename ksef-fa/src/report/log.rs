//! Issues while they are being found.

use std::borrow::Cow;

use super::{Code, Issue, Position, Severity};
use crate::Profile;

/// Collects issues with their byte only; lines and columns are counted once, at the end.
#[derive(Debug)]
pub(crate) struct Log<'p> {
    profile: &'p Profile,
    issues: Vec<Issue>,
    is_full: bool,
    /// Where the first of the remarks and warnings stands that found no room.
    left_out: Option<usize>,
}

impl<'p> Log<'p> {
    pub(crate) const fn new(profile: &'p Profile) -> Self {
        Self { profile, issues: Vec::new(), is_full: false, left_out: None }
    }

    pub(crate) const fn profile(&self) -> &'p Profile {
        self.profile
    }

    /// Whether something is wrong, whatever the profile makes of warnings.
    pub(crate) fn has_errors(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity >= Severity::Error)
    }

    /// Whether the profile's number of issues is reached; what is added then is dropped.
    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    pub(crate) fn add(
        &mut self,
        code: Code,
        byte: usize,
        path: String,
        expected: Vec<Cow<'static, str>>,
    ) {
        let has_room = self.issues.len() < usize::from(self.profile.max_issues());
        if self.is_full {
        } else if has_room {
            self.push(code, byte, path, expected);
        } else if self.profile.is_error(code) {
            self.is_full = true;
            self.push(Code::More, byte, path, Vec::new());
        } else {
            // However many remarks there are, they do not make a document invalid.
            self.left_out.get_or_insert(byte);
        }
    }

    fn push(&mut self, code: Code, byte: usize, path: String, expected: Vec<Cow<'static, str>>) {
        let byte = u64::try_from(byte).unwrap_or(u64::MAX);
        let position = Position { byte, ..Position::START };
        self.issues.push(Issue {
            code,
            severity: self.profile.severity(code),
            path,
            position,
            expected,
        });
    }

    /// The issues in the order of the document, with their lines and columns.
    pub(crate) fn finish(mut self, source: &[u8]) -> Vec<Issue> {
        if let (Some(byte), false) = (self.left_out, self.is_full) {
            self.push(Code::MoreRemarks, byte, "/".to_owned(), Vec::new());
        }
        self.issues.sort_by_key(|issue| issue.position.byte);
        let mut place = Position::START;
        let mut rest = source;
        for issue in &mut self.issues {
            let ahead = usize::try_from(issue.position.byte - place.byte).unwrap_or(usize::MAX);
            let (passed, next) = rest.split_at(ahead.min(rest.len()));
            place = advance(place, passed);
            rest = next;
            issue.position = place;
        }
        self.issues
    }
}

/// The place after some bytes. A character is counted where it starts.
fn advance(mut place: Position, passed: &[u8]) -> Position {
    place.byte += u64::try_from(passed.len()).unwrap_or(u64::MAX);
    let mut last_line = passed;
    let lines = count(passed, |byte| byte == b'\n');
    if lines > 0
        && let Some(newline) = passed.iter().rposition(|byte| *byte == b'\n')
    {
        place.line = place.line.saturating_add(lines);
        place.column = 1;
        last_line = passed.get(newline + 1..).unwrap_or_default();
    }
    let characters = count(last_line, |byte| byte & 0xC0 != 0x80);
    place.column = place.column.saturating_add(characters);
    place
}

/// How many bytes are of a kind. Within 255 of them a byte holds the number, which is fastest.
fn count(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> u32 {
    let within = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(is_one(*byte))).sum::<u8>();
    let counts = bytes.chunks(usize::from(u8::MAX)).map(|chunk| u32::from(within(chunk)));
    counts.fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use ksef_core::Environment;

    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_newlines() {
        let place = |byte| {
            let source = "ab\r\nżó<".as_bytes();
            let found = advance(Position::START, source.get(..byte).unwrap_or(source));
            (found.line, found.column)
        };
        assert_eq!([place(0), place(2), place(4)], [(1, 1), (1, 3), (2, 1)]);
        assert_eq!([place(6), place(8), place(999)], [(2, 2), (2, 3), (2, 4)]);
    }

    #[test]
    fn issues_come_in_the_order_of_the_document_and_no_more_than_allowed() {
        let profile = Profile::new(Environment::Test, "2026-11-20".parse().unwrap());
        let profile = profile.with_max_issues(2);
        let mut log = Log::new(&profile);
        for byte in [5, 3, 4, 1] {
            log.add(Code::Missing, byte, "/".to_owned(), Vec::new());
        }
        let found = log.finish(b"a\nb\nc\nd");
        let places: Vec<_> = found.iter().map(|issue| (issue.code, issue.position.line)).collect();
        assert_eq!(places, [(Code::Missing, 2), (Code::More, 3), (Code::Missing, 3)]);
    }

    #[test]
    fn remarks_beyond_the_limit_do_not_make_a_document_invalid_and_errors_do() {
        let profile = Profile::new(Environment::Test, "2026-11-20".parse().unwrap());
        let profile = profile.with_max_issues(2);
        let codes = |profile: &Profile, codes: &[Code]| -> Vec<Code> {
            let mut log = Log::new(profile);
            for code in codes {
                log.add(*code, 0, "/".to_owned(), Vec::new());
            }
            log.finish(b"").iter().map(|issue| issue.code).collect()
        };
        let (remark, error) = (Code::Cdata, Code::Missing);
        assert_eq!(codes(&profile, &[remark; 5]), [remark, remark, Code::MoreRemarks]);
        let late = [remark, remark, remark, error, remark];
        assert_eq!(codes(&profile, &late), [remark, remark, Code::More]);
    }
}
