-- A notice that still waits to be sent makes room for the next, which says all of it.
-- The number of the last notice in the outbox, where it was one there.
ALTER TABLE group_notices ADD COLUMN notice INTEGER;
-- What its recipient knew of before it.
ALTER TABLE group_notices ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
