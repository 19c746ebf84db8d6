//! What is logged, for tests that look for what must not be.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::dispatcher::{DefaultGuard, Dispatch};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Metadata, Subscriber};

/// Writes everything down that is logged, at every level and from every crate.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<String>>);

struct Writer<'a>(&'a mut String);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Log {
    /// All of it so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes down what this thread logs, until the guard is dropped.
    #[must_use]
    pub fn listen(&self) -> DefaultGuard {
        // With one dispatcher alone, tracing asks the thread that comes by first whether anything is
        // logged there, and believes it of all; it may be that of another test.
        static OTHER: OnceLock<Dispatch> = OnceLock::new();
        let _ = OTHER.get_or_init(|| Dispatch::new(NoSubscriber::default()));
        tracing::subscriber::set_default(self.clone())
    }

    fn write(&self, record: impl FnOnce(&mut Writer<'_>)) {
        record(&mut Writer(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|writer| span.record(writer));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write(|writer| values.record(writer));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(|writer| event.record(writer));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
