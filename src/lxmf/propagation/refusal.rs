//! The numbers with which a propagation node says no, as answers to requests and in packets.
//! Not why it does.

use std::fmt;

use rmpv::Value;

use crate::rns::msgpack;

/// Why a propagation node refuses (`LXMPeer.ERROR_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeRefusal {
    /// `ERROR_NO_IDENTITY`: whoever asks must identify first.
    NoIdentity,
    /// `ERROR_NO_ACCESS`: not for this identity.
    NoAccess,
    /// `ERROR_INVALID_KEY`: the peering key is worth too little.
    InvalidKey,
    /// `ERROR_INVALID_DATA`: the request can't be read.
    InvalidData,
    /// `ERROR_INVALID_STAMP`: a propagation stamp is worth too little.
    InvalidStamp,
    /// `ERROR_THROTTLED`: not now.
    Throttled,
    /// `ERROR_NOT_FOUND`: there is no such thing.
    NotFound,
    /// `ERROR_TIMEOUT`: the reference uses it inside itself only.
    Timeout,
}

impl NodeRefusal {
    const ALL: [Self; 8] = [
        Self::NoIdentity,
        Self::NoAccess,
        Self::InvalidKey,
        Self::InvalidData,
        Self::InvalidStamp,
        Self::Throttled,
        Self::NotFound,
        Self::Timeout,
    ];

    /// Its number.
    pub const fn code(self) -> u8 {
        match self {
            Self::NoIdentity => 0xf0,
            Self::NoAccess => 0xf1,
            Self::InvalidKey => 0xf3,
            Self::InvalidData => 0xf4,
            Self::InvalidStamp => 0xf5,
            Self::Throttled => 0xf6,
            Self::NotFound => 0xfd,
            Self::Timeout => 0xfe,
        }
    }

    /// What an answer says, if it is one of these numbers.
    pub fn of(answer: &Value) -> Option<Self> {
        let code = answer.as_u64()?;
        Self::ALL.into_iter().find(|refusal| u64::from(refusal.code()) == code)
    }

    /// As the answer to a request.
    pub fn answer(self) -> Vec<u8> {
        msgpack::encode(&Value::from(self.code()))
    }

    /// As a packet on a link: an array of one.
    pub fn signal(self) -> Vec<u8> {
        msgpack::encode(&Value::Array(vec![Value::from(self.code())]))
    }

    /// What a packet on a link says, if it is such a signal.
    pub fn of_signal(packet: &[u8]) -> Option<Self> {
        match msgpack::decode(packet) {
            Ok(Value::Array(elements)) => elements.first().and_then(Self::of),
            _ => None,
        }
    }
}

impl fmt::Display for NodeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoIdentity => "it wants to know who asks",
            Self::NoAccess => "it does not serve us",
            Self::InvalidKey => "the peering key is worth too little",
            Self::InvalidData => "it can't read what was asked",
            Self::InvalidStamp => "the stamp is worth too little",
            Self::Throttled => "not now",
            Self::NotFound => "it has no such thing",
            Self::Timeout => "it took too long",
        })
    }
}
