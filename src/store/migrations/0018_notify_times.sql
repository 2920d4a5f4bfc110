-- When a member may be told: JSON, whose fields src/group/notify_times.rs names. What is not said is as it comes.
ALTER TABLE group_notify ADD COLUMN times TEXT NOT NULL DEFAULT '{}';
