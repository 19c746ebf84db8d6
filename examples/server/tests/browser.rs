//! The pages in a real browser, on the data of the demo: what people do, with the keyboard alone,
//! without scripts, and what accessibility asks for.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use ksef_tests::browser::Browser;
use ksef_tests::suite::{Failed, Need, Suite};
use tempfile::TempDir;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// What people do, from one page to another.
type Journey = fn(&Demo, &mut Browser) -> Result<()>;

/// A usual window, and a small one.
const WIDE: (u32, u32) = (1200, 900);
const NARROW: (u32, u32) = (400, 800);

/// How many people of the demo may log in.
const PEOPLE: usize = 4;

/// What a worker of the demo takes at most.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let needs = [Need::Browser, Need::BrowserPackages];
    Suite::new().test("people_do_their_work_in_a_browser", &needs, all).run()
}

/// One server serves them all: the demo takes longer than any journey.
fn all() -> Result<(), Failed> {
    let journeys: [(&str, Journey); 10] = [
        ("log in by the keyboard alone", log_in_by_keyboard),
        ("filter", filter),
        ("look at a document", look_at_a_document),
        ("take exports away", take_exports_away),
        ("retry several", retry_several),
        ("correct what came by the API", correct_a_document),
        ("keep production apart", keep_production_apart),
        ("answer an auditor", answer_an_auditor),
        ("do without scripts", do_without_scripts),
        ("every page is accessible", every_page_is_accessible),
    ];
    let begin = || -> Result<(Demo, Browser)> { Ok((Demo::start()?, Browser::start(WIDE)?)) };
    let (demo, mut browser) = begin().map_err(|error| error.to_string())?;
    for (name, journey) in journeys {
        if let Err(error) = journey(&demo, &mut browser) {
            let _ = browser.picture(&pictures().join("failed.png"));
            return Err(format!("{name}: {error}").into());
        }
    }
    Ok(())
}

/// Where pictures are kept.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../browser-pictures")
}

/// The demo, left running.
struct Demo {
    child: Child,
    /// It is removed with this.
    _folder: TempDir,
    address: String,
    /// Names and passwords.
    logins: Vec<(String, String)>,
}

impl Demo {
    fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_ksef-server"))
            .args(["demo", "--keep"])
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the demo says nothing")?;
        let mut lines = BufReader::new(output).lines();
        let mut told = Vec::new();
        let address = loop {
            let line = lines.next().ok_or_else(|| told.join("\n"))??;
            if let Some((_, rest)) = line.split_once("The audit log is at ") {
                break rest.split(' ').next().unwrap_or_default().to_owned();
            }
            told.push(line);
        };
        let mut logins = Vec::new();
        // All of them: the demo ends when it cannot tell the rest.
        while logins.len() < PEOPLE {
            let line = lines.next().ok_or("the demo names nobody")??;
            let mut words = line.split_whitespace().map(str::to_owned);
            logins.extend(words.next().zip(words.next()));
        }
        Ok(Self { child, _folder: folder, address, logins })
    }

    fn password(&self, name: &str) -> Result<&str> {
        let login = self.logins.iter().find(|(known, _)| known == name);
        Ok(&login.ok_or("there is nobody of this name")?.1)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The number under which the program knows a document, by its order reference.
    fn number_of(&self, browser: &mut Browser, reference: &str) -> Result<String> {
        browser.open(&self.url(&format!("/log?reference={reference}")))?;
        let number = browser.evaluate(&format!(
            "[...document.querySelectorAll('tbody th a')].find(it => it.innerText == '{reference}')\
             ?.getAttribute('href').split('/').pop()"
        ))?;
        Ok(number.as_str().ok_or_else(|| format!("{reference} is not there"))?.to_owned())
    }

    /// Hands a ready document in, as a program with this key does.
    fn hand_in(&self, api_key: &str, key: &str, xml: &str) -> Result<()> {
        let host = self.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        write!(
            stream,
            "POST /api/documents HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Authorization: Bearer {api_key}\r\nIdempotency-Key: {key}\r\n\
             Content-Length: {}\r\n\r\n{xml}",
            xml.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 202") { Ok(()) } else { Err(answer.into()) }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails with what the page says instead.
fn expect(browser: &mut Browser, texts: &[&str]) -> Result<()> {
    let page = browser.text()?;
    for text in texts {
        if !page.contains(text) {
            return Err(format!("the page does not say {text:?}:\n{page}").into());
        }
    }
    Ok(())
}

fn expect_not(browser: &mut Browser, text: &str) -> Result<()> {
    let page = browser.text()?;
    if page.contains(text) {
        Err(format!("the page says {text:?}:\n{page}").into())
    } else {
        Ok(())
    }
}

fn ensure(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// How many elements a selector finds.
fn count(browser: &mut Browser, selector: &str) -> Result<u64> {
    let found = browser.evaluate(&format!("document.querySelectorAll(`{selector}`).length"))?;
    Ok(found.as_u64().unwrap_or_default())
}

fn speak(demo: &Demo, browser: &mut Browser, language: &str) -> Result<()> {
    browser.open(&demo.url(&format!("/language/{language}?to=/log")))
}

fn log_in(demo: &Demo, browser: &mut Browser, name: &str) -> Result<()> {
    browser.open(&demo.url("/login"))?;
    browser.fill("input[name=name]", name)?;
    browser.fill("input[name=password]", demo.password(name)?)?;
    browser.click("main form button")
}

fn log_in_by_keyboard(demo: &Demo, browser: &mut Browser) -> Result<()> {
    speak(demo, browser, "en")?;
    expect(browser, &["TEST", "User name"])?;
    browser.type_text("anna")?;
    browser.tab_to("input[name=password]")?;
    browser.type_text("wrong")?;
    browser.loading(|browser| browser.press("Enter"))?;
    expect(browser, &["The name or the password is wrong."])?;
    browser.type_text("anna")?;
    browser.tab_to("input[name=password]")?;
    browser.type_text(demo.password("anna")?)?;
    browser.loading(|browser| browser.press("Enter"))?;
    expect(browser, &["Audit log", "gaps", "Przykładowa sp. z o.o."])?;
    browser.tab_to(".skip")?;
    browser.tab_to("tbody th a")?;
    browser.loading(|browser| browser.press("Enter"))?;
    expect(browser, &["Timeline", "Source recorded"])
}

fn filter(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.open(&demo.url("/log"))?;
    browser.click_only("input[name=status][value=FAILED]")?;
    browser.click_only("input[name=status][value=SKIPPED]")?;
    browser.click(".filter button")?;
    let address = browser.evaluate("location.search")?;
    let address = address.as_str().unwrap_or_default().to_owned();
    ensure(address.contains("status=FAILED") && address.contains("status=SKIPPED"), &address)?;
    let (failed, skipped) = (count(browser, "td .badge.bad")?, count(browser, "td .badge.quiet")?);
    ensure((failed, skipped) == (4, 3), &format!("{failed} failed, {skipped} skipped"))?;
    expect(browser, &["Documents found: 7", "A sale to a consumer", "nip_checksum"])
        .or_else(|_| expect(browser, &["a sale to a consumer", "nip_checksum"]))?;
    browser.click(".chips a")?;
    ensure(count(browser, ".chips a")? == 1, "a chip takes its own status away")?;
    browser.open(&demo.url("/log"))?;
    browser.click(".tabs a:nth-child(2)")?;
    ensure(count(browser, "td .badge.good")? == 0, "what needs attention is not accepted")?;
    ensure(
        count(browser, ".tabs a:nth-child(2)[aria-current]")? == 1,
        "the tab is the current one",
    )?;
    browser.open(&demo.url("/log"))?;
    browser.fill("input[name=ksef_number]", "5265877635-2026")?;
    browser.fill("input[name=reference]", "fv-2026-0001")?;
    browser.click(".filter button")?;
    ensure(count(browser, "tbody tr")? == 2, "an invoice and its credit note")?;
    browser.open(&demo.url("/log?fakturownia_id=17"))?;
    expect(browser, &["No documents."])
}

fn look_at_a_document(demo: &Demo, browser: &mut Browser) -> Result<()> {
    let number = demo.number_of(browser, "FV-2026-0001")?;
    browser.open(&demo.url(&format!("/documents/{number}")))?;
    expect(browser, &["Accepted", "Receipt verified, accepted", "Issue correction"])?;
    let links = browser.evaluate("[...document.links].map(it => it.href).join(' ')")?;
    let links = links.as_str().unwrap_or_default();
    ensure(links.contains("dashboard.stripe.com/test/invoices/in_"), links)?;
    ensure(links.contains("/invoice/5265877635/"), links)?;
    let folder = tempfile::tempdir()?;
    let upo = browser.download("a[href$='upo.xml']", folder.path())?;
    ensure(
        upo.file_name().is_some_and(|name| name.to_string_lossy().starts_with("TEST-")),
        "TEST",
    )?;
    ensure(fs::read_to_string(upo)?.contains("Potwierdzenie"), "it is a receipt")?;
    browser.click("a[href$='/correction']")?;
    expect(browser, &["This invoice comes from Stripe."])?;
    let rejected = demo.number_of(browser, "FV-2026-0006")?;
    browser.open(&demo.url(&format!("/documents/{rejected}")))?;
    expect(browser, &["440", "What to do", "Enter the KSeF number"])
}

fn take_exports_away(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.open(&demo.url("/log?status=ACCEPTED"))?;
    let folder = tempfile::tempdir()?;
    let csv = browser.download(".exports a[href*='audit.csv']", folder.path())?;
    ensure(csv.ends_with("TEST-audit.csv"), "its name says TEST")?;
    let csv = fs::read_to_string(csv)?;
    ensure(csv.matches(",ACCEPTED,").count() == 17 && csv.lines().count() == 18, &csv)?;
    for name in ["invoices.zip", "receipts.zip", "evidence.zip"] {
        let file = browser.download(&format!(".exports a[href*='{name}']"), folder.path())?;
        let is_archive = fs::read(&file)?.starts_with(b"PK");
        ensure(is_archive && file.ends_with(format!("TEST-{name}")), name)?;
    }
    Ok(())
}

fn retry_several(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.open(&demo.url("/log"))?;
    for reference in ["in_FV_2026_0014", "in_FV_2026_0016", "FV-2026-0017", "FV-2026-0006"] {
        browser.click_only(&format!("input[aria-label='Select {reference}']"))?;
    }
    browser.click("form[action='/retry'] button")?;
    expect(browser, &["nothing was ever sent", "KSeF has accepted it.", "These cannot be sent"])?;
    expect(browser, &["KSeF has another document under this number."])?;
    browser.fill("input[name=reason]", "mended at its source")?;
    browser.click("main form button")?;
    expect(browser, &["Ordered: 2", "in_FV_2026_0014", "in_FV_2026_0016"])?;
    let number = demo.number_of(browser, "in_FV_2026_0018")?;
    browser.open(&demo.url(&format!("/retry?document={number}")))?;
    browser.fill("input[name=reason]", "a look at what comes of it")?;
    browser.click("main form button")?;
    expect(browser, &["Retry ordered", "a look at what comes of it"])
}

fn correct_a_document(demo: &Demo, browser: &mut Browser) -> Result<()> {
    let number = demo.number_of(browser, "FV-2026-0003")?;
    browser.open(&demo.url(&format!("/documents/{number}")))?;
    let folder = tempfile::tempdir()?;
    let xml = browser.download("a[href$='invoice.xml']", folder.path())?;
    let xml = fs::read_to_string(xml)?.replace("FV-2026-0003", "API-1");
    browser.open(&demo.url("/settings/company"))?;
    browser.click("form[action$='api-key'] button")?;
    let api_key = browser.evaluate("document.querySelector('.note code').innerText")?;
    demo.hand_in(api_key.as_str().ok_or("there is no key")?, "order-1", &xml)?;
    let number = wait_until_accepted(demo, browser, "API-1")?;
    browser.open(&demo.url(&format!("/documents/{number}/correction")))?;
    browser.fill("input[name=reason]", "Zwrot")?;
    browser.click_only("input[value=amounts]")?;
    browser.fill("input[name=amount-0]", "1000000,00")?;
    browser.click("main form button")?;
    expect(browser, &["more than the invoice"])?;
    browser.fill("input[name=amount-0]", "10,00")?;
    browser.click("main form button")?;
    expect(browser, &["Nothing has been sent yet.", "-10"])?;
    browser.picture(&pictures().join("correction.png"))?;
    browser.click("button[value=issue]")?;
    wait_until_accepted(demo, browser, "KOR/API-1")?;
    browser.open(&demo.url(&format!("/documents/{number}/correction")))?;
    expect(browser, &["Earlier corrections", "KOR/API-1"])?;
    browser.fill("input[name=reason]", "Zwrot")?;
    browser.click("main form button")?;
    expect(browser, &["more than the invoice"])
}

fn wait_until_accepted(demo: &Demo, browser: &mut Browser, reference: &str) -> Result<String> {
    let number = demo.number_of(browser, reference)?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        browser.open(&demo.url(&format!("/documents/{number}?still=1")))?;
        if count(browser, "h1 .badge.good")? == 1 {
            return Ok(number);
        }
        ensure(count(browser, "h1 .badge.bad")? == 0, &browser.text()?)?;
    }
    Err(format!("{reference} is not accepted").into())
}

/// A company in TEST is not taken to production by a click.
fn keep_production_apart(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.open(&demo.url("/settings/connection"))?;
    ensure(count(browser, "input[value=TEST]:checked")? == 1, "TEST is chosen")?;
    let secrets = browser.evaluate(
        "[...document.querySelectorAll('input[type=password], textarea')].every(it => !it.value)",
    )?;
    ensure(secrets == true, "no secret is shown")?;
    browser.click_only("input[value=PRODUCTION]")?;
    browser.fill("input[name=typed_nip]", "7012345671")?;
    browser.click("main form button")?;
    expect(browser, &["Nothing was saved. The NIP is not that of the company."])?;
    browser.open(&demo.url("/settings/connection"))?;
    ensure(count(browser, "input[value=TEST]:checked")? == 1, "it is in TEST as before")
}

fn answer_an_auditor(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.open(&demo.url("/audit"))?;
    browser.click("button[name=ask]")?;
    expect(browser, &["Was everything submitted?", "Are there no gaps?", "receipts verified"])?;
    expect(browser, &["Completeness of the period", "FV-2026-0006"])?;
    browser.open(&demo.url("/retention?policy=vat"))?;
    expect(browser, &["art. 112aa", "2037-01-01"])
}

fn do_without_scripts(demo: &Demo, browser: &mut Browser) -> Result<()> {
    browser.run_scripts(false)?;
    browser.open(&demo.url("/log"))?;
    browser.click(".tabs a:nth-child(5)")?;
    ensure(count(browser, "tbody tr")? > 0, "there are skipped documents")?;
    browser.click("tbody th a")?;
    browser.click(".actions a[href^='/retry']")?;
    expect(browser, &["Send to KSeF", "nothing was ever sent"])?;
    browser.click("form[action='/logout'] button")?;
    log_in(demo, browser, "jan")?;
    ensure(count(browser, "input[name=document]")? == 0, "an accountant selects nothing")?;
    browser.open(&demo.url("/log?status=FAILED"))?;
    browser.click("tbody th a")?;
    expect_not(browser, "Reason for it")?;
    browser.click("form[action='/logout'] button")?;
    browser.run_scripts(true)?;
    log_in(demo, browser, "anna")
}

/// What is reached by `GET` and is no page.
const NO_PAGES: [&str; 10] = [
    "/",
    "/health",
    "/metrics",
    "/language/{language}",
    "/style.css",
    "/documents/{number}/invoice.xml",
    "/documents/{number}/upo.xml",
    "/export/{file}",
    "/settings",
    "/api/openapi.json",
];

/// The routes of pages, as the program has them.
fn pages() -> impl Iterator<Item = &'static str> {
    let routes = include_str!("../src/web.rs").split(".route(").skip(1);
    let read = routes.filter_map(|route| route.trim_start().strip_prefix('"')?.split_once('"'));
    let gets = read
        .filter(|(_, methods)| methods.trim_start_matches([',', ' ', '\n']).starts_with("get("));
    gets.map(|(route, _)| route)
        .filter(|route| !route.starts_with("/api/") && !NO_PAGES.contains(route))
}

/// Whether an address is one of this route.
fn is_of(route: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(path).all(|(wanted, part)| wanted.starts_with('{') || *wanted == part)
}

fn every_page_is_accessible(demo: &Demo, browser: &mut Browser) -> Result<()> {
    let mut paths: Vec<(&str, String)> = [
        ("log", "/log"),
        ("log-filtered", "/log?status=FAILED&status=PENDING&kind=VAT&from=2026-11-01"),
        ("log-empty", "/log?reference=nothing"),
        ("audit", "/audit?from=2026-11-01&to=2026-11-30&ask=ksef"),
        ("retention", "/retention?policy=vat"),
        ("settings-company", "/settings/company"),
        ("settings-connection", "/settings/connection"),
        ("settings-people", "/settings/people"),
        ("settings-stripe", "/settings/stripe"),
        ("data-and-security", "/data-and-security"),
        ("login", "/login"),
    ]
    .map(|(name, path)| (name, path.to_owned()))
    .into();
    let accepted = demo.number_of(browser, "FV-2026-0001")?;
    let rejected = demo.number_of(browser, "FV-2026-0006")?;
    let ready = demo.number_of(browser, "API-1")?;
    let skipped = demo.number_of(browser, "in_FV_2026_0008")?;
    paths.extend([
        ("document", format!("/documents/{accepted}")),
        ("document-rejected", format!("/documents/{rejected}")),
        ("retry", format!("/retry?document={accepted}&document={rejected}&document={skipped}")),
        ("correction-of-stripe", format!("/documents/{accepted}/correction")),
        ("correction-form", format!("/documents/{ready}/correction")),
    ]);
    ensure(pages().count() >= 11, "the routes are not found")?;
    let forgotten = pages().filter(|route| !paths.iter().any(|(_, path)| is_of(route, path)));
    let forgotten: Vec<_> = forgotten.collect();
    ensure(forgotten.is_empty(), &format!("these pages are not looked at: {forgotten:?}"))?;
    let mut faults = Vec::new();
    for language in ["pl", "en"] {
        speak(demo, browser, language)?;
        for (name, path) in &paths {
            browser.open(&demo.url(path))?;
            faults.extend(look_over(browser, &format!("{name}-{language}"))?);
        }
        browser.open(&demo.url("/data-and-security"))?;
        let title = if language == "pl" { "Dane i bezpieczeństwo" } else { "Data and security" };
        expect(browser, &[title, "Argon2id"])?;
    }
    ensure(faults.is_empty(), &faults.join("\n"))
}

/// Violations in light and in dark, and what is cut off in a small window. Takes a picture of each.
fn look_over(browser: &mut Browser, name: &str) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for is_dark in [true, false] {
        browser.prefer_dark(is_dark)?;
        for violation in browser.violations()? {
            faults.push(format!("{name}, dark: {is_dark}: {violation:?}"));
        }
    }
    browser.picture(&pictures().join(format!("{name}.png")))?;
    browser.resize(NARROW)?;
    let over = browser.evaluate("document.documentElement.scrollWidth - innerWidth")?;
    browser.picture(&pictures().join(format!("{name}-narrow.png")))?;
    browser.resize(WIDE)?;
    if over.as_i64() > Some(0) {
        faults.push(format!("{name} is cut off by {over} pixels"));
    }
    Ok(faults)
}
