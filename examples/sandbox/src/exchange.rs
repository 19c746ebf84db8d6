//! What a handler sees of a request, and what it answers.

mod call;
mod paging;
mod query;
mod refusal;
mod reply;
mod violations;

pub(crate) use call::Call;
pub(crate) use paging::Paging;
pub(crate) use query::Query;
pub(crate) use refusal::{ERROR_FORMAT, ForbiddenReason, Occasion, Refusal};
pub(crate) use reply::Reply;
pub(crate) use violations::Violations;
