//! What processes tell each other, besides the log.

use super::Tenant;
use crate::Error;
use crate::environment::EnvironmentType;
use crate::store::SettingChange;

/// How often another process may be first.
const MAX_RACES: u32 = 1_000;

impl<E: EnvironmentType> Tenant<E> {
    /// What processes share under this name; `None` if nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn shared(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.store.shared(name).await?.value)
    }

    /// Changes what processes share under this name: nobody else does so between the reading and the
    /// writing. The log tells nothing of it, and nothing that is recorded may depend on it.
    ///
    /// `change` is called again if what it was given was outdated; its last call counts. What it
    /// returns is kept, `None` leaves what is there.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if others were first a thousand times.
    pub async fn share(
        &self,
        name: &str,
        mut change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>> + Send,
    ) -> Result<(), Error> {
        for _ in 0..MAX_RACES {
            let before = self.store.shared(name).await?;
            let Some(value) = change(before.value.as_deref()) else { return Ok(()) };
            let (name, expected, value) = (name.to_owned(), before.version, Some(value));
            match self.store.share(SettingChange { name, expected, value }).await {
                Err(Error::Conflict) => {}
                done => return done,
            }
        }
        Err(Error::Conflict)
    }
}
