-- What a member keeps on their own machine. Everything but `posts` can be fetched again.

CREATE TABLE groups (
    destination BLOB NOT NULL PRIMARY KEY,  -- its meshchat.group
    gid BLOB NOT NULL,
    delivery BLOB NOT NULL,                 -- its lxmf.delivery
    name TEXT NOT NULL,
    used INTEGER NOT NULL,                  -- when it was named last, in microseconds since 1970
    cursor BLOB                             -- how far it was synced: what the server gave, packed; NULL before the first time
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    destination BLOB NOT NULL REFERENCES groups (destination) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    author BLOB,                            -- identity hash, or
    member INTEGER,                         -- number in the group, whichever was told
    time INTEGER,                           -- by the author's clock, in seconds since 1970
    edited INTEGER,
    recipient BLOB,                         -- of a message to one member: in either way, too
    recipient_member INTEGER,
    reply_to INTEGER,
    title TEXT,
    text TEXT NOT NULL,
    attached INTEGER NOT NULL,              -- how many things that were left out
    cut INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    reactions TEXT NOT NULL,                -- JSON, pairs of what and how many
    PRIMARY KEY (destination, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    destination BLOB NOT NULL REFERENCES groups (destination) ON DELETE CASCADE,
    member INTEGER NOT NULL,
    identity BLOB NOT NULL,
    nick TEXT,
    PRIMARY KEY (destination, member)
) STRICT, WITHOUT ROWID;

-- Posts that nobody has confirmed. Sent again, they are the same posts.
CREATE TABLE posts (
    destination BLOB NOT NULL REFERENCES groups (destination) ON DELETE CASCADE,
    text TEXT NOT NULL,
    packed BLOB NOT NULL,                   -- the signed LXMF message
    PRIMARY KEY (destination, text)
) STRICT, WITHOUT ROWID;
