//! What a propagation node wants of whoever keeps its entries, and what it is told.
//! Not how they are kept: that is the store's.

use super::entry::{StampedEntry, TransientId};
use super::get::GetRequest;
use crate::lxmf::message::MessageHash;
use crate::rns::event::ProofToken;
use crate::rns::hash::{DestinationHash, LinkId, RequestId};

/// Something to do for whoever keeps the entries, durably.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreTask {
    /// The node starts: these are its peers, and the others are not any more.
    Start {
        /// Their `lxmf.propagation`.
        peers: Vec<DestinationHash>,
        /// What may be kept.
        quota: Quota,
    },
    /// A client asks. Its answer goes to the request.
    Get {
        /// On this link.
        link: LinkId,
        /// This request.
        request_id: RequestId,
        /// Whose entries it may see: its own.
        recipient: DestinationHash,
        /// What it asks for.
        request: GetRequest,
        /// Most bytes of an answer, whatever the client says.
        most: u64,
    },
    /// A peer asks which of its entries are wanted. The answer goes to the request.
    Offered {
        /// On this link.
        link: LinkId,
        /// This request.
        request_id: RequestId,
        /// What the peer has.
        ids: Vec<TransientId>,
        /// Who.
        peer: DestinationHash,
    },
    /// Entries to keep, whose stamps are good.
    Deposit(Deposit),
    /// A message of ours to keep for its recipient.
    KeepOwn {
        /// The message.
        hash: MessageHash,
        /// What it is encrypted into.
        entry: StampedEntry,
    },
    /// What is there that a peer was not given yet?
    Prepare {
        /// Which peer.
        peer: DestinationHash,
        /// What it takes.
        terms: OfferTerms,
    },
    /// A peer wants these.
    Load {
        /// Which peer.
        peer: DestinationHash,
        /// What it wants.
        ids: Vec<TransientId>,
    },
    /// A peer has these.
    Handled {
        /// Which peer.
        peer: DestinationHash,
        /// What it has.
        ids: Vec<TransientId>,
    },
    /// An entry for one of our own groups was delivered, or never can be.
    Forget {
        /// Which.
        id: TransientId,
    },
    /// An hour has passed: what is too old goes.
    Expire,
}

impl StoreTask {
    /// The link that it came in on.
    pub fn link(&self) -> Option<LinkId> {
        match self {
            Self::Get { link, .. } | Self::Offered { link, .. } => Some(*link),
            Self::Deposit(deposit) => match deposit.proof.as_ref()? {
                ProofToken::LinkPacket { link, .. } | ProofToken::Resource { link, .. } => Some(*link),
                ProofToken::Packet { .. } => None,
            },
            Self::Start { .. }
            | Self::KeepOwn { .. }
            | Self::Prepare { .. }
            | Self::Load { .. }
            | Self::Handled { .. }
            | Self::Forget { .. }
            | Self::Expire => None,
        }
    }
}

/// What may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of entries, their stamps included.
    pub bytes: u64,
    /// Number of entries.
    pub entries: u64,
}

/// What a peer takes of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferTerms {
    /// Least value of a stamp.
    pub least_value: u8,
    /// Most bytes of an entry.
    pub message_limit: u64,
    /// Most bytes of all.
    pub sync_limit: u64,
}

/// Entries that came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// Each with the value of its stamp.
    pub entries: Vec<(StampedEntry, u16)>,
    /// To prove their delivery, when they are kept.
    pub proof: Option<ProofToken>,
    /// The peer that has them already, if one sent them.
    pub from: Option<DestinationHash>,
}

/// What whoever keeps the entries tells the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreNews {
    /// There is something for peers that they have not been given.
    Waiting {
        /// Not for this one: it came from there.
        except: Option<DestinationHash>,
    },
    /// The answer to [`StoreTask::Prepare`].
    Prepared {
        /// Which peer.
        peer: DestinationHash,
        /// What to offer; may be nothing.
        ids: Vec<TransientId>,
    },
    /// The answer to [`StoreTask::Load`].
    Loaded {
        /// Which peer.
        peer: DestinationHash,
        /// The entries with their stamps; some may be gone.
        entries: Vec<Vec<u8>>,
    },
    /// The answer to [`StoreTask::KeepOwn`].
    KeptOwn {
        /// The message.
        hash: MessageHash,
        /// Whether it is kept.
        outcome: KeptOwn,
    },
    /// An entry for one of our own groups, to be delivered here.
    Local {
        /// Which.
        id: TransientId,
        /// The entry without its stamp.
        entry: Vec<u8>,
    },
}

/// What has become of a message of ours that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOwn {
    /// Its recipient will find it.
    Kept,
    /// It is too large.
    NoRoom,
}
