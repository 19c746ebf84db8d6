//! What this crate does with documents, and `quick-xml` merely reading them.

use std::hint;

use ksef_fa::rules::Context;
use ksef_fa::{Invoice, Profile, judge, validate};
use quick_xml::NsReader;
use quick_xml::events::Event;

use crate::contest::Contestant;

/// The reader alone, and then everything that this crate does.
pub(crate) fn contestants<'a>(texts: &'a [String], profile: &'a Profile) -> Vec<Contestant<'a>> {
    let names = texts_with("quick-xml NsReader, names and text", texts, read_names);
    let mut contestants = vec![names];
    contestants.extend(with_documents(texts, profile));
    contestants
}

/// Everything that this crate does.
pub(crate) fn with_documents<'a>(texts: &'a [String], profile: &'a Profile) -> Vec<Contestant<'a>> {
    let context = Context::new();
    let read = |text: &String| Invoice::read(text.as_bytes(), profile).invoice;
    let invoices: Vec<Invoice> = texts.iter().filter_map(read).collect();
    let write = move || {
        let write = |invoice| hint::black_box::<&Invoice>(invoice).to_xml_unchecked().len();
        invoices.iter().map(write).sum()
    };
    vec![
        texts_with("validate", texts, |text| {
            usize::from(validate(text.as_bytes(), profile).is_valid())
        }),
        texts_with("judge: model and all rules", texts, move |text| {
            judge(text.as_bytes(), profile, &context).issues().len()
        }),
        texts_with("read into the model", texts, |text| {
            usize::from(Invoice::read(text.as_bytes(), profile).invoice.is_some())
        }),
        Contestant { name: "write from the model", run: Box::new(write) },
    ]
}

/// A function of every text.
pub(crate) fn texts_with<'a>(
    name: &'static str,
    texts: &'a [String],
    mut run: impl FnMut(&str) -> usize + 'a,
) -> Contestant<'a> {
    let run = move || texts.iter().map(|text| run(hint::black_box(text))).sum();
    Contestant { name, run: Box::new(run) }
}

/// What any reader of the documents must do: names in their namespaces, attributes, text.
fn read_names(text: &str) -> usize {
    let mut reader = NsReader::from_str(text);
    let mut size = 0;
    loop {
        match reader.read_resolved_event() {
            Ok((_, Event::Start(tag) | Event::Empty(tag))) => {
                size += tag.name().as_ref().len();
                size += tag.attributes().flatten().map(|found| found.value.len()).sum::<usize>();
            }
            Ok((_, Event::Text(text))) => size += text.len(),
            Ok((_, Event::Eof)) | Err(_) => return size,
            Ok(_) => {}
        }
    }
}
