//! What a person sends the client for.
//! Not how it is done.

/// What is to be done in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Become a member.
    Join(JoinWish),
    /// Bring the latest messages.
    Fetch {
        /// How many.
        limit: u32,
        /// Whether to ask who unknown authors are, also where that costs air.
        names: bool,
    },
    /// Bring what has changed.
    Sync {
        /// Since when.
        from: Since,
        /// Whether to ask who unknown authors are, also where that costs air.
        names: bool,
    },
    /// Say something.
    Send {
        /// What.
        text: String,
    },
    /// Stay, and bring what is new when the group says so.
    Listen(ListenWish),
}

/// Since when changes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The last time, or joining.
    LastTime,
    /// Ever.
    TheBeginning,
}

/// How somebody wants to join.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinWish {
    /// What they want to be called.
    pub nick: Option<String>,
    /// The code of an invite.
    pub code: Option<String>,
    /// What they say to whoever approves.
    pub text: Option<String>,
}

/// How somebody wants to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenWish {
    /// What they want to be told of: `mentions`, `all` or `digest`.
    pub notify: String,
    /// Minutes after which to look without being told; never if there are none.
    pub every: Option<u32>,
}
