//! The API, every answer of which is held to the file that describes it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// The API of a server, with its description.
struct Api {
    server: Server,
    router: Router,
    description: Value,
    /// Which answers there were: method, path of the description, status.
    seen: std::sync::Mutex<BTreeSet<(String, String, String)>>,
}

/// What is sent, beside where.
struct Sent<'a> {
    nip: &'a str,
    key: &'a str,
    kind: &'a str,
    body: &'a [u8],
}

impl Api {
    async fn start() -> Self {
        let server = Server::with_the_day().await;
        let router = crate::web::router(Arc::clone(&server.stage.app));
        let request = Request::get("/api/openapi.json").body(Vec::new()).unwrap();
        let description = answer(&router, request).await;
        let description = serde_json::from_slice(description.body()).unwrap();
        Self { server, router, description, seen: Default::default() }
    }

    fn key(&self, nip: &str) -> String {
        let players = &self.server.stage.players;
        let index = players.iter().position(|player| player.cast.nip == nip);
        let key = index.map(|index| self.server.stage.api_keys[index].expose().as_str());
        format!("Bearer {}", key.unwrap_or("nobody's"))
    }

    async fn post(&self, sent: &Sent<'_>) -> (u16, Value) {
        let mut request = Request::post("/api/documents").header("content-type", sent.kind);
        request = request.header("authorization", self.key(sent.nip));
        if !sent.key.is_empty() {
            request = request.header("idempotency-key", sent.key);
        }
        self.ask("/api/documents", request.body(sent.body.to_vec()).unwrap()).await
    }

    async fn get(&self, nip: &str, number: &str) -> (u16, Value) {
        let request = Request::get(format!("/api/documents/{number}"));
        let request = request.header("authorization", self.key(nip));
        self.ask("/api/documents/{number}", request.body(Vec::new()).unwrap()).await
    }

    /// Asks, and requires an answer that the description has for this path.
    async fn ask(&self, path: &str, request: Request<Vec<u8>>) -> (u16, Value) {
        let method = request.method().as_str().to_lowercase();
        let answer = answer(&self.router, request).await;
        let status = answer.status().as_u16();
        let described = &self.description["paths"][path][&method]["responses"][status.to_string()];
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
        let schema = described["content"][kind]["schema"].clone();
        assert!(schema.is_object(), "{method} {path} is not described with {status} as {kind}");
        let body = serde_json::from_slice(answer.body()).unwrap();
        if let Err(error) = jsonschema::validate(&self.with_components(schema), &body) {
            panic!("{method} {path}, {status}: {error}: {body}");
        }
        self.seen.lock().unwrap().insert((method, path.to_owned(), status.to_string()));
        (status, body)
    }

    /// The schema with what it refers to, closed: what is not described is not answered.
    fn with_components(&self, mut schema: Value) -> Value {
        let mut components = self.description["components"].clone();
        for component in components["schemas"].as_object_mut().unwrap().values_mut() {
            component["additionalProperties"] = json!(false);
        }
        schema["components"] = components;
        schema
    }

    /// A valid document of the first company that nobody has handed in.
    async fn xml(&self, number: &str) -> Vec<u8> {
        let submission = self.server.number_of("in_FV_2026_0001").await;
        let ledger = &self.server.stage.players[0].company.ledger;
        let id = ledger.submission_id(submission).await.unwrap();
        let xml = ledger.xml(id).await.unwrap();
        let xml = String::from_utf8(xml.as_bytes().to_vec()).unwrap();
        xml.replace("FV-2026-0001", number).into_bytes()
    }

    fn as_json(&self, xml: &[u8]) -> Value {
        let company = &self.server.stage.players[0].company;
        let invoice = ksef_fa::Invoice::from_xml(xml, &company.rules()).unwrap();
        serde_json::to_value(&invoice).unwrap()
    }
}

const FIRST: &str = "5265877635";
const SECOND: &str = "7012345671";

fn sent<'a>(key: &'a str, kind: &'a str, body: &'a [u8]) -> Sent<'a> {
    Sent { nip: FIRST, key, kind, body }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_of_the_api_is_described() {
    let api = Api::start().await;
    let (xml, large) = (api.xml("API/1").await, vec![b' '; 4_000_001]);
    let request = Request::get("/api/openapi.json").body(Vec::new()).unwrap();
    assert_eq!(api.ask("/api/openapi.json", request).await.0, 200);
    for (wanted, sent) in [
        (202, sent("1", "application/xml", &xml)),
        (202, sent("1", "application/xml", &xml)),
        (409, sent("1", "application/xml", b"<other/>")),
        (400, sent("", "application/xml", &xml)),
        (400, sent("2", "application/json", b"{\"header\":{}}")),
        (404, Sent { nip: "nobody", ..sent("3", "application/xml", &xml) }),
        (413, sent("4", "application/xml", &large)),
        (422, sent("5", "application/xml", b"<Faktura/>")),
        (422, Sent { nip: SECOND, ..sent("6", "application/xml", &xml) }),
    ] {
        assert_eq!(api.post(&sent).await.0, wanted, "{}", sent.key);
    }
    for (wanted, number) in [(200, "1"), (404, "999"), (404, "01"), (404, "one")] {
        assert_eq!(api.get(FIRST, number).await.0, wanted, "{number}");
    }
    let mut described = BTreeSet::new();
    for (path, methods) in api.description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            let statuses = statuses.filter(|status| *status != "503");
            described.extend(statuses.map(|it| (method.clone(), path.clone(), it.clone())));
        }
    }
    assert_eq!(*api.seen.lock().unwrap(), described);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_hands_in_one_document() {
    let api = Api::start().await;
    let xml = api.xml("API/1").await;
    let before = api.server.recorded().await;
    let (_, made) = api.post(&sent("order-1", "application/xml", &xml)).await;
    assert_eq!((&made["status"], &made["order_reference"]), (&json!("PENDING"), &json!("API/1")));
    let again = sent("order-1", "application/xml", &xml);
    assert_eq!(api.post(&again).await, (202, made.clone()));
    let other = api.xml("API/2").await;
    let (status, problem) = api.post(&sent("order-1", "application/xml", &other)).await;
    assert_eq!((status, &problem["title"]), (409, &json!("Conflict")));
    // The key of another company names another document, which is not for that company to sell.
    let foreign = Sent { nip: SECOND, ..sent("order-1", "application/xml", &xml) };
    let (_, foreign) = api.post(&foreign).await;
    assert_eq!(foreign["issues"][0]["path"], "/Faktura/Podmiot1/DaneIdentyfikacyjne/NIP");
    assert_eq!(api.server.recorded().await, [before[0] + 1, before[1] + 1]);
    let number = made["number"].to_string();
    assert_eq!(api.get(FIRST, &number).await, (200, made));
    assert_eq!(api.get(SECOND, &number).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_json_of_the_model_is_the_document_that_its_xml_is() {
    let api = Api::start().await;
    let xml = api.xml("API/3").await;
    let invoice = api.as_json(&xml);
    let body = invoice.to_string().into_bytes();
    let (status, made) = api.post(&sent("json", "application/json", &body)).await;
    assert_eq!((status, made["status"].as_str()), (202, Some("PENDING")));
    let company = &api.server.stage.players[0].company;
    let id = company.ledger.submission_id(made["number"].as_u64().unwrap()).await.unwrap();
    let written = company.ledger.xml(id).await.unwrap();
    assert_eq!(api.as_json(written.as_bytes()), invoice);
    assert_eq!(&company.ledger.source(id).await.unwrap()[..], &body[..]);

    // The example of the description is one.
    let operation = &api.description["paths"]["/api/documents"]["post"];
    let example = &operation["requestBody"]["content"]["application/json"]["example"];
    let example = example.to_string().replace("9999999999", FIRST).into_bytes();
    assert_eq!(api.post(&sent("example", "application/json", &example)).await.0, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_wrong_is_said_at_once() {
    let api = Api::start().await;
    let mut invoice = api.as_json(&api.xml("API/4").await);
    invoice["body"]["p_2"] = json!("n".repeat(257));
    invoice["seller"]["identification"]["name"] = json!("");
    let body = invoice.to_string().into_bytes();
    let (status, problem) = api.post(&sent("wrong", "application/json", &body)).await;
    assert_eq!((status, &problem["document"]["status"]), (422, &json!("FAILED")));
    let paths = |problem: &Value| -> Vec<String> {
        let issues = problem["issues"].as_array().unwrap().iter();
        issues.map(|issue| issue["path"].as_str().unwrap().to_owned()).collect()
    };
    let found = paths(&problem);
    for path in ["/Faktura/Fa/P_2", "/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa"] {
        assert!(found.iter().any(|found| found == path), "{path}: {problem}");
    }
    assert!(problem["issues"][0].get("line").is_none(), "{problem}");

    // As XML the places are told too.
    let xml = String::from_utf8(api.xml("API/4").await).unwrap();
    let xml = xml.replace("API/4", &"n".repeat(257)).replace("<KodWaluty>PLN", "<KodWaluty>XYZ");
    let (_, problem) = api.post(&sent("wrong-2", "application/xml", xml.as_bytes())).await;
    let found = paths(&problem);
    assert!(found.iter().any(|path| path.ends_with("/P_2")), "{problem}");
    assert!(found.iter().any(|path| path.ends_with("/KodWaluty")), "{problem}");
    assert!(problem["issues"][0]["column"].as_u64() > Some(1), "{problem}");

    // What is no invoice at all is not recorded.
    let before = api.server.recorded().await;
    let bad = [
        ("{", "?"),
        ("[]", "."),
        (r#"{"header":{"version":"4"}}"#, "header.version"),
        (r#"{"header":{"version":3}}"#, "header.version"),
        (r#"{"headers":{}}"#, "headers"),
    ];
    for (body, path) in bad {
        let (status, problem) = api.post(&sent("bad", "application/json", body.as_bytes())).await;
        assert_eq!((status, problem["issues"][0]["path"].as_str()), (400, Some(path)), "{problem}");
    }
    assert_eq!(api.server.recorded().await, before);
}
