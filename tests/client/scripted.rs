//! A KSeF that gives the answers that it was told to, one after another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use ksef_client::{Client, Timer, Transport, TransportError};
use ksef_core::port::BoxFuture;
use ksef_core::{Endpoints, Environment, FixedClock};
use ksef_tests::client::API;
use ksef_tests::sandbox::now;
use libtest_mimic::Failed;

#[derive(Clone, Debug, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<String>>>,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Scripted {
    /// Answers with these bodies of JSON.
    pub(crate) fn new<const N: usize>(answers: [&str; N]) -> Self {
        let answers = answers.map(str::to_owned).into_iter().collect();
        Self { answers: Arc::new(Mutex::new(answers)), requests: Arc::default() }
    }

    pub(crate) fn client(&self) -> Result<Client, Failed> {
        self.client_for(Endpoints::custom(Environment::Test, API)?)
    }

    pub(crate) fn client_for(&self, endpoints: Endpoints) -> Result<Client, Failed> {
        let clock = Arc::new(FixedClock::at(now()?));
        let client = Client::builder_for(endpoints).transport(self.clone()).timer(self.clone());
        Ok(client.clock(clock).build()?)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }
}

impl Transport for Scripted {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.requests.lock().unwrap().push(request);
        let body = self.answers.lock().unwrap().pop_front();
        let answer = body.map(|body| {
            let answer = Response::builder().header("Content-Type", "application/json");
            answer.body(Bytes::from(body)).unwrap()
        });
        let answer = answer.ok_or_else(|| TransportError::not_sent("the script is over"));
        Box::pin(core::future::ready(answer))
    }
}

impl Timer for Scripted {
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(core::future::ready(()))
    }
}
