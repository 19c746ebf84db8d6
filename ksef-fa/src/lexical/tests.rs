//! The facets by example, and whole families of texts against models that share no code with ours.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use regex::Regex;

use super::*;
use crate::Schema;
use crate::schema::{Body, ComplexType, Content, Element, Particle, Pattern};

const CREATED: &str = "Naglowek/DataWytworzeniaFa";

fn type_of(path: &str) -> &'static SimpleType {
    text_of(Schema::Fa3.element(path).unwrap()).unwrap()
}

fn text_of(element: &Element) -> Option<&'static SimpleType> {
    match element.content {
        Content::Simple(simple) => Some(simple),
        Content::Complex(complex) => match complex.body {
            Body::Text(simple) => Some(simple),
            Body::Children(_) => None,
        },
    }
}

/// The type of every element with text.
fn each_simple<'a>(
    elements: impl IntoIterator<Item = &'a Element>,
    see: &mut impl FnMut(&'static SimpleType),
) {
    fn below(particle: &Particle, see: &mut impl FnMut(&'static SimpleType)) {
        match particle {
            Particle::Element(element) => each_simple([element], see),
            Particle::Sequence { items, .. } | Particle::Choice { items, .. } => {
                items.iter().for_each(|item| below(item, see));
            }
        }
    }
    for element in elements {
        match (text_of(element), element.content) {
            (Some(simple), _) => see(simple),
            (None, Content::Complex(ComplexType { body: Body::Children(children), .. })) => {
                below(children, see);
            }
            (None, _) => unreachable!("it has text or children"),
        }
    }
}

/// Requires the same verdict for each of the texts.
fn all(path: &str, texts: &[&str], expected: Result<(), Fault>) {
    for text in texts {
        assert_eq!(type_of(path).check(text).map(drop), expected, "{path}: {text:?}");
    }
}

#[test]
fn white_space_counts_where_the_type_keeps_it() {
    all("Fa/FaWiersz/P_12", &["23", " 23", "23\n", "\t23 "], Ok(()));
    all("Fa/P_15", &[" 1.00", "1.00\r\n"], Ok(()));
    all("Podmiot1/DaneIdentyfikacyjne/NIP", &[" 5260000011", "5260000011 "], Err(Fault::Pattern));
    all("Fa/KodWaluty", &["PLN ", " PLN", "PLN\n"], Err(Fault::Enumeration));
    all("Naglowek/KodFormularza", &[" FA", "FA ", "fa"], Err(Fault::Enumeration));
    all("Fa/P_2", &["", " ", "\t\r\n "], Err(Fault::MinLength));
    all("Fa/P_2", &["\u{a0}"], Ok(()));
    all("Stopka/Informacje/StopkaFaktury", &[" ", "\n"], Ok(()));
}

#[test]
fn every_listed_value_satisfies_the_other_facets() {
    each_simple(Schema::ALL.map(Schema::root), &mut |simple| {
        let unlisted = SimpleType { values: &[], fixed: None, ..*simple };
        for value in simple.values {
            assert_eq!(unlisted.check(value).as_deref(), Ok(*value), "{}", simple.name);
        }
    });
}

#[test]
fn a_value_borrows_from_its_text_where_nothing_changes() {
    let value = type_of("Fa/P_2").check("  FV 1 ").unwrap();
    assert!(matches!(value, Cow::Borrowed("FV 1")));
    assert_eq!(type_of("Fa/P_2").check("FV\n 1").unwrap(), "FV 1");
}

#[test]
fn an_empty_element_with_a_fixed_value_means_that_value() {
    let prefix = type_of("Podmiot1/PrefiksPodatnika");
    assert_eq!(prefix.check(""), Ok(Cow::Borrowed("PL")));
    assert_eq!(prefix.check("PL"), Ok(Cow::Borrowed("PL")));
    assert_eq!(prefix.check("DE"), Err(Fault::Fixed));
    assert_eq!(prefix.check("US"), Err(Fault::Enumeration));
    assert_eq!(prefix.check(" "), Err(Fault::Enumeration));
}

#[test]
fn an_attribute_has_its_fixed_value_and_is_never_empty() {
    let Content::Complex(form_code) =
        Schema::Fa3.element("Naglowek/KodFormularza").unwrap().content
    else {
        panic!("it has attributes");
    };
    let code = &form_code.attributes[0];
    assert_eq!(code.check("FA (3)"), Ok(Cow::Borrowed("FA (3)")));
    for other in ["", "FA(3)", "FA (2)", " FA (3)"] {
        assert_eq!(code.check(other), Err(Fault::Fixed), "{other:?}");
    }
}

#[test]
fn lengths_count_characters_after_white_space() {
    for character in ["a", "ż", "🧾"] {
        all("Fa/P_2", &[&character.repeat(256)], Ok(()));
        all("Fa/P_2", &[&character.repeat(257)], Err(Fault::MaxLength));
    }
    all("Fa/P_2", &[&format!("a{}b", " ".repeat(300))], Ok(()));
    let account = "Fa/Platnosc/RachunekBankowy/NrRB";
    all(account, &["1 2 3 4 5 ", "żżżżżżżżżż"], Ok(()));
    all(account, &["123456789", "🧾🧾🧾"], Err(Fault::MinLength));
}

#[test]
fn lengths_in_units_of_utf_16_are_told_apart() {
    let number = type_of("Fa/P_2");
    assert!(!number.utf16_too_long(&"🧾".repeat(128)));
    assert!(number.utf16_too_long(&"🧾".repeat(129)));
    assert!(number.utf16_too_long(&"🧾".repeat(256)));
    assert!(!number.utf16_too_long(&"🧾".repeat(257)), "it is too long in every way");
    assert!(!type_of("Fa/P_15").utf16_too_long("🧾"), "it has no length");
}

#[test]
fn numbers_have_the_form_of_their_type() {
    all("Fa/P_15", &["0", "-0.00", "2051", "9999999999999999.99", "0.5"], Ok(()));
    all("Fa/P_15", &["+1", "01", ".5", "1.", "-.5"], Err(Fault::Pattern));
    all("Fa/P_15", &["", "-", ".", "1,5", "1e5", "١", "1 000", "NaN"], Err(Fault::Lexical));
    all("Fa/P_15", &["0.001"], Err(Fault::FractionDigits));
    all("Fa/P_15", &["9999999999999999999"], Err(Fault::TotalDigits));
    all("Podmiot3/Udzial", &["0", "+50", "050", ".5", "50.", "50.0000000", "100.000000"], Ok(()));
    all("Podmiot3/Udzial", &["100.000001"], Err(Fault::MaxInclusive));
    all("Podmiot3/Udzial", &["-0.1", "-1"], Err(Fault::MinInclusive));
    all("Podmiot3/Udzial", &["0.0000001"], Err(Fault::FractionDigits));
    all("Fa/FaWiersz/NrWierszaFa", &["1", "+1", "0001", "99999999999999"], Ok(()));
    all("Fa/FaWiersz/NrWierszaFa", &["0", "-0"], Err(Fault::MinExclusive));
    all("Fa/FaWiersz/NrWierszaFa", &["-1", "1.0", "1."], Err(Fault::Lexical));
    all("Fa/FaWiersz/NrWierszaFa", &["100000000000000"], Err(Fault::TotalDigits));
    all("Fa/Platnosc/TerminPlatnosci/TerminOpis/Ilosc", &["-7", &"9".repeat(100)], Ok(()));
}

#[test]
fn listed_numbers_are_compared_by_value() {
    all("Fa/Adnotacje/P_16", &["1", "2", "01", "+2", " 1 "], Ok(()));
    all("Fa/Adnotacje/P_16", &["3", "0", "-1", "127"], Err(Fault::Enumeration));
    all("Fa/Adnotacje/P_16", &["1.0", "128", "x", ""], Err(Fault::Lexical));
    all("Podmiot3/Rola", &["011", "+04"], Ok(()));
    all("Fa/WarunkiTransakcji/Transport/RodzajTransportu", &["6"], Err(Fault::Enumeration));
    let rate = text_of(Schema::FaRr1.element("FakturaRR/FakturaRRWiersz/P_9").unwrap()).unwrap();
    for same in ["6.5", "06.50", "+7", "7.00"] {
        assert!(rate.check(same).is_ok(), "{same}");
    }
    assert_eq!(rate.check("8"), Err(Fault::Enumeration));
}

#[test]
fn dates_are_of_the_calendar_and_within_their_bounds() {
    all("Fa/P_1", &["2006-01-01", "2026-03-02", "2028-02-29", "2050-01-01"], Ok(()));
    all("Fa/P_1", &["2005-12-31"], Err(Fault::MinInclusive));
    all("Fa/P_1", &["2050-01-02", "12026-03-02"], Err(Fault::MaxInclusive));
    all("Fa/P_1", &["2026-02-29", "2100-02-29", "2026-13-01", "2026-04-31"], Err(Fault::Lexical));
    all("Fa/P_1", &["02.03.2026", "2026-3-2", "0000-01-01", "02026-03-02"], Err(Fault::Lexical));
    all("Fa/P_1", &["2026-03-02Z", "2026-03-02+01:00"], Err(Fault::Pattern));
}

#[test]
fn times_are_of_the_form_of_xml_schema() {
    let valid = [
        "2026-03-02T12:00:00",
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:00:00.1234567890123Z",
        "2026-03-02T24:00:00",
        "2026-03-02T24:00:00.00Z",
        "2026-03-02T12:00:00+14:00",
        "2026-03-02T12:00:00-14:00",
        " 2026-03-02T12:00:00Z\n",
    ];
    all(CREATED, &valid, Ok(()));
    let invalid = [
        "2026-03-02",
        "2026-03-02T12:00",
        "2026-03-02T12:00:60Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02T24:00:00.1Z",
        "2026-03-02T12:00:00.",
        "2026-03-02T12:00:00z",
        "2026-03-02 12:00:00Z",
        "2026-03-02T12:00:00+14:01",
        "2026-03-02T12:00:00+01",
        "2026-03-02T12:00:00+1:00",
        "2026-03-02T12:60:00",
        "2026-02-29T12:00:00",
        "T",
        "",
    ];
    all(CREATED, &invalid, Err(Fault::Lexical));
}

#[test]
fn times_without_a_zone_are_compared_as_libxml2_does() {
    all(
        CREATED,
        &["2025-09-01T00:00:00Z", "2025-09-01T00:00:01", "2025-08-31T12:00:00-12:00"],
        Ok(()),
    );
    let before = ["2025-08-31T23:59:59Z", "2025-09-01T00:00:00", "2025-09-01T00:00:00+00:01"];
    all(CREATED, &before, Err(Fault::MinInclusive));
    all(CREATED, &["2050-01-01T23:59:59Z", "2050-01-01T23:59:58.9"], Ok(()));
    let after = ["2050-01-01T23:59:59.1Z", "2050-01-01T23:59:59", "2050-01-01T24:00:00Z"];
    all(CREATED, &after, Err(Fault::MaxInclusive));
}

#[test]
fn a_union_takes_what_one_of_its_members_takes() {
    all("Stopka/Rejestry/REGON", &["123456789", "12345678901234", "١٢٣٤٥٦٧٨٩"], Ok(()));
    all("Stopka/Rejestry/REGON", &["1234567890", "", " 123456789"], Err(Fault::Pattern));
}

// --- Models ---

/// Every pattern of every schema, once.
fn patterns() -> Vec<&'static Pattern> {
    let mut found: Vec<&Pattern> = Vec::new();
    each_simple(Schema::ALL.map(Schema::root), &mut |simple| {
        found.extend(simple.patterns);
        if let Base::Union(members) = simple.base {
            found.extend(members.iter().flat_map(|member| member.patterns));
        }
    });
    found.sort_by_key(|pattern| pattern.expression);
    found.dedup_by_key(|pattern| pattern.expression);
    found
}

/// The expression in the language of the `regex` crate, where `.` and `\s` mean something else, and
/// with some of the digits of Unicode, since versions of it differ in them.
fn translated(pattern: &Pattern) -> String {
    let expression = pattern.expression.replace("(.)", "([^\n\r])").replace("(#.*)", "(#[^\n\r]*)");
    expression.replace(r"\s", r" \t\n\r").replace(r"\d", "[0-9٠-٩߀-߉０-９𝟎-𝟿]")
}

/// A text that one of the patterns matches, with the pattern's place in the list.
fn matched() -> impl Strategy<Value = (usize, String)> {
    let texts = patterns().into_iter().enumerate().map(|(index, pattern)| {
        string_regex(&translated(pattern)).unwrap().prop_map(move |text| (index, text)).boxed()
    });
    proptest::strategy::Union::new(texts)
}

fn spoil(text: &str, at: usize, with: &str, is_replaced: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at % (characters.len() + 1);
    let (before, after) = characters.split_at(at);
    let after = &after[usize::from(is_replaced).min(after.len())..];
    before.iter().chain(&with.chars().collect::<Vec<_>>()).chain(after).collect()
}

fn spoiling() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "", "0", "9", "٣", "A", "a", "-", ".", "/", "?", "#", "&", "@", ":", " ", "\n", "ż",
            "🧾", "12",
        ][..],
    )
}

#[test]
fn all_patterns_are_found() {
    assert_eq!(patterns().len(), 17);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_pattern_matches_what_its_expression_says((index, text) in matched()) {
        prop_assert!((patterns()[index].matches)(&text));
    }

    #[test]
    fn a_pattern_matches_what_another_engine_matches(
        (index, text) in matched(), at in 0_usize..200, with in spoiling(), is_replaced: bool,
    ) {
        let pattern = patterns()[index];
        let text = spoil(&text, at, with, is_replaced);
        let expression = format!(r"\A(?:{})\z", translated(pattern));
        prop_assert_eq!((pattern.matches)(&text), Regex::new(&expression).unwrap().is_match(&text));
    }

    #[test]
    fn collapsed_text_is_its_words_with_blanks_between(text in "[ab\u{a0} \t\n\r]{0,12}") {
        let words: Vec<_> = text.split([' ', '\t', '\n', '\r']).filter(|w| !w.is_empty()).collect();
        prop_assert_eq!(WhiteSpace::Collapse.handle(&text), words.join(" "));
    }

    #[test]
    fn replaced_text_has_a_blank_for_each_white_space(text in "[ab\u{a0} \t\n\r]{0,12}") {
        let replaced: String =
            text.chars().map(|c| if "\t\n\r".contains(c) { ' ' } else { c }).collect();
        prop_assert_eq!(WhiteSpace::Replace.handle(&text), replaced);
    }

    #[test]
    fn numbers_are_compared_as_integers_are(
        one in "[+-]?[0-9]{1,12}(\\.[0-9]{0,9})?", other in "[+-]?[0-9]{1,12}(\\.[0-9]{0,9})?",
    ) {
        let (a, b) = (Number::parse(&one).unwrap(), Number::parse(&other).unwrap());
        prop_assert_eq!(a.cmp(&b), billionths(&one).cmp(&billionths(&other)));
        prop_assert_eq!(a == b, billionths(&one) == billionths(&other));
    }

    #[test]
    fn digits_are_counted_as_those_of_the_value(text in "-?0{0,3}[0-9]{0,6}\\.?[0-9]{1,4}0{0,3}") {
        let number = Number::parse(&text).unwrap();
        let units = billionths(&text);
        let scale = (0..=9_u32).find(|scale| units % 10_i128.pow(9 - scale) == 0).unwrap();
        let unscaled = (units / 10_i128.pow(9 - scale)).unsigned_abs();
        let digits = if unscaled == 0 { 0 } else { unscaled.to_string().len() };
        prop_assert_eq!(number.fraction_digits(), usize::try_from(scale).unwrap());
        prop_assert_eq!(number.total_digits(), digits.max(usize::try_from(scale).unwrap()));
    }

    #[test]
    fn dates_are_those_of_another_calendar(year in 1990_i16..2051, month in 0_i8..14, day in 0_i8..33) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let model = jiff::civil::Date::new(year, month, day).ok();
        let bounds = jiff::civil::date(2006, 1, 1)..=jiff::civil::date(2050, 1, 1);
        let expected = model.is_some_and(|date| bounds.contains(&date));
        prop_assert_eq!(type_of("Fa/P_1").check(&text).is_ok(), expected, "{}", text);
    }

    #[test]
    fn moments_are_in_the_order_of_another_clock(one in moment(), other in moment()) {
        let (a, b) = (moment::date_time(&one).unwrap(), moment::date_time(&other).unwrap());
        let model = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        prop_assert_eq!(a.compare(&b), Some(model(&one).cmp(&model(&other))), "{} {}", one, other);
    }

    #[test]
    fn no_text_makes_a_check_panic(text in any::<String>(), schema in select(&Schema::ALL[..])) {
        each_simple([schema.root()], &mut |simple| {
            let _verdict = simple.check(&text);
            let _is_too_long = simple.utf16_too_long(&text);
        });
    }
}

/// The number times ten to the ninth.
fn billionths(text: &str) -> i128 {
    let unsigned = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let units: i128 = format!("0{whole}{fraction:0<9}").parse().unwrap();
    if text.starts_with('-') { -units } else { units }
}

/// Moments within some hours, so that offsets matter.
fn moment() -> impl Strategy<Value = String> {
    let time = (
        27_u8..=28,
        0_u8..24,
        select(&["00", "30"][..]),
        select(&["", ".0", ".5", ".25", ".250"][..]),
    );
    let zone = (select(&["+", "-"][..]), 0_u8..=13, select(&["00", "30"][..]));
    (time, zone).prop_map(|((day, hour, minute, fraction), (sign, hours, minutes))| {
        format!("2028-02-{day}T{hour:02}:{minute}:00{fraction}{sign}{hours:02}:{minutes}")
    })
}
