//! No byte of one company reaches another: every page and every route of the API, with the numbers,
//! names and addresses of the other company, with guessed ones, and with what is none at all.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use ksef_audit::query::{Filter, PageRequest};

use super::*;

/// How many requests there are at least.
const CALLS: usize = 20_000;

/// Numbers that the other company has, and this one does not.
const FOREIGN: core::ops::Range<u64> = 19..28;

/// How many numbers are guessed, that nobody has.
const GUESSED: u64 = 280;

/// What is no number, or is written as none is.
const MALFORMED: [&str; 29] = [
    "0",
    "-1",
    "+1",
    "01",
    "001",
    "1e3",
    "1.0",
    "1,0",
    "0x1",
    "1_0",
    "%31%00",
    "%00",
    "%20",
    "1%20",
    "%2e%2e%2f1",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "1%20OR%201=1",
    "1'--",
    "%C4%99",
    "%FF",
    "%D9%A1",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "null",
    "undefined",
    "NaN",
    "self",
];

/// Who asks, as a member or a program of the second company, or as nobody.
struct Caller {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
    form: String,
}

/// Where a request goes: `{}` is what is asked for.
struct Route {
    path: String,
    methods: [Method; 2],
}

/// What was found.
#[derive(Default)]
struct Findings {
    calls: usize,
    found: BTreeSet<String>,
}

/// The second company's view of a server that both companies use.
struct Scene {
    server: Server,
    callers: Vec<Caller>,
    routes: Vec<Route>,
    /// Texts that the first company alone has.
    secrets: Vec<String>,
}

impl Scene {
    async fn set() -> (Self, Router) {
        let server = Server::with_the_day().await;
        let router = crate::web::router(Arc::clone(&server.stage.app));
        let mut callers = Vec::new();
        for name in ["ewa", "ola"] {
            callers.push(member(&server, &router, name).await);
        }
        callers.push(program("a program", server.stage.api_keys[1].expose()));
        callers.push(program("a wrong key", "0123456789abcdef0123456789abcdef"));
        let nobody = Caller { name: "nobody", headers: vec![], form: "reason=mine".to_owned() };
        callers.push(nobody);
        let routes = routes(&router).await;
        let secrets = secrets(&server).await;
        (Self { server, callers, routes, secrets }, router)
    }

    /// Asks for everything, and says what was answered that should not have been.
    async fn look(&self, router: &Router) -> Findings {
        let mut findings = Findings::default();
        for route in &self.routes {
            for method in &route.methods {
                for caller in &self.callers {
                    let Findings { calls, found } =
                        self.look_at(router, route, method, caller).await;
                    findings.calls += calls;
                    findings.found.extend(found);
                }
            }
        }
        findings
    }

    /// Whatever a path names that this company does not have, the answer is the same to the byte.
    async fn look_at(
        &self,
        router: &Router,
        route: &Route,
        method: &Method,
        caller: &Caller,
    ) -> Findings {
        let mut findings = Findings::default();
        let place = format!("{method} {} by {}", route.path, caller.name);
        if !route.path.contains("{}") {
            // An export takes its time.
            let count = if route.path.starts_with("/export/") { 12 } else { usize::MAX };
            for query in self.queries().take(count) {
                let answer = caller.ask(router, method, &format!("{}{query}", route.path)).await;
                findings.calls += 1;
                // A page says what it was asked for.
                self.search(&answer, &asked_for(&query), &place, &mut findings);
            }
            return findings;
        }
        let nothing = caller.ask(router, method, &route.path.replace("{}", "999999999")).await;
        let is_found = nothing.status().is_success();
        if is_found || (caller.name == "ewa" && nothing.status() != StatusCode::NOT_FOUND) {
            findings.found.insert(format!("{place}: nothing is answered {}", nothing.status()));
        }
        // Whoever knows where Stripe sends events may send there too; what counts is who signed it.
        let is_webhook = route.path.starts_with("/webhooks/");
        // A field of a form is read without the blanks around it.
        let is_field = route.path.contains('?');
        let is_left_out = |value: &String| {
            (is_webhook && value.starts_with("wh_"))
                || (is_field && matches!(value.as_str(), "%20" | "1%20" | "+1"))
        };
        for value in self.values().filter(|value| !is_left_out(value)) {
            let path = route.path.replace("{}", &value);
            let answer = caller.ask(router, method, &path).await;
            findings.calls += 1;
            self.search(&answer, "", &place, &mut findings);
            let is_same = answer.status() == nothing.status()
                && answer.headers() == nothing.headers()
                && answer.body() == nothing.body();
            if !is_same {
                findings.found.insert(format!("{place}: {value} is told from what is not there"));
            }
        }
        findings
    }

    fn search(
        &self,
        answer: &Response<Vec<u8>>,
        asked: &str,
        place: &str,
        findings: &mut Findings,
    ) {
        let body = String::from_utf8_lossy(answer.body());
        let said = format!("{:?}\n{body}", answer.headers());
        let secrets = self.secrets.iter().filter(|secret| !asked.contains(secret.as_str()));
        for secret in secrets.filter(|secret| said.contains(secret.as_str())) {
            findings.found.insert(format!("{place}: it says {secret}"));
        }
    }

    /// What stands in a path and is not this company's.
    fn values(&self) -> impl Iterator<Item = String> {
        let foreign = FOREIGN.map(|number| number.to_string());
        let guessed = (0..GUESSED).map(|number| (1_000 + 7_919 * number * number).to_string());
        let malformed = MALFORMED.into_iter().map(str::to_owned);
        let known = self.secrets.iter().map(|secret| percent_encoded(secret));
        foreign.chain(guessed).chain(malformed).chain(known)
    }

    /// Filters that look for what the other company has.
    fn queries(&self) -> impl Iterator<Item = String> {
        let fields = ["reference", "ksef_number", "nip", "after", "company", "tenant"];
        let known = self.secrets.iter().zip(fields.into_iter().cycle());
        let known = known.map(|(secret, field)| format!("?{field}={}", percent_encoded(secret)));
        ["", "?page=2", "?after=18", "?status=PENDING"].map(str::to_owned).into_iter().chain(known)
    }
}

impl Caller {
    async fn ask(&self, router: &Router, method: &Method, path: &str) -> Response<Vec<u8>> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = if method == Method::POST { self.form.clone() } else { String::new() };
        answer(router, request.body(body.into_bytes()).unwrap()).await
    }
}

async fn member(server: &Server, router: &Router, name: &'static str) -> Caller {
    let (_, _, password) = server.stage.logins.iter().find(|(known, ..)| known == name).unwrap();
    let form = format!("name={name}&password={password}");
    let request = Request::post("/login").body(form.into_bytes()).unwrap();
    let entered = answer(router, request).await;
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let cookie = entered.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let mut caller = Caller { name, headers: vec![("cookie", cookie)], form: String::new() };
    let page = text(&caller.ask(router, &Method::GET, "/log").await);
    let token = page.split_once("name=\"form_token\" value=\"").unwrap().1.split('"').next();
    caller.form = format!("form_token={}&reason=mine", token.unwrap());
    caller
}

fn program(name: &'static str, key: &str) -> Caller {
    let headers = vec![
        ("authorization", format!("Bearer {}", key.trim())),
        ("idempotency-key", "isolation".to_owned()),
    ];
    Caller { name, headers, form: "<Faktura/>".to_owned() }
}

/// Every route that the server has, and every one that the API says it has.
async fn routes(router: &Router) -> Vec<Route> {
    let source = include_str!("../../web.rs");
    let written = source.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
    let request = Request::get("/api/openapi.json").body(Vec::new()).unwrap();
    let api = answer(router, request).await;
    let api: serde_json::Value = serde_json::from_slice(api.body()).unwrap();
    let described = api["paths"].as_object().unwrap().keys().map(String::as_str);
    let paths: BTreeSet<&str> = written.chain(described).collect();
    // Leaving would end the session of the caller, and so would too many wrong passwords.
    let exports = ["audit.csv", "receipts.zip", "evidence.zip"];
    let exports = exports.map(|file| format!("/export/{file}"));
    // Several are retried at once, so their numbers are no part of the path.
    let retried = ["/retry?document={}".to_owned()];
    let paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
    let paths = paths
        .into_iter()
        .chain(exports)
        .chain(retried)
        .filter(|path| !matches!(path.as_str(), "/logout" | "/login"));
    let route = |path: String| {
        // A form says in its body what is to be done.
        let other = if path.contains('?') { Method::GET } else { Method::POST };
        let methods = [Method::GET, other];
        let (mut placed, mut rest) = (String::new(), path.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            placed.push_str(before);
            placed.push_str("{}");
            rest = after.split_once('}').unwrap().1;
        }
        Route { path: placed + rest, methods }
    };
    paths.map(route).collect()
}

/// What the first company's lines and settings say, and the second company's do not.
async fn secrets(server: &Server) -> Vec<String> {
    let mut texts = Vec::new();
    for player in &server.stage.players {
        let request = PageRequest { filter: Filter::default(), after: None, limit: 100 };
        let page = player.company.ledger.page(&request).await.unwrap();
        let rows = page.lines.iter().flat_map(|(_, row)| {
            let digest = row.digest.map(|digest| digest.to_hex());
            let texts = [row.order_reference.clone(), row.source_id.clone(), digest];
            texts.into_iter().flatten()
        });
        let cast = player.cast;
        let own = [cast.nip.to_owned(), cast.name.to_owned(), cast.endpoint()];
        texts.push(rows.chain(own).collect::<BTreeSet<_>>());
    }
    let [first, second] = &texts[..] else { panic!("two companies") };
    // What stands within a text of the second company is no secret of the first.
    let is_known = |text: &&String| second.iter().any(|own| own.contains(text.as_str()));
    first.iter().filter(|text| !is_known(text)).cloned().collect()
}

/// The values of a query, as who asks means them.
fn asked_for(query: &str) -> String {
    let fields = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    fields.map(|(_, value)| value).collect()
}

fn percent_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_company_reaches_another() {
    let (scene, router) = Scene::set().await;
    assert!(scene.secrets.len() > 20, "{:?}", scene.secrets);
    assert!(scene.routes.len() > 15, "some routes were not found");
    let before = scene.server.recorded().await;
    let Findings { calls, found } = scene.look(&router).await;
    assert!(found.is_empty(), "{found:#?}");
    assert!(calls >= CALLS, "there were {calls} calls");
    println!("{calls} calls over {} routes", scene.routes.len());
    // What a program hands in is its own company's; all else stays as it was.
    assert_eq!(scene.server.recorded().await[0], before[0]);
    // The first company does see all of it.
    let anna = member(&scene.server, &router, "anna").await;
    for path in ["/documents/19", "/log?reference=FV-2026-0019"] {
        let page = text(&anna.ask(&router, &Method::GET, path).await);
        assert!(page.contains("FV-2026-00"), "{path}");
    }
}

/// A leak that is planted: the server, and what it says of a foreign document.
fn leaking(router: &Router, leak: &'static str) -> Router {
    router.clone().layer(from_fn(move |request: AxumRequest, next: Next| async move {
        let is_foreign = request.uri().path() == "/documents/21/upo.xml";
        let is_list = request.uri().path() == "/export/audit.csv";
        let mut answer = next.run(request).await;
        match leak {
            "another body" if is_foreign => (answer.status(), "not yours\n").into_response(),
            "another status" if is_foreign => StatusCode::FORBIDDEN.into_response(),
            "a header" if is_foreign => {
                answer.headers_mut().insert("x-document", header::HeaderValue::from_static("21"));
                answer
            }
            "a line" if is_list => "21,FV-2026-0019,5265877635\n".into_response(),
            _ => answer,
        }
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_planted_leak_is_found() {
    let (mut scene, router) = Scene::set().await;
    scene.routes.retain(|route| route.path.contains("upo") || route.path.contains("audit.csv"));
    let mut found = BTreeMap::new();
    for leak in ["none", "another body", "another status", "a header", "a line"] {
        found.insert(leak, scene.look(&leaking(&router, leak)).await.found.len());
    }
    assert_eq!(found.remove("none"), Some(0));
    assert!(found.values().all(|count| *count > 0), "{found:?}");
}
