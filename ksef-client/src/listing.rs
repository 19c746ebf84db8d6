//! `Listing`, a list of KSeF that comes page by page.

use core::fmt;
use std::collections::HashSet;

use futures_util::{Stream, TryStreamExt as _, stream};

use crate::auth::AuthSession;
use crate::client::Client;
use crate::error::{Error, InputError, LostAnswer, NoAnswer, Unreadable};
use crate::pipeline::{ApiRequest, Reader};
use crate::wire::operation::Operation;
use crate::wire::{Next, Page};

/// A list of KSeF that is fetched page by page, as far as it is read.
///
/// Each page is a request. Something that is added or removed in the meantime may come twice or
/// not at all where the list is numbered by pages.
///
/// ```no_run
/// # async fn example(auth: ksef_client::AuthSession) -> Result<(), ksef_client::Error> {
/// let mut sessions = auth.authentication_sessions();
/// while let Some(page) = sessions.next_page().await? {
///     for session in page {
///         println!("{} {}", session.reference_number, session.status);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is asked for before it is read"]
pub struct Listing<T> {
    caller: Caller,
    request: Result<ApiRequest, InputError>,
    page_size: u32,
    read: Reader<Page<T>>,
    position: Position,
    /// The tokens that came so far.
    tokens: HashSet<String>,
}

/// Who asks.
enum Caller {
    Nobody(Client),
    LoggedIn(AuthSession),
}

/// Which page is next.
enum Position {
    First,
    Numbered(u32),
    Continued(String),
    End,
}

impl<T: Send + 'static> Listing<T> {
    /// A list that anybody may read.
    pub(crate) fn anonymous(
        client: &Client,
        request: Result<ApiRequest, InputError>,
        page_size: u32,
        read: Reader<Page<T>>,
    ) -> Self {
        Self::new(Caller::Nobody(client.clone()), request, page_size, read)
    }

    /// A list that this login reads.
    pub(crate) fn of(
        auth: &AuthSession,
        request: Result<ApiRequest, InputError>,
        page_size: u32,
        read: Reader<Page<T>>,
    ) -> Self {
        Self::new(Caller::LoggedIn(auth.clone()), request, page_size, read)
    }

    fn new(
        caller: Caller,
        request: Result<ApiRequest, InputError>,
        page_size: u32,
        read: Reader<Page<T>>,
    ) -> Self {
        let request = request.map(|request| request.query("pageSize", &page_size));
        let (position, tokens) = (Position::First, HashSet::new());
        Self { caller, request, page_size, read, position, tokens }
    }

    /// The next page; none after the last one. After an error the same page is asked for again.
    ///
    /// # Errors
    ///
    /// As every reading request: [`Error::Refused`] or [`Error::NoAnswer`]. The latter with
    /// [`Unreadable::EndlessList`] when the list goes on where it was before.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>, Error> {
        let request = self.request.clone()?;
        let request = match &self.position {
            Position::First => request,
            Position::Numbered(page) => request.query("pageOffset", page),
            Position::Continued(token) => request.continued(Some(token))?,
            Position::End => return Ok(None),
        };
        let page = match &self.caller {
            Caller::Nobody(client) => client.pipeline().call(&request, None, self.read).await?,
            Caller::LoggedIn(auth) => auth.call(&request, self.read).await?,
        };
        self.position = self.after(page.next, page.items.is_empty())?;
        Ok(Some(page.items))
    }

    /// All items, one by one. It ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<T, Error>> + Send {
        stream::try_unfold(self, |mut listing| async move {
            let page = listing.next_page().await?;
            Ok::<_, Error>(page.map(|page| (page, listing)))
        })
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .try_flatten()
    }

    /// All items.
    ///
    /// # Errors
    ///
    /// As [`Listing::next_page`].
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next_page().await? {
            items.extend(page);
        }
        Ok(items)
    }

    /// Where the list goes on, if it gets on at all.
    fn after(&mut self, next: Next, is_empty: bool) -> Result<Position, Error> {
        match next {
            Next::None => Ok(Position::End),
            Next::Token(token) if self.tokens.insert(token.clone()) => {
                Ok(Position::Continued(token))
            }
            Next::Number if !is_empty => Ok(match self.position {
                Position::Numbered(page) => Position::Numbered(page.saturating_add(1)),
                _ => Position::Numbered(1),
            }),
            Next::Token(_) | Next::Number => {
                let cause = LostAnswer::Unreadable(Unreadable::EndlessList);
                let operation = self.operation();
                Err(Error::NoAnswer(Box::new(NoAnswer { operation, cause })))
            }
        }
    }
}

impl<T> Listing<T> {
    fn operation(&self) -> Option<Operation> {
        self.request.as_ref().ok()?.operation()
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("operation", &self.operation())
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}
