//! Uploading the parts of a package.

use core::num::NonZeroUsize;
use std::io;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use ksef_core::Sha256Digest;

use super::BatchSession;
use crate::batch::{PackagePart, PartFault, PartFolder, PartsInMemory};
use crate::error::{Error, LostAnswer, NoAnswer, Unreadable};
use crate::pipeline::{ApiRequest, empty};
use crate::problem::Problem;
use crate::session::online::OPEN;
use crate::wire::operation::Operation;

/// The status of a session that was not closed in time.
const CANCELLED: u16 = 440;

/// Where the encrypted parts of a package are read from.
///
/// A part is held in memory while it is uploaded: make packages with smaller parts
/// (`PackageOptions::part_bytes`) where that is too much.
pub trait PartSource: Sync {
    /// The bytes of this part, whose numbers begin with 1.
    ///
    /// # Errors
    ///
    /// When there is no such part, or it cannot be read.
    fn read_part(&self, ordinal_number: u32) -> io::Result<Bytes>;
}

/// How the parts are uploaded.
///
/// ```
/// use ksef_client::UploadOptions;
///
/// assert_eq!(UploadOptions::default().concurrency.get(), 4);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// How many parts are uploaded at the same time, and held in memory.
    pub concurrency: NonZeroUsize,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UploadProgress {
    /// The part that was uploaded last.
    pub ordinal_number: u32,
    /// How many parts are uploaded, those of earlier processes included.
    pub uploaded_parts: usize,
    /// How many parts there are.
    pub parts: usize,
    /// How many bytes are uploaded.
    pub uploaded_bytes: u64,
    /// How many bytes there are.
    pub bytes: u64,
}

impl UploadOptions {
    /// Four parts at the same time.
    #[must_use]
    pub const fn new() -> Self {
        Self { concurrency: NonZeroUsize::MIN.saturating_add(3) }
    }

    /// The same with another number of parts at the same time.
    #[must_use]
    pub const fn with_concurrency(mut self, parts: NonZeroUsize) -> Self {
        self.concurrency = parts;
        self
    }
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchSession {
    /// Uploads the parts that are not uploaded yet, several at the same time.
    ///
    /// A part that fails is repeated, since putting the same bytes to the same place again changes
    /// nothing. `progress` is called after each part; whoever keeps [`BatchSession::to_secret`]
    /// there uploads no part twice after a crash.
    ///
    /// Where another process has closed the session meanwhile, KSeF has the whole package, and
    /// there is nothing to upload: it is never taken for a session whose time is over.
    ///
    /// # Errors
    ///
    /// [`Error::Part`] when a part is not what the manifest says, and was not uploaded.
    /// [`Error::Refused`] with HTTP 403 when the time for uploads is over, and
    /// [`Error::SessionFailed`] when KSeF has ended the session for that: it takes no package then,
    /// and another one can be opened. [`Error::NoAnswer`] when the storage does not answer: call
    /// this again, and it goes on where it stood.
    pub async fn upload(
        &self,
        source: &dyn PartSource,
        options: &UploadOptions,
        mut progress: impl FnMut(&UploadProgress),
    ) -> Result<(), Error> {
        let mut missing = self.manifest().file_parts.clone();
        missing.retain(|part| !self.uploaded().contains(&part.ordinal_number));
        let mut uploads = stream::iter(missing)
            .map(|part| self.upload_part(part, source))
            .buffer_unordered(options.concurrency.get());
        while let Some(uploaded) = uploads.next().await {
            let ordinal_number = match uploaded {
                Err(Error::Refused(problem)) => return self.refused(problem).await,
                uploaded => uploaded?,
            };
            self.uploaded().insert(ordinal_number);
            progress(&self.progress(ordinal_number));
        }
        Ok(())
    }

    /// Whether all parts are uploaded, so that the session can be closed.
    #[must_use]
    pub fn is_uploaded(&self) -> bool {
        self.uploaded().len() == self.manifest().file_parts.len()
    }

    /// The storage takes nothing more: the time is over, or the session is closed and KSeF has all
    /// parts, without which it cannot be closed.
    async fn refused(&self, problem: Box<Problem>) -> Result<(), Error> {
        let status = self.status().await?.status;
        match status.code {
            OPEN => Err(Error::Refused(problem)),
            CANCELLED => Err(Error::SessionFailed(Box::new(status))),
            _ => {
                let parts = self.manifest().file_parts.iter();
                self.uploaded().extend(parts.map(|part| part.ordinal_number));
                Ok(())
            }
        }
    }

    async fn upload_part(&self, part: PackagePart, source: &dyn PartSource) -> Result<u32, Error> {
        let number = part.ordinal_number;
        let body = read(part, source).map_err(Error::Part)?;
        let target = self.0.targets.0.get(&number).ok_or_else(|| {
            let cause = LostAnswer::Unreadable(Unreadable::MissingPart);
            let operation = Some(Operation::OpenBatchSession);
            Error::NoAnswer(Box::new(NoAnswer { operation, cause }))
        })?;
        let request = ApiRequest::upload(&target.url, &target.headers, body)?;
        self.auth().client().pipeline().call(&request, None, empty).await?;
        Ok(number)
    }

    fn progress(&self, ordinal_number: u32) -> UploadProgress {
        let uploaded = self.uploaded();
        let parts = &self.manifest().file_parts;
        let done = parts.iter().filter(|part| uploaded.contains(&part.ordinal_number));
        UploadProgress {
            ordinal_number,
            uploaded_parts: uploaded.len(),
            parts: parts.len(),
            uploaded_bytes: done.map(|part| part.file_size).sum(),
            bytes: parts.iter().map(|part| part.file_size).sum(),
        }
    }
}

/// The bytes of a part, if they are those of the manifest.
fn read(part: PackagePart, source: &dyn PartSource) -> Result<Bytes, PartFault> {
    let ordinal_number = part.ordinal_number;
    let bytes = source.read_part(ordinal_number);
    let bytes = bytes.map_err(|source| PartFault::Unreadable { ordinal_number, source })?;
    if Sha256Digest::of(&bytes) == part.file_hash {
        Ok(bytes)
    } else {
        Err(PartFault::Changed { ordinal_number })
    }
}

impl PartSource for PartFolder {
    fn read_part(&self, ordinal_number: u32) -> io::Result<Bytes> {
        std::fs::read(self.part_path(ordinal_number)).map(Bytes::from)
    }
}

impl PartSource for PartsInMemory {
    fn read_part(&self, ordinal_number: u32) -> io::Result<Bytes> {
        let index = usize::try_from(ordinal_number).ok().and_then(|number| number.checked_sub(1));
        let part = index.and_then(|index| self.parts.get(index));
        part.map(|part| Bytes::copy_from_slice(part))
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such part"))
    }
}
