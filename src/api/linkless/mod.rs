//! Questions without a link: one packet there, one packet back, in the fewest bytes that tell all.
//! Not requests; those come on links, and say more.

mod query;

use super::messages::{MessagesRequest, messages};
use super::{Call, Failure, format};

pub use query::{CLIENT_NAME, Query, QueryId, Reply, Who};

/// The messages that a question asks for, as many as its answer has room for.
pub fn page(call: &mut Call<'_, '_>, query: &Query) -> Result<Vec<u8>, Failure> {
    let limit = (query.limit > 0).then_some(u32::from(query.limit));
    let request = MessagesRequest {
        limit,
        since: query.since.clone(),
        max_bytes: u32::try_from(query.room().max(340)).ok(),
        ..MessagesRequest::default()
    };
    let style = format::Style::Numbered;
    let answer = messages(call, request, style)?;
    Ok(format::pack(style, &answer))
}
