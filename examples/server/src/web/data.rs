//! The page about data and security: the one in `docs`, for whoever is asked what is kept.

use std::sync::LazyLock;

use askama::Template as _;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use pulldown_cmark::{Options, Parser, html};

use super::Web;
use super::language::Language;
use super::page::DataPage;
use super::trouble::Trouble;

/// Written by us; nothing of it comes from outside.
static CONTENT: LazyLock<String> = LazyLock::new(|| {
    let source = include_str!("../../../../docs/DATA-AND-SECURITY.md");
    let mut content = String::new();
    html::push_html(&mut content, Parser::new_ext(source, Options::ENABLE_TABLES));
    content
});

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<Html<String>, Trouble> {
    let words = Language::of(&headers).words();
    let page = DataPage { words, is_test: web.has_test(), content: &CONTENT };
    Ok(Html(page.render()?))
}
