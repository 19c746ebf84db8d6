//! The patterns of the schemas: each official expression beside our code for it.
//!
//! In the expressions of XML Schema `\d` is every decimal digit of Unicode, `\s` the four white
//! space characters, and `.` everything but line feed and carriage return. They match the whole
//! text.

use super::Pattern;
use digits::is_digit;

mod digits;

pub(super) const NIP: Pattern =
    Pattern { expression: r"[1-9]((\d[1-9])|([1-9]\d))\d{7}", matches: is_nip };
pub(super) const INTERNAL_ID: Pattern =
    Pattern { expression: r"[1-9]((\d[1-9])|([1-9]\d))\d{7}-\d{5}", matches: is_internal_id };
pub(super) const KSEF_NUMBER: Pattern = Pattern {
    expression: r"([1-9]((\d[1-9])|([1-9]\d))\d{7}|M\d{9}|[A-Z]{3}\d{7})-(20[2-9][0-9]|2[1-9][0-9]{2}|[3-9][0-9]{3})(0[1-9]|1[0-2])(0[1-9]|[1-2][0-9]|3[0-1])-([0-9A-F]{6})-?([0-9A-F]{6})-([0-9A-F]{2})",
    matches: is_ksef_number,
};
pub(super) const EU_VAT_NUMBER: Pattern =
    Pattern { expression: r"(\d|[A-Z]|\+|\*){1,12}", matches: is_eu_vat_number };
pub(super) const SWIFT: Pattern =
    Pattern { expression: "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3}){0,1}", matches: is_swift };
pub(super) const ACCOUNT: Pattern = Pattern { expression: "[0-9A-Z]{10,32}", matches: is_account };
pub(super) const FOREIGN_ID: Pattern =
    Pattern { expression: "[a-zA-Z0-9]{1,50}", matches: is_foreign_id };
pub(super) const PAYMENT_ID: Pattern =
    Pattern { expression: "[0-9]{3}[a-zA-Z0-9]{10}", matches: is_payment_id };
pub(super) const PAYMENT_LINK: Pattern = Pattern {
    expression: r"(https?)://([a-zA-Z0-9][a-zA-Z0-9-]*\.)+[a-zA-Z]{2,}(:[0-9]{1,5})?(/[^\s?#]*)?\?([^#\s]*&)?IPKSeF=[0-9]{3}[a-zA-Z0-9]{10}(&[^#\s]*)?(#.*)?",
    matches: |text| is_payment_link(text).is_some(),
};
pub(super) const EMAIL: Pattern = Pattern { expression: "(.)+@(.)+", matches: is_email };
pub(super) const DIGITS_9: Pattern =
    Pattern { expression: r"\d{9}", matches: |text| are_digits(text, 9) };
pub(super) const DIGITS_10: Pattern =
    Pattern { expression: r"\d{10}", matches: |text| are_digits(text, 10) };
pub(super) const DIGITS_14: Pattern =
    Pattern { expression: r"\d{14}", matches: |text| are_digits(text, 14) };
pub(super) const DATE: Pattern =
    Pattern { expression: r"((\d{4})-(\d{2})-(\d{2}))", matches: is_date };
pub(super) const AMOUNT: Pattern = Pattern {
    expression: r"-?([1-9]\d{0,15}|0)(\.\d{1,2})?",
    matches: |text| is_number(text, 16, 2),
};
pub(super) const UNIT_PRICE: Pattern = Pattern {
    expression: r"-?([1-9]\d{0,13}|0)(\.\d{1,8})?",
    matches: |text| is_number(text, 14, 8),
};
pub(super) const QUANTITY: Pattern = Pattern {
    expression: r"-?([1-9]\d{0,15}|0)(\.\d{1,6})?",
    matches: |text| is_number(text, 16, 6),
};

fn is_nip(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|c| matches!(c, '1'..='9'));
    let (Some(second), Some(third)) = (characters.next(), characters.next()) else {
        return false;
    };
    let tail = matches!(third, '1'..='9') && is_digit(second)
        || matches!(second, '1'..='9') && is_digit(third);
    first && tail && are_digits(characters.as_str(), 7)
}

fn is_internal_id(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(nip, rest)| is_nip(nip) && are_digits(rest, 5))
}

fn is_ksef_number(text: &str) -> bool {
    let Some((who, rest)) = text.split_once('-') else {
        return false;
    };
    let Some((date, rest)) = rest.split_once('-') else {
        return false;
    };
    let Some((random, sum)) = rest.rsplit_once('-') else {
        return false;
    };
    is_ksef_number_owner(who) && is_compact_date(date) && is_random(random) && is_hex(sum, 2)
}

fn is_ksef_number_owner(text: &str) -> bool {
    let of_letters = |letters| {
        split_ascii(text, letters)
            .filter(|(head, _)| head.bytes().all(|b| b.is_ascii_uppercase()))
            .is_some_and(|(_, rest)| are_digits(rest, 7))
    };
    is_nip(text) || text.strip_prefix('M').is_some_and(|rest| are_digits(rest, 9)) || of_letters(3)
}

/// A date without separators from 2020 on, whose month has up to 31 days.
fn is_compact_date(text: &str) -> bool {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let (year, rest) = text.split_at(4);
    let (month, day) = rest.split_at(2);
    let is_in = |text: &str, first, last| (first..=last).contains(&text);
    year >= "2020" && is_in(month, "01", "12") && is_in(day, "01", "31")
}

fn is_random(text: &str) -> bool {
    match split_ascii(text, 6) {
        Some((head, tail)) => is_hex(head, 6) && is_hex(tail.strip_prefix('-').unwrap_or(tail), 6),
        None => false,
    }
}

fn is_hex(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
}

fn is_eu_vat_number(text: &str) -> bool {
    let allowed = |c| matches!(c, 'A'..='Z' | '+' | '*') || is_digit(c);
    (1..=12).contains(&text.chars().count()) && text.chars().all(allowed)
}

fn is_swift(text: &str) -> bool {
    let upper_or_digit = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    match split_ascii(text, 6) {
        Some((head, tail)) => {
            matches!(tail.len(), 2 | 5)
                && head.bytes().all(|b| b.is_ascii_uppercase())
                && tail.bytes().all(upper_or_digit)
        }
        None => false,
    }
}

fn is_account(text: &str) -> bool {
    (10..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn is_foreign_id(text: &str) -> bool {
    (1..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_payment_id(text: &str) -> bool {
    let Some((digits, rest)) = split_ascii(text, 3) else {
        return false;
    };
    digits.bytes().all(|b| b.is_ascii_digit())
        && rest.len() == 10
        && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_payment_link(text: &str) -> Option<()> {
    let rest = text.strip_prefix("http")?;
    let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://")?;
    let (place, rest) = rest.split_once('?')?;
    let (query, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let parts = place.split_once('/');
    let (host, path) = parts.map_or((place, ""), |(host, path)| (host, path));
    let (host, port) = host.split_once(':').map_or((host, "0"), |(host, port)| (host, port));
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let is_path = !path.contains('#') && !path.contains(is_white_space);
    let is_query = !query.contains(is_white_space)
        && query.split('&').any(|part| part.strip_prefix("IPKSeF=").is_some_and(is_payment_id));
    let is_fragment = !fragment.contains(['\n', '\r']);
    (is_host(host) && is_port && is_path && is_query && is_fragment).then_some(())
}

fn is_host(text: &str) -> bool {
    let Some((labels, last)) = text.rsplit_once('.') else {
        return false;
    };
    let is_label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    last.len() >= 2
        && last.bytes().all(|b| b.is_ascii_alphabetic())
        && labels.split('.').all(is_label)
}

fn is_email(text: &str) -> bool {
    let mut after_first = text.chars();
    after_first.next();
    let at = after_first.as_str().find('@');
    let followed = at.and_then(|at| after_first.as_str().get(at + 1..));
    followed.is_some_and(|rest| !rest.is_empty()) && !text.contains(['\n', '\r'])
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut next = |count| parts.next().is_some_and(|part| are_digits(part, count));
    next(4) && next(2) && next(2)
}

/// A minus, up to `integer` digits without leading zeros, a point and up to `fraction` digits.
fn is_number(text: &str, integer: usize, fraction: usize) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = match unsigned.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (unsigned, None),
    };
    let count = whole.chars().count();
    let is_whole = whole == "0"
        || (1..=integer).contains(&count)
            && whole.starts_with(|c| matches!(c, '1'..='9'))
            && whole.chars().all(is_digit);
    is_whole
        && decimals.is_none_or(|text| {
            (1..=fraction).contains(&text.chars().count()) && text.chars().all(is_digit)
        })
}

/// Exactly so many decimal digits of Unicode.
fn are_digits(text: &str, count: usize) -> bool {
    if text.is_ascii() {
        return text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    }
    text.chars().count() == count && text.chars().all(is_digit)
}

/// The first `count` characters, which are ASCII, and the rest.
fn split_ascii(text: &str, count: usize) -> Option<(&str, &str)> {
    text.split_at_checked(count).filter(|(head, _)| head.is_ascii())
}

const fn is_white_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}
