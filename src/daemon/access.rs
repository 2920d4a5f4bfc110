//! The access code of the interfaces on the command line, from a name and a file.
//! Not what an access code is; that is [`crate::rns::ifac`].

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tracing::warn;
use zeroize::Zeroizing;

use crate::interface::{AccessSection, Passphrase};
use crate::rns::ifac::{AccessCode, CodeSize};

/// A passphrase is a line, not a disk.
const MAX_FILE: usize = 4096;

/// Who may take part over the interfaces of the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessOptions {
    /// Name of the network.
    pub network_name: Option<String>,
    /// A file whose only line is the passphrase: a command line is there for everybody on the machine to read.
    pub passphrase_file: Option<PathBuf>,
}

impl AccessOptions {
    /// May everybody take part?
    pub fn is_open(&self) -> bool {
        self.network_name.is_none() && self.passphrase_file.is_none()
    }

    /// The access codes of the network.
    pub(super) fn codes(&self) -> anyhow::Result<Codes> {
        let passphrase = self.passphrase_file.as_deref().map(read_passphrase).transpose()?;
        let section = AccessSection { network_name: self.network_name.clone(), passphrase, ifac_size: None };
        let code =
            |size| section.code(size).context("--network-name and --passphrase-file make no access code");
        Ok(Codes { ip: code(CodeSize::IP)?, serial: code(CodeSize::SERIAL)? })
    }
}

/// The access codes of one network, in the lengths that peers expect; `None` if everybody may take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codes {
    /// On TCP and UDP.
    pub(super) ip: Option<AccessCode>,
    /// On pipes.
    pub(super) serial: Option<AccessCode>,
}

impl Codes {
    /// The one of that length, where kinds of interfaces have these two.
    pub(super) fn of_size(&self, size: CodeSize) -> Option<AccessCode> {
        if size == CodeSize::SERIAL { self.serial.clone() } else { self.ip.clone() }
    }
}

fn read_passphrase(path: &Path) -> anyhow::Result<Passphrase> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot open the passphrase file {name}"))?;
    warn_if_others_may_read(path);
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
    file.take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read the passphrase file {name}"))?;
    ensure!(bytes.len() <= MAX_FILE, "{name} is no passphrase file: it has more than {MAX_FILE} bytes");
    let text = std::str::from_utf8(&bytes)
        .with_context(|| format!("{name} is no passphrase file: it is not text in UTF-8"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    ensure!(!line.is_empty(), "{name} is empty. Write the passphrase into it, as its only line");
    ensure!(!line.contains('\n'), "{name} has more than one line. The passphrase must be its only one");
    Ok(Passphrase::from(line.to_owned()))
}

/// Says so if a file with a passphrase is there for everybody on the machine to read.
#[cfg(unix)]
pub fn warn_if_others_may_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        let file = path.display();
        warn!(%file, "other users of this machine may read the passphrase; `chmod 600` keeps it from them");
    }
}

/// There are no such permissions here.
#[cfg(not(unix))]
pub fn warn_if_others_may_read(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(network_name: Option<&str>, content: &[u8]) -> anyhow::Result<Option<AccessCode>> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("passphrase");
        std::fs::write(&file, content).unwrap();
        let network_name = network_name.map(ToOwned::to_owned);
        AccessOptions { network_name, passphrase_file: Some(file) }.codes().map(|codes| codes.ip)
    }

    #[test]
    fn the_passphrase_is_the_only_line_without_its_end() {
        let expected = AccessCode::new(Some("perch"), Some(" on a branch "), CodeSize::IP);
        for content in [" on a branch ", " on a branch \n", " on a branch \r\n"] {
            assert_eq!(code(Some("perch"), content.as_bytes()).unwrap(), expected, "{content:?}");
        }
    }

    #[test]
    fn a_file_that_holds_no_passphrase_is_refused_and_never_leaves_the_door_open() {
        for content in
            [&b""[..], b"\n", b"\r\n", b"one\ntwo\n", b"\xff\xfe", &[b'a'; MAX_FILE + 1], b"None\n"]
        {
            assert!(code(Some("perch"), content).is_err(), "{content:?}");
        }
        let missing = Some(PathBuf::from("/nonexistent/passphrase"));
        let error = AccessOptions { network_name: None, passphrase_file: missing }.codes().unwrap_err();
        assert!(error.to_string().contains("/nonexistent/passphrase"), "{error}");
        let empty = AccessOptions { network_name: Some(String::new()), passphrase_file: None };
        assert!(empty.codes().is_err());
    }

    #[test]
    fn without_options_everybody_may_take_part() {
        assert!(AccessOptions::default().is_open());
        assert_eq!(AccessOptions::default().codes().unwrap(), Codes { ip: None, serial: None });
    }
}
