//! The key for questions: from the configuration, or from the directory that the reference's programs use.
//! Not the proof that somebody has it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::shared::RpcKey;
use crate::rns::hash::sha256;

/// What the reference keeps its transport identity in, in its directory: the 64 bytes of a private key.
const IDENTITY: &str = "storage/transport_identity";

/// Where the key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// It was configured.
    Configured(RpcKey),
    /// Whoever can read the reference's directory of this home may ask, which is what its programs expect.
    Home(Option<PathBuf>),
}

impl KeySource {
    /// The configured key, else the one below `home`.
    pub fn new(configured: Option<RpcKey>, home: Option<PathBuf>) -> Self {
        configured.map_or(Self::Home(home), Self::Configured)
    }

    /// The key as it is now: the first of the reference's programs that runs makes it.
    pub(super) fn key(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Configured(key) => Some(Zeroizing::new(key.bytes().to_vec())),
            Self::Home(home) => {
                let identity = read_identity(&directory(Path::new("/etc"), home.as_deref()?).join(IDENTITY))?;
                Some(Zeroizing::new(sha256(&[&*identity]).to_vec()))
            }
        }
    }
}

/// The directory of the reference (page 24 §1).
fn directory(etc: &Path, home: &Path) -> PathBuf {
    let candidates = [etc.join("reticulum"), home.join(".config").join("reticulum")];
    let found = candidates.into_iter().find(|directory| directory.join("config").is_file());
    found.unwrap_or_else(|| home.join(".reticulum"))
}

fn read_identity(path: &Path) -> Option<Zeroizing<[u8; 64]>> {
    let mut bytes = Zeroizing::new([0; 64]);
    let mut file = File::open(path).ok()?;
    file.read_exact(&mut *bytes).ok()?;
    // A longer file is something else.
    (file.read(&mut [0]).ok()? == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn the_directory_is_the_first_that_is_configured() {
        let dir = tempfile::tempdir().unwrap();
        let (etc, home) = (dir.path().join("etc"), dir.path().join("home"));
        assert_eq!(directory(&etc, &home), home.join(".reticulum"));
        write(&home.join(".config/reticulum/config"), b"");
        assert_eq!(directory(&etc, &home), home.join(".config/reticulum"));
        write(&etc.join("reticulum/config"), b"");
        assert_eq!(directory(&etc, &home), etc.join("reticulum"));
    }

    #[test]
    fn the_key_is_the_digest_of_the_identity_and_a_configured_one_is_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let source = KeySource::new(None, Some(dir.path().to_owned()));
        assert_eq!(source.key(), None);
        write(&dir.path().join(".reticulum").join(IDENTITY), &[5; 64]);
        assert_eq!(source.key().unwrap().as_slice(), sha256(&[&[5; 64]]));
        for wrong in [63, 65] {
            write(&dir.path().join(".reticulum").join(IDENTITY), &vec![5; wrong]);
            assert_eq!(source.key(), None, "{wrong}");
        }
        let source = KeySource::new(Some(RpcKey::new(vec![9; 22])), Some(dir.path().to_owned()));
        assert_eq!(source.key().unwrap().as_slice(), [9; 22]);
    }
}
