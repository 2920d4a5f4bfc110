-- Who wants to be told that there is something new. Most don't, so they have no row. A row goes when its member does.
CREATE TABLE group_notify (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    mode          TEXT    NOT NULL,
    way           TEXT    NOT NULL,
    -- The destination that is pinged, where that is the way.
    ping          BLOB    CHECK (length(ping) = 16),
    -- The event by which it was chosen: what is older is nobody's news.
    since         INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

-- What they were told. This host's own, and no part of the log: where a row is gone, somebody is told once too often.
CREATE TABLE group_notices (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- The last message that they were told of.
    told          INTEGER NOT NULL,
    -- Not to be told again before this.
    due           INTEGER NOT NULL,
    -- Messages since then that name them, and the last of these.
    mentions      INTEGER NOT NULL,
    mentioned     INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;
