-- Tickets: whoever has one sends without the work of a stamp. Those that the group has given, and those that it was given.
--
-- Local to this host and no part of the log: replaying the log makes no row here, and where one is missing somebody has
-- to work for a message. In clear, because the messages that carry them are: here in the log and in the outbox, and
-- wherever else they are kept.
CREATE TABLE group_tickets (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    -- Rule 8: the person who has it, or gave it. Their delivery destination follows from it.
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- Who gave it, by name: the group or the person.
    giver         TEXT    NOT NULL,
    -- Microseconds since 1970. A new one ends later than those before.
    expires       INTEGER NOT NULL,
    ticket        BLOB    NOT NULL CHECK (length(ticket) = 16),
    -- When the group last put it into a message.
    given         INTEGER,
    PRIMARY KEY (gid, identity_hash, giver, expires)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_tickets_expires ON group_tickets (expires);
