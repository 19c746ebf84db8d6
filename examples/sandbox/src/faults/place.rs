//! Where a fault happens.

use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::operation::Operation;

/// Where a fault happens: an operation of the contract, or the storage behind signed links.
///
/// ```
/// use ksef_sandbox::{Operation, Place};
///
/// let place = Place::from(Operation::OpenOnlineSession);
/// assert_eq!(place.to_string(), "POST /sessions/online");
/// assert_eq!(Place::Upload.to_string(), "PUT /storage");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// `POST /sessions/online` and so on, as the contract writes it.
    Operation(Operation),
    /// `PUT /storage`: a part of a batch is uploaded.
    Upload,
    /// `GET /storage`: a receipt or a part of an export is downloaded.
    Download,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.name(),
            Self::Upload => "PUT /storage",
            Self::Download => "GET /storage",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let storage = [Self::Upload, Self::Download].into_iter().find(|place| place.name() == name);
        storage.or_else(|| Operation::named(name).map(Self::Operation))
    }
}

impl From<Operation> for Place {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            D::Error::custom("`operation` is one of the contract: POST /sessions/online")
        })
    }
}
