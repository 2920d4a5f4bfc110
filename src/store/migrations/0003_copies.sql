-- Which LXMF message carried a message of the group to a member. A message's hash covers its destination, so the copy of
-- every member has another one: who replies names the hash of their own copy, and what is relayed to somebody must name
-- the hash of theirs.
--
-- Local to this host and no part of the log: replaying the log does not make these rows, and where they are missing
-- replies lose their reference and nothing else. The store keeps them for the latest messages only (src/store/copies.rs
-- says how many), and wiping a message wipes them.
CREATE TABLE group_copies (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    -- The number of the message.
    seq           INTEGER NOT NULL,
    -- Rule 8: a person. The author has a row, too, for what they sent.
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    message_hash  BLOB    NOT NULL CHECK (length(message_hash) = 32),
    -- What became of the copy, by name.
    state         TEXT    NOT NULL,
    PRIMARY KEY (gid, seq, identity_hash),
    -- From a hash that somebody names to the message.
    UNIQUE (gid, message_hash)
) STRICT, WITHOUT ROWID;
