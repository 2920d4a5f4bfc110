-- What is still to be sent to people: answers, notices, and copies of messages for members who asked to be sent all.
-- Written in the transaction that causes it, and gone when it has ended: delivered, refused, too old, or unwanted.
--
-- Local to this host and no part of the log: replaying the log makes no row here. Bounded in src/store/outbox.rs.

-- What they say. One row for each message, however many people it is for.
-- An ordinary table, because messages are longer than what WITHOUT ROWID is good for; its rowid is never read.
CREATE TABLE outbox_bodies (
    gid     BLOB    NOT NULL REFERENCES groups (gid),
    -- Microseconds since 1970, or one more than the number before: later messages have higher ones.
    number  INTEGER NOT NULL,
    -- The message of the group that it carries; NULL for answers and notices.
    seq     INTEGER,
    -- The four elements of an LXMF message, as they are signed. The same bytes give the same message hash again, so
    -- whoever gets a message twice, because a crash took the note of its first delivery, can tell.
    payload BLOB    NOT NULL,
    PRIMARY KEY (gid, number)
) STRICT;

-- What carries a message that is wiped goes with it.
CREATE INDEX outbox_bodies_seq ON outbox_bodies (gid, seq) WHERE seq IS NOT NULL;

-- Who each is for, in the order of sending. The message's hash follows from sender, recipient and payload.
-- No foreign keys: they would be looked up for each of the thousands of members that one message may go to.
CREATE TABLE outbox_copies (
    gid           BLOB    NOT NULL CHECK (length(gid) = 16),
    -- Rule 8: a person. Their delivery destination follows from it.
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- 0 answer, 1 notice, 2 copy of a message. A number, because they are sent in this order.
    priority      INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash, priority, number)
) STRICT, WITHOUT ROWID;

-- The oldest, which expire first and make room first; and whether a body is still wanted.
CREATE INDEX outbox_copies_age ON outbox_copies (priority, number);

-- When to try whom. Somebody who could not be reached stays for a while after the last copy for them.
CREATE TABLE outbox_recipients (
    gid           BLOB    NOT NULL CHECK (length(gid) = 16),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- How many copies wait for them; kept here because each new one asks.
    copies        INTEGER NOT NULL,
    -- The lowest of those copies.
    priority      INTEGER NOT NULL,
    -- Microseconds since 1970; NULL while a copy is on its way, for its end says what is next.
    due           INTEGER,
    -- Rounds in a row that found them out of reach.
    failures      INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_recipients_due ON outbox_recipients (priority, due) WHERE due IS NOT NULL;

-- One row: what the bounds are about, and the last number that was given.
CREATE TABLE outbox_totals (
    one    INTEGER NOT NULL CHECK (one = 1),
    copies INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (one)
) STRICT, WITHOUT ROWID;

INSERT INTO outbox_totals (one, copies, bytes, last) VALUES (1, 0, 0, 0);
