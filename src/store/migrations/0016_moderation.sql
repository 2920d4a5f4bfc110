-- Whom a ban was on when they were a member, so that lists can say more than a hash. NULL where they were none.
ALTER TABLE group_banned_identities ADD COLUMN member_number INTEGER;
ALTER TABLE group_banned_identities ADD COLUMN nick TEXT;

-- Who may read and not write. On the person: it stays when they leave and come again.
CREATE TABLE group_mutes (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    reason        TEXT    NOT NULL,
    muted_by      BLOB    CHECK (length(muted_by) = 16),
    -- Microseconds since 1970.
    since         INTEGER NOT NULL,
    until         INTEGER,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;

-- Posts that wait for somebody to look at them. What they say is read from the event, as with messages.
CREATE TABLE group_held (
    gid     BLOB    NOT NULL,
    seq     INTEGER NOT NULL,
    -- Rule 5: the id that it will be published under. It stays when the post is dropped, so that nobody brings it again.
    post_id BLOB    NOT NULL CHECK (length(post_id) = 16),
    -- Rule 3: NULL when dropped, and wiped.
    author  BLOB    CHECK (length(author) = 16),
    PRIMARY KEY (gid, seq),
    UNIQUE (gid, post_id),
    FOREIGN KEY (gid, seq) REFERENCES group_events (gid, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_held_author ON group_held (gid, author, seq) WHERE author IS NOT NULL;
