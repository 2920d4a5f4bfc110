//! The file that keeps for the next start what radios have sent within the hour: a restart brings no new budget.
//! Not the counting; the node does that.

use std::path::PathBuf;
use std::time::Duration;

use super::kept_file::{KeptFile, Kind};
use crate::rns::Node;
use crate::rns::snapshot::AirRecord;
use crate::rns::time::{Instant, Now};

/// Between two writings, if something was sent. Whoever is killed forgets no more than this.
const INTERVAL: Duration = Duration::from_mins(1);
/// A few kilobytes for each radio.
const KIND: Kind =
    Kind { magic: b"roostair\x01", most_bytes: 1 << 20, what: "what the radios have sent in the last hour" };

/// Writes the file when something was sent.
#[derive(Debug)]
pub(super) struct AirFile {
    file: KeptFile<Vec<AirRecord>>,
    due: Instant,
    /// Frames that had been sent when it was written.
    frames: u64,
}

impl AirFile {
    /// The file at `path`, and what it holds.
    pub(super) fn open(path: PathBuf, now: Instant) -> (Self, Vec<AirRecord>) {
        let (file, records) = KeptFile::open(path, &KIND);
        (Self { file, due: now.after(INTERVAL), frames: 0 }, records)
    }

    /// When to look.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// Starts to write, if something was sent since the last time.
    pub(super) fn look(&mut self, now: Now, node: &Node) {
        self.due = now.instant.after(INTERVAL);
        let frames = node.aired_frames();
        if frames != self.frames && !self.file.is_busy() {
            self.frames = frames;
            self.file.write_soon(node.air_records(now));
        }
    }

    /// Writes for the last time, if something was sent.
    pub(super) async fn finish(mut self, frames: u64, records: Vec<AirRecord>) {
        self.file.settle().await;
        if frames != self.frames {
            self.file.finish(records).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::time::UnixTime;

    fn records() -> Vec<AirRecord> {
        let spent = vec![(UnixTime::from_micros(1_700_000_000_000_000), 1_435_000)];
        vec![AirRecord { interface: "RNode on the roof".to_owned(), spent }]
    }

    fn finish(file: AirFile, frames: u64, records: Vec<AirRecord>) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(file.finish(frames, records));
    }

    #[test]
    fn what_was_sent_is_known_at_the_next_start_and_stays_there_if_nothing_more_is_sent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("air");
        let (file, nothing) = AirFile::open(path.clone(), Instant::ZERO);
        assert_eq!((nothing, file.due()), (Vec::new(), Instant::ZERO.after(INTERVAL)));
        finish(file, 1, records());
        let (file, back) = AirFile::open(path.clone(), Instant::ZERO);
        assert_eq!(back, records());
        finish(file, 0, Vec::new());
        assert_eq!(AirFile::open(path, Instant::ZERO).1, records());
    }
}
