-- Groups, who is in them, what was said, and the log of events that all of it follows from.
-- "Rule n" is a rule of the table in README.md beside this file.
--
-- Every table is keyed by what the protocol knows (rule 8: gid, identity hash, post id, seq), never by a rowid; no
-- column is filled by a database clock, and none is auto-incremented (rule 13). Times are microseconds since 1970.
-- Enums stand as text, so that a new variant needs no migration.

-- One row for each group on this host. Made by its first event, moved by every later one.
CREATE TABLE groups (
    -- Rule 1: the group's own id, drawn at random. Its identities and destinations are in group_keys.
    gid                 BLOB    NOT NULL PRIMARY KEY CHECK (length(gid) = 16),
    kind                TEXT    NOT NULL,
    mode                TEXT    NOT NULL,
    role                TEXT    NOT NULL,
    -- Rule 2: the head. The term rises on restore, import and takeover.
    -- Rule 13: apply writes only where (gid, term, head_seq, head_hash) are as the caller read them.
    term                INTEGER NOT NULL CHECK (term >= 1),
    head_seq            INTEGER NOT NULL CHECK (head_seq >= 1),
    head_time           INTEGER NOT NULL,
    head_hash           BLOB    NOT NULL CHECK (length(head_hash) = 32),
    created             INTEGER NOT NULL,
    name                TEXT    NOT NULL,
    private_name        TEXT,
    description         TEXT    NOT NULL,
    -- Rule 15: a class for each thing, by name.
    visibility_info     TEXT    NOT NULL,
    visibility_children TEXT    NOT NULL,
    visibility_members  TEXT    NOT NULL,
    visibility_messages TEXT    NOT NULL,
    max_text            INTEGER NOT NULL,
    max_members         INTEGER NOT NULL,
    -- Always the number of rows in group_members; kept here because every visitor asks for it.
    member_count        INTEGER NOT NULL DEFAULT 0,
    -- Rule 8: rises with every event of joining, also with one whose private part is wiped.
    next_member_number  INTEGER NOT NULL DEFAULT 1,
    -- Rule 4: why nothing may be changed; set by an unknown critical event.
    read_only           TEXT
) STRICT, WITHOUT ROWID;

-- The log. Rows are never deleted; only salt and private part are ever taken away.
-- An ordinary table, because messages are longer than what WITHOUT ROWID is good for; its rowid is never read.
CREATE TABLE group_events (
    gid            BLOB    NOT NULL REFERENCES groups (gid) DEFERRABLE INITIALLY DEFERRED,
    seq            INTEGER NOT NULL CHECK (seq >= 1),
    term           INTEGER NOT NULL CHECK (term >= 1),
    -- Rule 3: version, kind, flags, seq, time, post ids. No people, no text, no reasons.
    -- Rule 4: version byte, kind number and critical bit stand first, whatever the version.
    header         BLOB    NOT NULL,
    -- Rule 3: both NULL when wiped. What is left still verifies.
    salt           BLOB    CHECK (length(salt) = 16),
    -- Rule 6: what authors signed stands in here as it was received, and only here: group_messages points to it.
    -- Rule 7: so does the body, plain or opaque.
    private        BLOB,
    private_digest BLOB    NOT NULL CHECK (length(private_digest) = 32),
    -- Rule 3: over the hash before, the header and the digest, as stored. The first one's "hash before" is made of gid.
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (gid, seq),
    CHECK ((salt IS NULL) = (private IS NULL))
) STRICT;

-- Who is in a group now. Who leaves or is banned goes; that they were here, the log knows.
CREATE TABLE group_members (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    -- Rule 8: a person, not a destination.
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    number        INTEGER NOT NULL CHECK (number >= 1),
    nick          TEXT,
    relay         TEXT    NOT NULL,
    joined        INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash),
    UNIQUE (gid, number)
) STRICT, WITHOUT ROWID;

-- Few members want to be sent everything; each message asks who they are.
CREATE INDEX group_members_relaying ON group_members (gid, number) WHERE relay <> 'off';

-- Who is kept out. Rule 11: one row for a person, so that a ban can be applied twice.
CREATE TABLE group_banned_identities (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    reason        TEXT    NOT NULL,
    banned_by     BLOB    CHECK (length(banned_by) = 16),
    since         INTEGER NOT NULL,
    until         INTEGER,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

-- Which events are messages. Title, text, fields, signature and what it signs are read from the event of the same
-- (gid, seq): a hash covers them there, so they stand there once, and wiping them there is enough.
CREATE TABLE group_messages (
    gid         BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    -- Rule 5: the same on every host.
    post_id     BLOB    NOT NULL CHECK (length(post_id) = 16),
    -- Rule 11: two times, two columns; only the host's is in order.
    host_time   INTEGER NOT NULL,
    -- Rule 3: NULL when wiped, as are the salt and private part of the event.
    author      BLOB    CHECK (length(author) = 16),
    author_time INTEGER,
    PRIMARY KEY (gid, seq),
    UNIQUE (gid, post_id),
    FOREIGN KEY (gid, seq) REFERENCES group_events (gid, seq),
    CHECK ((author IS NULL) = (author_time IS NULL))
) STRICT, WITHOUT ROWID;

-- Every head that was ever signed. Rule 2: the key lets a (term, seq) have one hash and no second one.
CREATE TABLE group_heads (
    gid       BLOB    NOT NULL REFERENCES groups (gid),
    term      INTEGER NOT NULL CHECK (term >= 1),
    seq       INTEGER NOT NULL CHECK (seq >= 1),
    time      INTEGER NOT NULL,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    signature BLOB    NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (gid, term, seq)
) STRICT, WITHOUT ROWID;

-- Rule 12: whatever a group signs, decrypts or counts with, by purpose and epoch: none, one or several of each.
-- Deferred, so that a group and its first identity may come in any order within a transaction.
CREATE TABLE group_keys (
    gid     BLOB    NOT NULL REFERENCES groups (gid) DEFERRABLE INITIALLY DEFERRED,
    purpose TEXT    NOT NULL,
    epoch   INTEGER NOT NULL,
    public  BLOB    NOT NULL,
    -- Rule 1: sealed with a key of the host; NULL where the host does not have it.
    sealed  BLOB,
    PRIMARY KEY (gid, purpose, epoch)
) STRICT, WITHOUT ROWID;

-- Rule 6: public keys of authors and members, so that what they signed can be checked for ever.
-- Bounded by the log: a key is kept for people who are in it.
CREATE TABLE identities (
    identity_hash BLOB NOT NULL PRIMARY KEY CHECK (length(identity_hash) = 16),
    public_key    BLOB NOT NULL CHECK (length(public_key) = 64)
) STRICT, WITHOUT ROWID;
