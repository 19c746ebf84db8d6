//! The public status service (Latarnia): whether KSeF is available, and what was announced.
//!
//! It says whether a failure was announced, which decides how an invoice is issued (KSeF API,
//! `tryby-offline.md`). It does not say whether a request will succeed: never let sending depend
//! on it. That of TEST is a fixture, and DEMO has none.
//!
//! ```no_run
//! use ksef_client::Client;
//! use ksef_client::status_service::SystemState;
//! use ksef_core::Environment;
//!
//! # async fn example() -> Result<(), ksef_client::Error> {
//! let client = Client::builder(Environment::Production).build()?;
//! let status = client.service_status().await?;
//! if status.status != SystemState::Available {
//!     for message in status.messages {
//!         println!("{:?} from {:?} to {:?}", message.title, message.start, message.end);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use ksef_core::Timestamp;

use crate::client::Client;
use crate::error::Error;
use crate::open_code::open_codes;
use crate::pipeline::{ApiRequest, json};
use crate::wire::status_service::{MessageBody, StatusBody};

open_codes! {
    /// What is the matter with KSeF.
    SystemState {
        /// Nothing.
        Available = "AVAILABLE",
        /// It is being worked on.
        Maintenance = "MAINTENANCE",
        /// A failure was announced.
        Failure = "FAILURE",
        /// A total failure was announced.
        TotalFailure = "TOTAL_FAILURE",
    }
}

/// The state of KSeF, and what was announced about it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ServiceStatus {
    /// The state.
    pub status: SystemState,
    /// The announcements that matter for it.
    pub messages: Vec<ServiceMessage>,
}

/// An announcement.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ServiceMessage {
    /// Its identifier.
    pub id: Option<String>,
    /// What it is about: announcements of one event have the same.
    pub event_id: Option<String>,
    /// Which state it announces.
    pub category: Option<SystemState>,
    /// What it says of it: `FAILURE_START`, `FAILURE_END`, `MAINTENANCE_ANNOUNCEMENT` …
    pub message_type: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// From when on.
    pub start: Option<Timestamp>,
    /// Until when, if it is known.
    pub end: Option<Timestamp>,
    /// Which version of the announcement it is.
    pub version: Option<i64>,
    /// When it was published.
    pub published: Option<Timestamp>,
}

impl Client {
    /// The state of KSeF, as the status service says: `GET /status` there. It needs no login and
    /// has no limits.
    ///
    /// # Errors
    ///
    /// [`InputError::NoStatusService`](crate::InputError::NoStatusService) in DEMO, or as every
    /// reading request.
    pub async fn service_status(&self) -> Result<ServiceStatus, Error> {
        let request = ApiRequest::status_service("/status");
        let body: StatusBody = self.pipeline().call(&request, None, json).await?;
        Ok(body.into())
    }

    /// All announcements of the status service: `GET /messages` there. It needs no login and has
    /// no limits.
    ///
    /// # Errors
    ///
    /// As [`Client::service_status`].
    pub async fn service_messages(&self) -> Result<Vec<ServiceMessage>, Error> {
        let request = ApiRequest::status_service("/messages");
        let body: Vec<MessageBody> = self.pipeline().call(&request, None, json).await?;
        Ok(body.into_iter().map(ServiceMessage::from).collect())
    }
}
