//! The data directory: its lock, the identity file, and where the database is.
//! Not the database itself; that is the store's.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::rns::identity::Identity;
use crate::rns::random::Random;

const LOCK_FILE: &str = "lock";
pub(super) const IDENTITY_FILE: &str = "identity";
/// A half-written file never stands under its final name.
const DRAFT: &str = "new";
pub(super) const DATABASE_FILE: &str = "roost.db";
pub(super) const NETWORK_FILE: &str = "network";
pub(super) const AIR_FILE: &str = "airtime";
const PAPERS_DIR: &str = "papers";
const DESK_SOCKET: &str = "desk";

/// What is wrong with the data directory, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process has it.
    #[error(
        "another Roost{} is already running on {}. Stop it first, or give this one a directory of its own with \
         --data DIR",
        holder(*pid),
        dir.display()
    )]
    Held {
        /// The directory.
        dir: PathBuf,
        /// Who has it, if it says so.
        pid: Option<u32>,
    },
    /// There is something else in its place.
    #[error("{} is a file, not a directory. Choose a directory with --data DIR", .0.display())]
    NotADirectory(PathBuf),
    /// The file system says no.
    #[error(
        "cannot {action} {}. Check that you may read and write there, or choose another directory with --data DIR",
        path.display()
    )]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The identity file hasn't 64 bytes.
    #[error(
        "{} holds {found} bytes, but an identity has 64. Put back a copy of the right file; without one, move the \
         whole directory away: the next start then makes a new group, with new addresses",
        path.display()
    )]
    IdentityDamaged {
        /// The file.
        path: PathBuf,
        /// Its length, or 65 if it is longer.
        found: usize,
    },
    /// There is a database, but not the identity that its keys are sealed with.
    #[error(
        "{} is missing, and the database beside it cannot be read without. Put back a copy of it; without one, move \
         the whole directory away: the next start then makes a new group, with new addresses",
        .0.display()
    )]
    IdentityMissing(PathBuf),
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// An open data directory. Nobody else has it while this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// The system frees the lock when the file is closed, also after a crash.
    _lock: File,
}

impl DataDir {
    /// Opens the directory, making it with mode 0700 where there is none, and takes its lock.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        if !path.is_dir() {
            if path.exists() {
                return Err(DataDirError::NotADirectory(path.to_owned()));
            }
            private_dirs().create(path).map_err(failed("make the directory", path))?;
        }
        let lock_path = path.join(LOCK_FILE);
        let mut lock = private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirError::Held { dir: path.to_owned(), pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &lock_path)(source)),
        }
        write_pid(&mut lock).map_err(failed("write", &lock_path))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }

    /// Where it is kept what was heard of the network.
    pub fn network(&self) -> PathBuf {
        self.path.join(NETWORK_FILE)
    }

    /// Where it is kept what radios have sent.
    pub fn airtime(&self) -> PathBuf {
        self.path.join(AIR_FILE)
    }

    /// Where papers are handed in.
    pub fn papers(&self) -> PathBuf {
        papers(&self.path)
    }

    /// Where commands of the operator are taken.
    pub fn desk(&self) -> PathBuf {
        desk(&self.path)
    }

    /// The identity of this server; drawn from `random` and kept on the first start.
    pub fn identity(&self, random: &mut Random) -> Result<Identity, DataDirError> {
        let path = self.path.join(IDENTITY_FILE);
        match read_identity(&path) {
            Err(DataDirError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                // An empty database was never written: a first start that was cut off leaves one.
                if fs::metadata(self.database()).is_ok_and(|database| database.len() > 0) {
                    return Err(DataDirError::IdentityMissing(path));
                }
                let identity = Identity::generate(random);
                write_identity(&path, &identity)?;
                Ok(identity)
            }
            outcome => outcome,
        }
    }
}

/// Where papers are handed in to the server that has, or will have, this directory.
pub(super) fn papers(dir: &Path) -> PathBuf {
    dir.join(PAPERS_DIR)
}

/// Where the server that has this directory takes commands.
pub(super) fn desk(dir: &Path) -> PathBuf {
    dir.join(DESK_SOCKET)
}

/// Makes a directory that only its owner may look into, if it is not there.
pub(super) fn make_private_dir(path: &Path) -> std::io::Result<()> {
    private_dirs().create(path)
}

/// Keeps an identity in a file that only its owner may read: X25519 private ‖ Ed25519 seed, nothing else, the
/// reference's own format.
pub fn write_identity(path: &Path, identity: &Identity) -> Result<(), DataDirError> {
    replace_file(path, &*identity.private_bytes()).map_err(failed("write", path))
}

/// The identity of a file that [`write_identity`] or the reference has written.
pub fn read_identity(path: &Path) -> Result<Identity, DataDirError> {
    let file = File::open(path).map_err(failed("read", path))?;
    warn_if_others_can_read(&file, path);
    let mut bytes = Zeroizing::new(Vec::with_capacity(65));
    file.take(65).read_to_end(&mut bytes).map_err(failed("read", path))?;
    match bytes.as_slice().try_into() {
        Ok(private) => Ok(Identity::from_private_bytes(private)),
        Err(_) => Err(DataDirError::IdentityDamaged { path: path.to_owned(), found: bytes.len() }),
    }
}

/// The process that has the directory; `None` if nobody has.
pub(super) fn holder_of(dir: &Path) -> Result<Option<u32>, DataDirError> {
    let path = dir.join(LOCK_FILE);
    let mut lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open", &path)(error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(read_pid(&mut lock)),
        Err(TryLockError::Error(source)) => Err(failed("lock", &path)(source)),
    }
}

/// Writes a file whole and with mode 0600 under another name, then renames it: a crash leaves no half file.
pub(super) fn replace_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = path.with_added_extension(DRAFT);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = private_file().write(true).create_new(true).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(lock: &mut File) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> DataDirError {
    let path = path.to_owned();
    move |source| DataDirError::Io { action, path, source }
}

/// Makes directories that only their owner may enter.
fn private_dirs() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Opens files that only their owner may read, from the moment they exist.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A renamed file is only safe from a power cut when its directory is written too.
fn sync_dir(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn warn_if_others_can_read(file: &File, path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = file.metadata()
        && std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0
    {
        let path = path.display();
        tracing::warn!(%path, "other users can read the identity file; run: chmod 600 on it");
    }
    #[cfg(not(unix))]
    let _ = (file, path);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u8) -> Random {
        Random::from_seed([seed; 32])
    }

    #[test]
    fn the_identity_of_the_first_start_is_the_identity_of_every_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/roost");
        let first = DataDir::open(&path).unwrap().identity(&mut random(1)).unwrap();
        let second = DataDir::open(&path).unwrap().identity(&mut random(2)).unwrap();
        assert_eq!(first.hash(), second.hash());
        assert_eq!(fs::read(path.join("identity")).unwrap(), *first.private_bytes());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_enter_the_directory_or_read_the_identity() {
        use std::os::unix::fs::MetadataExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("roost");
        let data = DataDir::open(&path).unwrap();
        data.identity(&mut random(1)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("identity")), 0o600);
        assert_eq!(mode(&path.join("lock")), 0o600);
    }

    #[test]
    fn an_identity_of_the_wrong_length_is_refused_and_left_as_it_is() {
        for wrong in [0, 63, 65, 500] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("identity");
            fs::write(&path, vec![7; wrong]).unwrap();
            let error = DataDir::open(dir.path()).unwrap().identity(&mut random(1)).unwrap_err();
            assert!(matches!(error, DataDirError::IdentityDamaged { found, .. } if found == wrong.min(65)));
            assert!(error.to_string().contains("64"), "{error}");
            assert_eq!(fs::read(&path).unwrap().len(), wrong);
        }
    }

    #[test]
    fn a_half_written_draft_of_a_crashed_start_does_not_stand_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("identity.new"), [1; 10]).unwrap();
        DataDir::open(dir.path()).unwrap().identity(&mut random(1)).unwrap();
        assert!(!dir.path().join("identity.new").exists());
    }

    #[test]
    fn a_second_opener_learns_who_holds_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let held = DataDir::open(dir.path()).unwrap();
        let error = DataDir::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(held);
        DataDir::open(dir.path()).unwrap();
    }

    #[test]
    fn a_directory_that_is_a_file_is_refused_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "x").unwrap();
        let error = DataDir::open(&path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains("not a directory"), "{error}");
    }

    #[test]
    fn a_database_whose_identity_is_gone_gets_no_new_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("roost.db"), "pages").unwrap();
        let error = DataDir::open(dir.path()).unwrap().identity(&mut random(1)).unwrap_err();
        assert!(matches!(error, DataDirError::IdentityMissing(_)));
        assert!(!dir.path().join("identity").exists());
    }
}
