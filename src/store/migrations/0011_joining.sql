-- People who come in: who waits for approval, who was approved before they asked, and invites.

CREATE TABLE group_applicants (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    nick          TEXT,
    text          TEXT    NOT NULL,
    -- The event by which they first asked, and when that was. Other words don't change it.
    asked         INTEGER NOT NULL,
    since         INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

-- Who has waited longest comes first, and makes room first.
CREATE INDEX group_applicants_asked ON group_applicants (gid, asked);

CREATE TABLE group_preapproved (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    approved_by   BLOB    CHECK (length(approved_by) = 16),
    since         INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_invites (
    gid     BLOB    NOT NULL REFERENCES groups (gid),
    -- The number of the event that made it.
    made    INTEGER NOT NULL,
    -- A hash of the code; the code itself is nowhere.
    id      BLOB    NOT NULL CHECK (length(id) = 16),
    made_by BLOB    CHECK (length(made_by) = 16),
    uses    INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    until   INTEGER,
    PRIMARY KEY (gid, made),
    UNIQUE (gid, id)
) STRICT, WITHOUT ROWID;

-- When members were last heard of, so that a group may let idle ones go. Written now and then and no part of the log:
-- where a row is missing, nothing is known and nobody is let go. A row goes when its member does.
CREATE TABLE group_visits (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    seen          INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

-- Whoever was not seen for longest.
CREATE INDEX group_visits_seen ON group_visits (gid, seen);
