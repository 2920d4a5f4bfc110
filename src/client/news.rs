//! What the client tells whoever waits for it.
//! Not how that is shown.

use super::ClientError;
use crate::store::cache::{CachedMessage, Names};

/// Something to be told.
#[derive(Debug)]
pub enum News {
    /// What is waited for now.
    Stage(Stage),
    /// What a group is: before it is joined, or, where that saves air, as soon as it is.
    Disclosed(Disclosed),
    /// Messages that came while listening.
    Messages {
        /// The messages.
        messages: Vec<CachedMessage>,
        /// What their authors are called.
        names: Names,
    },
    /// It listens from now on.
    Listening,
    /// A look has brought nothing.
    Quiet,
    /// Something went wrong that will be tried again.
    Trouble(ClientError),
    /// It is over.
    Done(Result<Outcome, ClientError>),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// An interface.
    Network,
    /// Somebody who knows the way.
    Way,
    /// The other end of a link.
    Link,
    /// An answer.
    Answer {
        /// How often it was asked for before.
        again: u32,
    },
    /// A proof of what was sent.
    Proof {
        /// How often it was sent before.
        again: u32,
    },
    /// Our own processor.
    Work {
        /// Leading zero bits that are looked for.
        price: u8,
    },
}

/// As a line says it.
impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let times = |f: &mut std::fmt::Formatter<'_>, again: u32| match again {
            0 => Ok(()),
            _ => write!(f, ", attempt {}", again.saturating_add(1)),
        };
        match self {
            Self::Network => f.write_str("waiting for an interface"),
            Self::Way => f.write_str("asking for the way"),
            Self::Link => f.write_str("setting up a link"),
            Self::Answer { again } => f.write_str("waiting for the answer").and_then(|()| times(f, *again)),
            Self::Proof { again } => {
                f.write_str("sent, waiting for the proof").and_then(|()| times(f, *again))
            }
            Self::Work { price } => write!(f, "working for the group, which asks for {price} bits of work"),
        }
    }
}

/// What everybody should know before they join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// What the group is called.
    pub name: String,
    /// How many members it has, if it has told.
    pub members: Option<u32>,
    /// What its readers and keepers can do.
    pub sentences: Vec<String>,
    /// How long messages are kept.
    pub retention: String,
}

/// What came of an errand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A member now, or waiting for approval.
    Joined {
        /// What the group is called.
        name: String,
        /// The member's number.
        number: Option<u32>,
        /// Somebody has to approve it first.
        pending: bool,
        /// What the group says to who has joined.
        greeting: Option<String>,
    },
    /// These are the latest.
    Latest(Vec<CachedMessage>),
    /// These are new, or say something else than before.
    New(Vec<CachedMessage>),
    /// It is in the group.
    Sent {
        /// Under which number; a proof alone does not tell.
        seq: Option<u64>,
        /// Why the group's staff looks at it first.
        held: Option<String>,
    },
    /// It was told to stop.
    Stopped,
}
