-- Which events are reactions, and to what. What they say is read from the event, as with messages.
CREATE TABLE group_reactions (
    gid     BLOB    NOT NULL,
    seq     INTEGER NOT NULL,
    -- Rule 5: a reaction has an id as a post has, and a repeat is known by it.
    post_id BLOB    NOT NULL CHECK (length(post_id) = 16),
    target  BLOB    NOT NULL CHECK (length(target) = 16),
    -- Rule 3: NULL when wiped.
    author  BLOB    CHECK (length(author) = 16),
    PRIMARY KEY (gid, seq),
    UNIQUE (gid, post_id),
    FOREIGN KEY (gid, seq) REFERENCES group_events (gid, seq)
) STRICT, WITHOUT ROWID;
