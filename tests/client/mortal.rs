//! A process that dies at a request, before or after it takes effect, and what outlives it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use ksef_client::{AuthSession, Error, Journal, PollPolicy, Transport, TransportError};
use ksef_core::Secret;
use ksef_core::port::{BoxError, BoxFuture};
use ksef_tests::client::{World, context};

/// A process, and the disk on which it keeps one thing.
#[derive(Clone, Debug)]
pub(crate) struct Mortal {
    world: World,
    life: Arc<Mutex<Life>>,
}

#[derive(Debug, Default)]
struct Life {
    /// After how many requests it dies; never without it.
    requests_left: Option<u64>,
    dies_after_the_request: bool,
    is_dead: bool,
    kept: Option<String>,
}

impl Mortal {
    /// One that lives for ever and has kept nothing.
    pub(crate) fn new(world: World) -> Self {
        Self { world, life: Arc::default() }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// It lives, and dies at the last of so many requests, before or after it takes effect.
    pub(crate) fn live_again(&self, requests: Option<u64>, dies_after_the_request: bool) {
        let mut life = self.life();
        life.requests_left = requests;
        life.dies_after_the_request = dies_after_the_request;
        life.is_dead = false;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.life().is_dead
    }

    /// Keeps this in place of what is kept, unless it is dead.
    pub(crate) fn keep(&self, state: &Secret<String>) {
        let mut life = self.life();
        if !life.is_dead {
            life.kept = Some(state.expose().clone());
        }
    }

    /// Forgets what is kept.
    pub(crate) fn forget(&self) {
        self.life().kept = None;
    }

    pub(crate) fn kept(&self) -> Option<Secret<String>> {
        self.life().kept.clone().map(Secret::new)
    }

    pub(crate) async fn log_in(&self, policy: &PollPolicy) -> Result<AuthSession, Error> {
        let client = self.world.builder().unwrap().transport(self.clone()).build()?;
        client.authenticate(context().unwrap(), self.world.seal().unwrap(), policy).await
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the process lives to make another request, and to see its answer.
    fn fate(&self) -> (bool, bool) {
        let mut life = self.life();
        if life.is_dead {
            return (false, false);
        }
        let Some(left) = life.requests_left.as_mut() else { return (true, true) };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return (true, true);
        }
        life.is_dead = true;
        (life.dies_after_the_request, false)
    }
}

impl Transport for Mortal {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let (is_made, is_answered) = self.fate();
            let answer = if is_made {
                self.world.call(request).await
            } else {
                Err(TransportError::not_sent("dead"))
            };
            if is_answered { answer } else { Err(TransportError::answer_lost("dead")) }
        })
    }
}

impl Journal for Mortal {
    fn record<'a>(&'a self, state: &'a Secret<String>) -> BoxFuture<'a, Result<(), BoxError>> {
        self.keep(state);
        let recorded = if self.is_dead() { Err("dead".into()) } else { Ok(()) };
        Box::pin(core::future::ready(recorded))
    }
}
