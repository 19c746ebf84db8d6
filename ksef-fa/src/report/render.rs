//! Reports for people.

use core::fmt::Write as _;

use super::{Issue, Language, Report, Severity};

/// How many characters of a line are shown on either side of a place.
const CONTEXT: usize = 60;

/// How many expected things are named.
const EXPECTED: usize = 12;

pub(super) fn report(report: &Report, source: &[u8], language: Language) -> String {
    let mut text = String::new();
    for found in &report.issues {
        write_issue(&mut text, found, source, language);
        text.push('\n');
    }
    text.push_str(&summary(report, language));
    text
}

pub(super) fn issue(issue: &Issue, source: &[u8], language: Language) -> String {
    let mut text = String::new();
    write_issue(&mut text, issue, source, language);
    text
}

/// The text of the code, and what the schema expects.
pub(super) fn text(issue: &Issue, language: Language) -> String {
    let mut text = issue.code.text(language).to_owned();
    if issue.expected.is_empty() {
        return text;
    }
    text.push_str(match language {
        Language::Polish => " Oczekiwano: ",
        Language::English => " Expected: ",
    });
    let named: Vec<&str> = issue.expected().take(EXPECTED).collect();
    text.push_str(&named.join(", "));
    text.push_str(if issue.expected.len() > EXPECTED { ", …." } else { "." });
    text
}

fn write_issue(to: &mut String, issue: &Issue, source: &[u8], language: Language) {
    let severity = severity(issue.severity, language);
    let advice = issue.code.advice(language);
    let (line, column) = (issue.position.line, issue.position.column);
    let margin = " ".repeat(line.to_string().len());
    let help = match language {
        Language::Polish => "co zrobić",
        Language::English => "what to do",
    };
    let (excerpt, indent) = excerpt(source, issue.position.byte);
    let caret = " ".repeat(indent);
    // Writing to a string cannot fail.
    let _ = write!(
        to,
        "{severity} {code}: {text}\n\
         {margin}--> {line}:{column} {path}\n\
         {margin} |\n\
         {line} | {excerpt}\n\
         {margin} | {caret}^\n\
         {margin} = {help}: {advice}\n",
        code = issue.code,
        text = text(issue, language),
        path = issue.path,
    );
}

const fn severity(severity: Severity, language: Language) -> &'static str {
    match (language, severity) {
        (Language::Polish, Severity::Fatal) => "błąd krytyczny",
        (Language::Polish, Severity::Error) => "błąd",
        (Language::Polish, Severity::Warning) => "ostrzeżenie",
        (Language::Polish, Severity::Info) => "informacja",
        (Language::English, Severity::Fatal) => "fatal error",
        (Language::English, Severity::Error) => "error",
        (Language::English, Severity::Warning) => "warning",
        (Language::English, Severity::Info) => "note",
    }
}

fn summary(report: &Report, language: Language) -> String {
    let errors = report.errors().count();
    let others = report.issues.len() - errors;
    let schema =
        report.schema.map_or_else(|| "–".to_owned(), |schema| schema.form_code().to_string());
    match (language, report.is_valid()) {
        (Language::Polish, true) => format!("{schema}: dokument poprawny, innych uwag: {others}\n"),
        (Language::Polish, false) => {
            format!("{schema}: dokument niepoprawny, błędów: {errors}, innych uwag: {others}\n")
        }
        (Language::English, true) => format!("{schema}: valid, other remarks: {others}\n"),
        (Language::English, false) => {
            format!("{schema}: not valid, errors: {errors}, other remarks: {others}\n")
        }
    }
}

/// The part of the line around a byte, and how many characters stand before it.
fn excerpt(source: &[u8], byte: u64) -> (String, usize) {
    let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(source.len());
    let (before, after) = source.split_at(byte);
    // A character has at most four bytes.
    let near = before.get(before.len().saturating_sub(4 * CONTEXT)..).unwrap_or_default();
    let near = near.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let far = after.get(..after.len().min(4 * CONTEXT)).unwrap_or_default();
    let far = far.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let near = printable(near);
    let skip = near.chars().count().saturating_sub(CONTEXT);
    let mut excerpt: String = near.chars().skip(skip).collect();
    let indent = excerpt.chars().count();
    excerpt.extend(printable(far).chars().take(CONTEXT));
    (excerpt.trim_end().to_owned(), indent)
}

fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Position};

    fn missing() -> Issue {
        Issue {
            code: Code::Missing,
            severity: Severity::Fatal,
            path: "/Faktura/Fa".to_owned(),
            position: Position { byte: 8, line: 2, column: 5 },
            expected: vec!["P_1".into(), "P_2".into()],
        }
    }

    #[test]
    fn an_issue_shows_the_line_and_the_place() {
        let text = missing().render("<a>\n<ł><b/>\r\n</a>".as_bytes(), Language::English);
        let expected = "fatal error S-MISSING: A required element is missing. Expected: P_1, P_2.\n \
                        --> 2:5 /Faktura/Fa\n  |\n2 | <ł><b/>\n  |    ^\n  \
                        = what to do: Add it at this place.\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_place_beyond_the_source_or_in_a_long_line_is_no_matter() {
        let far = Issue { position: Position { byte: 999, line: 1, column: 1000 }, ..missing() };
        assert!(far.render(b"<a>", Language::Polish).contains("1 | <a>\n"));
        let long = "ż".repeat(1_000);
        let text = missing().render(long.as_bytes(), Language::Polish);
        assert!(text.chars().count() < 400, "{text}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = missing().render(b"<a>\x1b[31m\x07</a>", Language::English);
        assert!(!text.contains('\x1b') && !text.contains('\x07'));
    }
}
