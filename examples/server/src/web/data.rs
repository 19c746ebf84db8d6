//! The page about data and security: the one in `docs`, for whoever is asked what is kept.

use std::sync::LazyLock;

use askama::Template as _;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::Web;
use super::language::Language;
use super::page::DataPage;
use super::trouble::Trouble;

/// Written by us; nothing of it comes from outside.
static POLISH: LazyLock<String> =
    LazyLock::new(|| html_of(include_str!("../../../../docs/DATA-AND-SECURITY.pl.md")));
static ENGLISH: LazyLock<String> =
    LazyLock::new(|| html_of(include_str!("../../../../docs/DATA-AND-SECURITY.md")));

/// The tables are wider than a small window, so each scrolls by itself, under the name of its section.
fn html_of(source: &str) -> String {
    let (mut events, mut section, mut is_heading) = (Vec::new(), String::new(), false);
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        match &event {
            Event::Start(Tag::Heading { .. }) => (section, is_heading) = (String::new(), true),
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            Event::Text(text) if is_heading => section.push_str(text),
            Event::Start(Tag::Table(_)) => {
                let scroll = format!(
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{section}\">"
                );
                events.push(Event::Html(scroll.into()));
            }
            _ => {}
        }
        let ends = matches!(event, Event::End(TagEnd::Table));
        events.push(event);
        if ends {
            events.push(Event::Html("</div>".into()));
        }
    }
    let mut content = String::new();
    html::push_html(&mut content, events.into_iter());
    content
}

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<Html<String>, Trouble> {
    let language = Language::of(&headers);
    let content: &str = match language {
        Language::Polish => &POLISH,
        Language::English => &ENGLISH,
    };
    let page = DataPage { words: language.words(), is_test: web.has_test(), content };
    Ok(Html(page.render()?))
}
