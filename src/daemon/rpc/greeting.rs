//! How two ends of a control connection show each other that they have the same key, and how their messages are framed.
//! The protocol is that of Python's `multiprocessing.connection`; not what is asked and answered.

use std::io::{self, ErrorKind};

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::interface::{SharedReader, SharedWriter};
use crate::rns::random::Random;

const CHALLENGE: &[u8] = b"#CHALLENGE#";
const WELCOME: &[u8] = b"#WELCOME#";
const FAILURE: &[u8] = b"#FAILURE#";
/// What stands before a challenge and its answer from Python 3.12 on.
const SHA256: &[u8] = b"{sha256}";
/// Most bytes of a message before both have shown the key.
const MOST_BEFORE: usize = 256;
/// Length of a challenge of Python up to 3.11, which says nothing of how to answer: with MD5.
const OLD_CHALLENGE: usize = 20;

/// A connection whose other end has the key.
#[derive(Debug)]
pub(super) struct Trusted(Messages);

impl Trusted {
    /// Lets in who has `key`, and shows that we have it.
    pub(super) async fn greet(
        reader: SharedReader,
        writer: SharedWriter,
        key: &[u8],
        random: &mut Random,
    ) -> io::Result<Self> {
        let mut messages = Messages { reader, writer };
        let challenge = [SHA256, &random.bytes::<40>()].concat();
        messages.send(&[CHALLENGE, &challenge].concat()).await?;
        if !is_answer(key, &challenge, &messages.receive(MOST_BEFORE).await?) {
            messages.send(FAILURE).await?;
            return Err(ErrorKind::PermissionDenied.into());
        }
        messages.send(WELCOME).await?;
        let theirs = messages.receive(MOST_BEFORE).await?;
        let answer = theirs.strip_prefix(CHALLENGE).and_then(|challenge| answer_to(key, challenge));
        messages.send(&answer.ok_or(ErrorKind::InvalidData)?).await?;
        if messages.receive(MOST_BEFORE).await? != WELCOME {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(Self(messages))
    }

    /// A message of at most so many bytes.
    pub(super) async fn receive(&mut self, most: usize) -> io::Result<Vec<u8>> {
        self.0.receive(most).await
    }

    /// A message back.
    pub(super) async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.0.send(message).await
    }
}

/// Messages, each with its length in four bytes before it.
struct Messages {
    reader: SharedReader,
    writer: SharedWriter,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl Messages {
    async fn receive(&mut self, most: usize) -> io::Result<Vec<u8>> {
        // A longer one would begin with a negative length, which is more than any limit when read without a sign.
        let length = usize::try_from(self.reader.read_u32().await?).unwrap_or(usize::MAX);
        if length > most {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut message = vec![0; length];
        self.reader.read_exact(&mut message).await?;
        Ok(message)
    }

    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let length = i32::try_from(message.len()).map_err(|_| ErrorKind::InvalidData)?;
        self.writer.write_all(&[&length.to_be_bytes()[..], message].concat()).await?;
        self.writer.flush().await
    }
}

/// Is that what only who has the key says to our challenge? Python up to 3.11 takes the mark in it for a part of it,
/// and answers with MD5.
fn is_answer(key: &[u8], challenge: &[u8], answer: &[u8]) -> bool {
    match answer.strip_prefix(SHA256) {
        Some(code) => mac::<Hmac<Sha256>>(key, challenge).is_some_and(|mac| mac.verify_slice(code).is_ok()),
        None => mac::<Hmac<Md5>>(key, challenge).is_some_and(|mac| mac.verify_slice(answer).is_ok()),
    }
}

/// What we say to a challenge; `None` if it wants something that we don't know.
fn answer_to(key: &[u8], challenge: &[u8]) -> Option<Vec<u8>> {
    if challenge.len() == OLD_CHALLENGE {
        return Some(mac::<Hmac<Md5>>(key, challenge)?.finalize().into_bytes().to_vec());
    }
    challenge.starts_with(SHA256).then_some(())?;
    let code = mac::<Hmac<Sha256>>(key, challenge)?.finalize().into_bytes();
    Some([SHA256, &code].concat())
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Option<M> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 and RFC 4231, test case 2.
    const KEY: &[u8] = b"Jefe";
    const TEXT: &[u8] = b"what do ya want for nothing?";

    #[test]
    fn both_codes_are_those_of_their_standards() {
        let md5 = hex::decode("750c783e6ab0b503eaa86e310a5db738").unwrap();
        assert!(is_answer(KEY, TEXT, &md5));
        let sha256 = hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap();
        assert!(is_answer(KEY, TEXT, &[SHA256, &sha256].concat()));
        assert!(!is_answer(b"Jeff", TEXT, &md5) && !is_answer(b"Jeff", TEXT, &[SHA256, &sha256].concat()));
        for short in [&b""[..], SHA256, &md5[..15], &sha256] {
            assert!(!is_answer(KEY, TEXT, short));
        }
    }

    #[test]
    fn a_challenge_is_answered_in_the_way_of_its_python() {
        let old = answer_to(KEY, &[7; OLD_CHALLENGE]).unwrap();
        assert_eq!(old.len(), 16);
        let new = [SHA256, &[7; 40]].concat();
        assert!(is_answer(KEY, &new, &answer_to(KEY, &new).unwrap()));
        assert_eq!(answer_to(KEY, b"{sha3_384}0123456789012345678901234567890123456789"), None);
        assert_eq!(answer_to(KEY, b""), None);
    }
}
