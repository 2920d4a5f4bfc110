-- Entries of propagation nodes whose messages are stored, so that a restart does not fetch them again.
--
-- Local to this host and no part of the log: replaying the log makes no row here, and where one is missing an entry is
-- fetched once more and found to be there already. Only the latest are kept (src/store/collected.rs says how many).
CREATE TABLE collected_entries (
    -- In the order in which they were stored; the store gives the numbers.
    number       INTEGER NOT NULL,
    -- What propagation nodes call the entry.
    transient_id BLOB    NOT NULL UNIQUE CHECK (length(transient_id) = 32),
    PRIMARY KEY (number)
) STRICT, WITHOUT ROWID;
