//! Errors sorted by whose fault they are: the peer's bytes, or our own caller.

use std::collections::BTreeMap;

/// Why bytes from the network were dropped. Counted per reason, never fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum DropReason {
    /// A field is missing.
    #[error("truncated")]
    Truncated,
    /// Larger than the interface or the kind of packet allows.
    #[error("too large")]
    TooLarge,
    /// The access code flag does not fit the interface.
    #[error("access code flag on an open interface")]
    AccessCode,
    /// A frame without the access code that the interface asks for.
    #[error("no access code on a protected interface")]
    NoAccessCode,
    /// An access code made with another network name, passphrase or size.
    #[error("wrong access code")]
    WrongAccessCode,
    /// Hops on the wire at or over [`crate::rns::packet::MAX_HOPS`].
    #[error("too many hops")]
    TooManyHops,
    /// No payload.
    #[error("empty payload")]
    EmptyPayload,
    /// Seen before.
    #[error("duplicate")]
    Duplicate,
    /// Addressed to another transport node, or travelled further than its kind may.
    #[error("not for this node")]
    NotForUs,
    /// No destination or link of that address here.
    #[error("unknown address")]
    UnknownAddress,
    /// A field has a value or length that the protocol doesn't know.
    #[error("malformed")]
    Malformed,
    /// MessagePack that can't be read or has the wrong shape.
    #[error("malformed messagepack")]
    MalformedMsgpack,
    /// A signature or proof does not verify.
    #[error("bad signature")]
    BadSignature,
    /// A message whose author's key did not become known in time.
    #[error("author's key unknown")]
    KeyUnknown,
    /// No key of ours decrypts it.
    #[error("cannot be decrypted")]
    Undecryptable,
    /// Perhaps an old ratchet decrypts it, but that interface has had too many of these lately.
    #[error("too many packets that need an old ratchet")]
    SearchBudget,
    /// A stamp that would be work to check, of an author who has sent too many lately.
    #[error("too many stamps to check")]
    StampBudget,
    /// An announce whose hash does not follow from its key and name.
    #[error("destination hash mismatch")]
    DestinationMismatch,
    /// An announce for a known destination with another public key.
    #[error("public key changed")]
    KeyChanged,
    /// An announce that is not newer than what is known.
    #[error("stale announce")]
    Stale,
    /// An announce of ours that came back.
    #[error("own announce")]
    OwnAnnounce,
    /// A link packet that came in on another interface than the link's.
    #[error("wrong interface for this link")]
    WrongInterface,
    /// A link packet that made another number of hops than the link has.
    #[error("wrong number of hops for this link")]
    WrongHops,
    /// A packet to pass on, to where no path is known.
    #[error("no path")]
    NoPath,
    /// A link mode that is not offered (page 05 §1).
    #[error("unsupported link mode")]
    UnsupportedMode,
    /// Not allowed in the state that the link or Resource is in.
    #[error("out of order")]
    OutOfOrder,
    /// A request path that nobody registered.
    #[error("unknown request path")]
    UnknownPath,
    /// From a link, or by packets of an interface, that have brought too much that was no good. It is not looked at.
    #[error("too much that was no good")]
    TooMuchBad,
    /// An author has sent too many messages in a short time.
    #[error("too many messages of one author")]
    AuthorBudget,
    /// A table is full and the newcomer loses.
    #[error("table full")]
    TableFull,
    /// It waited for the air of a radio for longer than it was of use, or too much waited there already.
    #[error("no air for it in time")]
    NoAir,
    /// A proof for which no receipt waits.
    #[error("unexpected proof")]
    UnexpectedProof,
    /// A feature that this node does not serve.
    #[error("not served here")]
    NotServed,
}

/// How often each [`DropReason`] occurred.
#[derive(Debug, Clone, Default)]
pub struct DropCounts(BTreeMap<DropReason, u64>);

impl DropCounts {
    /// Counts one drop.
    pub fn add(&mut self, reason: DropReason) {
        let count = self.0.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// How often `reason` occurred.
    pub fn get(&self, reason: DropReason) -> u64 {
        self.0.get(&reason).copied().unwrap_or(0)
    }

    /// All reasons that occurred, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> {
        self.0.iter().map(|(reason, count)| (*reason, *count))
    }
}

/// Our own caller asked for something that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MisuseError {
    /// No announce of that destination was heard, so its key is unknown.
    #[error("the destination's key is not known; request a path first")]
    UnknownDestination,
    /// The destination is not registered here.
    #[error("not a destination of this node")]
    NotOurs,
    /// No such link, or it is closed or not yet active.
    #[error("no such active link")]
    NoLink,
    /// No channel is open on that link.
    #[error("no open channel on that link")]
    NoChannel,
    /// Message types from 0xf000 on are the protocol's.
    #[error("message types from 0xf000 on are reserved")]
    ReservedType,
    /// A stream id has 14 bits.
    #[error("stream id {0} is above 16383")]
    StreamId(u16),
    /// No such Resource on that link, or it is over.
    #[error("no such resource on its way")]
    NoResource,
    /// No such interface.
    #[error("no such interface")]
    NoInterface,
    /// More bytes than fit in one packet there.
    #[error("{size} bytes do not fit: {limit} at most")]
    TooLarge {
        /// What was given.
        size: usize,
        /// What fits.
        limit: usize,
    },
    /// A packet needs something in it.
    #[error("nothing to send")]
    Empty,
    /// Only the initiator of a link can do this.
    #[error("only the initiator of a link identifies itself")]
    NotInitiator,
    /// A table of ours is full; try again later.
    #[error("too many of these at once")]
    Full,
}
