//! The upload of a part.

use bytes::Bytes;

use crate::sandbox::Shared;
use crate::storage::StorageFault;

/// Takes a part, whose link was looked at. It may be sent again as long as the session is open.
pub(crate) fn upload(
    sandbox: &Shared,
    session: &str,
    name: &str,
    content: &Bytes,
) -> Result<(), StorageFault> {
    let number = name.strip_suffix(".zip.enc").and_then(|number| number.parse::<u32>().ok());
    let number = number.ok_or(StorageFault::NotFound)?;
    let session = session.to_ascii_uppercase();
    let mut world = sandbox.world();
    let record = world.sessions.get(&session).ok_or(StorageFault::NotFound)?;
    if record.closed_at.is_some() {
        return Err(StorageFault::Expired);
    }
    let batch = world.batches.get_mut(&session).ok_or(StorageFault::NotFound)?;
    let mut parts = batch.parts.iter_mut();
    let part = parts.find(|part| part.ordinal_number == number).ok_or(StorageFault::NotFound)?;
    part.content = Some(content.clone());
    Ok(())
}
