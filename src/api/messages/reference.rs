//! How a request names a message: by its number, or by its id, which is the same on every host.
//! Not who may see it; what the caller may not see is not there.

use serde::Deserialize;

use crate::api::bytes::FixedBytes;
use crate::api::{Call, Failure};
use crate::group::{Permission, PostId, Refusal, RefusalCode, Sentence, Seq};
use crate::store::{Content, StoreError, StoredMessage};

/// A message by its number or its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum MessageRef {
    /// Its number.
    Seq(u64),
    /// Its id.
    Id(FixedBytes<16>),
}

impl MessageRef {
    /// The message, or its place, if the caller may see it.
    pub(super) fn stored(&self, call: &Call<'_, '_>) -> Result<Option<StoredMessage>, StoreError> {
        let (gid, viewer) = (call.group.facts.gid, call.who.caller.identity());
        match self {
            Self::Seq(seq) => call.store.message_at(gid, viewer, Seq(*seq)),
            Self::Id(FixedBytes(id)) => call.store.message(gid, viewer, PostId::from_bytes(*id)),
        }
    }

    /// The message, which must still be there.
    pub(crate) fn find(&self, call: &Call<'_, '_>) -> Result<StoredMessage, Failure> {
        call.check(Permission::ReadMessages)?;
        match self.stored(call)? {
            Some(message) if message.content != Content::Wiped => Ok(message),
            _ => Err(not_there(&self.to_string()).into()),
        }
    }
}

/// What a message is told that names none.
pub(crate) fn not_there(named: &str) -> Refusal {
    let what = Sentence::NoMessageNamed { named: named.into() };
    Refusal::new(RefusalCode::NotFound, what, Sentence::LookForItsNumber).in_field("id")
}

impl std::fmt::Display for MessageRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seq(seq) => seq.fmt(f),
            Self::Id(FixedBytes(id)) => PostId::from_bytes(*id).fmt(f),
        }
    }
}
