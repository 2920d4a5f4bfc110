//! Messages on paper that were handed in with `roost paper`: files in the data directory, each there until it is settled.
//! Not what stands on them; the router reads that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use tracing::warn;

use super::data_dir;
use crate::lxmf::paper;
use crate::lxmf::propagation::TransientId;
use crate::rns::time::Instant;

/// Between two looks into the directory.
const LOOK: Duration = Duration::from_secs(5);
/// A paper that is not settled after so long is read again: the key of its author was not known, perhaps.
const AGAIN: Duration = Duration::from_secs(600);
/// Most papers that are read in one look; the others have their turn in the next.
const MOST: usize = 32;
/// More letters than a paper has.
const MAX_LETTERS: u64 = 8_192;
/// How their names end.
const EXTENSION: &str = "lxm";

/// The papers.
#[derive(Debug)]
pub(super) struct Papers {
    dir: PathBuf,
    due: Instant,
    /// When those that are not settled were read: no more than there are files.
    read: BTreeMap<TransientId, Instant>,
}

impl Papers {
    /// The first look is due at once: some may have been handed in while nobody was there.
    pub(super) const fn new(dir: PathBuf, now: Instant) -> Self {
        Self { dir, due: now, read: BTreeMap::new() }
    }

    /// When the next look is due.
    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// The papers that are to be read now.
    pub(super) fn look(&mut self, now: Instant) -> Vec<(TransientId, String)> {
        self.due = now.after(LOOK);
        let Ok(files) = fs::read_dir(&self.dir) else { return Vec::new() };
        let (mut found, mut there) = (Vec::new(), BTreeSet::new());
        for path in files.filter_map(|file| Some(file.ok()?.path())) {
            let Some((id, text)) = read(&path) else { continue };
            there.insert(id);
            if self.read.get(&id).is_some_and(|last| last.after(AGAIN) > now) {
                continue;
            }
            if found.len() >= MOST {
                self.due = now.after(Duration::from_secs(1));
                break;
            }
            self.read.insert(id, now);
            found.push((id, text));
        }
        // Who takes a paper away has settled it, too.
        if found.len() < MOST {
            self.read.retain(|id, _| there.contains(id));
        }
        found
    }

    /// A paper has served its purpose.
    pub(super) fn settle(&mut self, id: TransientId) {
        let path = path_of(&self.dir, id);
        if let Err(error) = fs::remove_file(&path) {
            warn!(file = %path.display(), %error, "cannot remove a paper that was read; please do it");
        }
        self.read.remove(&id);
    }
}

/// Hands a paper in to the server that has this data directory, whether it runs or not.
pub fn hand_in(data: &Path, text: &str) -> anyhow::Result<()> {
    let id = paper::id(text)?;
    let dir = data_dir::papers(data);
    data_dir::make_private_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path = path_of(&dir, id);
    data_dir::replace_file(&path, text.trim().as_bytes()).with_context(|| {
        format!("cannot write {}. Run this as the user that runs the server", path.display())
    })
}

fn path_of(dir: &Path, id: TransientId) -> PathBuf {
    dir.join(id.to_string()).with_extension(EXTENSION)
}

/// A paper; other files are left alone.
fn read(path: &Path) -> Option<(TransientId, String)> {
    if path.extension().is_none_or(|extension| extension != EXTENSION) {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_LETTERS).read_to_string(&mut text).ok()?;
    let id = paper::id(&text).ok()?;
    (path.file_stem()? == id.to_string().as_str()).then_some((id, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "lxm://x_pCU7cJDWK6i39_-6PsAJF1xfeEMcaKNAM3wxnM3aGl";

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    #[test]
    fn a_paper_is_read_again_after_a_while_until_it_is_settled() {
        let data = tempfile::tempdir().unwrap();
        let mut papers = Papers::new(data_dir::papers(data.path()), at(0));
        assert!(papers.look(at(0)).is_empty(), "nothing was ever handed in");
        hand_in(data.path(), TEXT).unwrap();
        hand_in(data.path(), &format!(" {TEXT}\n")).unwrap();
        let [(id, text)] = &papers.look(at(15))[..] else { panic!("not one") };
        assert_eq!(text, TEXT);
        assert!(papers.look(at(30)).is_empty());
        assert_eq!(papers.look(at(700)).len(), 1);
        papers.settle(*id);
        assert!(papers.look(at(2_000)).is_empty() && papers.read.is_empty());
    }

    #[test]
    fn what_is_no_paper_is_not_handed_in_and_left_alone_where_it_lies() {
        let data = tempfile::tempdir().unwrap();
        assert!(hand_in(data.path(), "hello").is_err());
        let dir = data_dir::papers(data.path());
        data_dir::make_private_dir(&dir).unwrap();
        fs::write(dir.join("note.txt"), TEXT).unwrap();
        fs::write(dir.join("x.lxm"), TEXT).unwrap();
        fs::write(dir.join("y.lxm"), [0xff; 20_000]).unwrap();
        let mut papers = Papers::new(dir.clone(), at(0));
        assert!(papers.look(at(0)).is_empty());
        assert_eq!(fs::read_dir(dir).unwrap().count(), 3);
    }
}
