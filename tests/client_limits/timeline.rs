//! A runtime whose time passes only when every task waits for it.

use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ksef_core::{Clock, Timestamp};
use ksef_sandbox::Sandbox;

/// The time of a sandbox and of everyone who talks to it.
#[derive(Debug)]
pub(crate) struct Timeline {
    sandbox: Sandbox,
    /// The next moment at which a task goes on.
    next: Mutex<Option<Timestamp>>,
}

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) fn task(future: impl Future<Output = ()> + Send + 'static) -> Task {
    Box::pin(future)
}

impl Timeline {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, next: Mutex::default() }
    }

    /// Waits for so long.
    pub(crate) fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + '_ {
        let until = self.now().checked_add(duration).expect("within the bounds");
        std::future::poll_fn(move |_| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            let mut next = self.next.lock().expect("nobody panicked");
            *next = Some(next.map_or(until, |next| next.min(until)));
            Poll::Pending
        })
    }

    /// Runs all tasks to their end.
    pub(crate) fn run(&self, mut tasks: Vec<Task>) {
        let mut context = Context::from_waker(Waker::noop());
        while !tasks.is_empty() {
            *self.next.lock().expect("nobody panicked") = None;
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            if let Some(next) = *self.next.lock().expect("nobody panicked") {
                self.sandbox.freeze(next);
            }
        }
    }
}

impl Clock for Timeline {
    fn now(&self) -> Timestamp {
        self.sandbox.now()
    }
}
