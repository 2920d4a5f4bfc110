//! Questions without a link: one packet there, one packet back, in the fewest bytes that tell all.
//! Not requests; those come on links, and say more.

mod broadcast;
mod knock;
mod query;
#[cfg(test)]
mod tests;

use super::messages::{Cursor, MessagesRequest, compact_body};
use super::{Call, Failure};

pub use broadcast::{
    BROADCAST_NAME, Broadcast, BroadcastAnswer, BroadcastQuery, BroadcastRequest, Epoch, GroupTag, broadcast,
    group_name,
};
pub use knock::{Knock, KnockReply};
pub use query::{CLIENT_NAME, MOST_BLOCKS, Query, QueryId, Reply, Who};

/// What a question asks for, as the compact body, in at most `room` bytes: the latest messages, so many at most (0 for as
/// many as there is room for), or what has changed since.
pub fn page(
    call: &mut Call<'_, '_>,
    (limit, since): (u8, Option<Cursor>),
    room: usize,
) -> Result<Vec<u8>, Failure> {
    let limit = (limit > 0).then_some(u32::from(limit));
    compact_body(call, &MessagesRequest { limit, since, ..MessagesRequest::default() }, room)
}
