//! The operator's desk: a socket in the data directory that takes the words of the command line, one at a time.
//! Not what they do: that is the same as in chat, and decided by the server.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::group::Language;
use crate::server::{OperatorAnswer, OperatorCommand, OperatorOutcome};

/// Most commands at once; further ones wait.
const MOST_AT_ONCE: usize = 8;
/// Commands that wait for the node's task.
const QUEUE: usize = 8;
/// For all of one command.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Most bytes of a command.
const MOST_COMMAND: usize = 64 << 10;
/// Most bytes of an answer.
pub(super) const MOST_ANSWER: usize = 8 << 20;
/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A command on its way to the server: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskCommand {
    /// In which group.
    pub group: Option<String>,
    /// The word.
    pub word: String,
    /// What stands behind it.
    pub arguments: String,
    /// The language to answer in, by its short name.
    pub lang: String,
}

/// The answer: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskAnswer {
    /// Was it done?
    pub ok: bool,
    /// What came of it, or why it was refused and what to do.
    pub text: String,
}

impl DeskCommand {
    /// As the server takes it.
    pub(super) fn with_ticket(self, ticket: u64) -> OperatorCommand {
        let language = Language::from_name(&self.lang).unwrap_or(Language::English);
        let Self { group, word, arguments, .. } = self;
        OperatorCommand { ticket, group, word, arguments, language }
    }
}

impl From<OperatorAnswer> for DeskAnswer {
    fn from(answer: OperatorAnswer) -> Self {
        Self { ok: answer.outcome == OperatorOutcome::Done, text: answer.text }
    }
}

/// A command that waits for its answer.
#[derive(Debug)]
struct Asked {
    command: DeskCommand,
    answer: oneshot::Sender<DeskAnswer>,
}

/// The end at which commands go in.
type Asking = mpsc::Sender<Asked>;

/// The end at which they come out, and are answered. By default there is no socket.
#[derive(Debug, Default)]
pub(super) struct Desk {
    commands: Option<mpsc::Receiver<Asked>>,
    /// Who waits, by ticket: no more than connections at once.
    waiting: BTreeMap<u64, oneshot::Sender<DeskAnswer>>,
    tickets: u64,
}

impl Desk {
    fn new() -> (Asking, Self) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (sender, Self { commands: Some(receiver), ..Self::default() })
    }

    /// Waits for a command, for ever if none can come.
    pub(super) async fn next(&mut self) -> OperatorCommand {
        let asked = match &mut self.commands {
            Some(commands) => commands.recv().await,
            None => None,
        };
        let Some(Asked { command, answer }) = asked else { return std::future::pending().await };
        self.waiting.retain(|_, waiting| !waiting.is_closed());
        self.tickets = self.tickets.wrapping_add(1);
        self.waiting.insert(self.tickets, answer);
        command.with_ticket(self.tickets)
    }

    /// Hands an answer to who waits for it.
    pub(super) fn answer(&mut self, answer: OperatorAnswer) {
        if let Some(waiting) = self.waiting.remove(&answer.ticket) {
            // Who has gone is told nothing.
            let _ = waiting.send(answer.into());
        }
    }

    /// The server has too much to do for this one.
    pub(super) fn turn_away(&mut self, ticket: u64) {
        let text = "The server has too much to do just now. Try again in a moment.".to_owned();
        self.answer(OperatorAnswer { ticket, outcome: OperatorOutcome::Refused, text });
    }
}

/// Opens the desk, and serves who comes. Without such sockets, nobody does.
pub(super) fn open(path: &Path) -> Desk {
    #[cfg(unix)]
    if let Some(listener) = listen(path) {
        let (asking, desk) = Desk::new();
        tokio::spawn(serve(listener, asking));
        return desk;
    }
    #[cfg(not(unix))]
    let _ = path;
    Desk::default()
}

/// A socket that only its owner may use, in place of one that a server left behind.
#[cfg(unix)]
fn listen(path: &Path) -> Option<tokio::net::UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            warn!(socket = %path.display(), %error, "cannot remove what an earlier server left behind");
            return None;
        }
        Ok(()) | Err(_) => {}
    }
    let opened = tokio::net::UnixListener::bind(path).and_then(|listener| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    });
    match opened {
        Ok(listener) => Some(listener),
        // A path that is too long for a socket is the usual reason.
        Err(error) => {
            warn!(socket = %path.display(), %error, "commands of the command line are not taken while this runs");
            None
        }
    }
}

/// Serves who connects, until nobody answers any more.
#[cfg(unix)]
async fn serve(listener: tokio::net::UnixListener, asking: Asking) {
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = asking.closed() => return,
        };
        let (stream, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "cannot take a command; trying again in a second");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let asking = asking.clone();
        tokio::spawn(async move {
            match timeout(PATIENCE, converse(stream, &asking)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "a command was not answered"),
                Err(_) => debug!("a command was not answered: it took too long"),
            }
            drop(place);
        });
    }
}

/// One command, one answer.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, asking: &Asking) -> io::Result<()> {
    let line = read_line(&mut stream, MOST_COMMAND).await?;
    let command = serde_json::from_slice(&line).map_err(io::Error::other)?;
    let (answer, answered) = oneshot::channel();
    asking.send(Asked { command, answer }).await.map_err(io::Error::other)?;
    let answer = answered.await.map_err(io::Error::other)?;
    let mut line = serde_json::to_vec(&answer).map_err(io::Error::other)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.shutdown().await
}

/// Reads up to a line break that must come within `most` bytes.
async fn read_line<S: AsyncRead + Unpin>(stream: &mut S, most: usize) -> io::Result<Vec<u8>> {
    let (mut line, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        line.extend(piece.iter().take(read));
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            return Ok(line);
        }
        if line.len() > most {
            return Err(io::Error::other("a command is too long"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> DeskCommand {
        DeskCommand { group: None, word: "info".into(), arguments: String::new(), lang: "de".into() }
    }

    async fn talk(said: &[u8], asking: Asking) -> io::Result<Vec<u8>> {
        let (mut ours, theirs) = tokio::io::duplex(1 << 20);
        let served = tokio::spawn(async move { converse(theirs, &asking).await });
        ours.write_all(said).await?;
        let mut answer = Vec::new();
        ours.read_to_end(&mut answer).await?;
        served.await.expect("it does not panic")?;
        Ok(answer)
    }

    #[tokio::test]
    async fn a_command_is_answered_by_its_ticket() {
        let (asking, mut desk) = Desk::new();
        let mut line = serde_json::to_vec(&command()).unwrap();
        line.push(b'\n');
        let asked = tokio::spawn(async move { talk(&line, asking).await });
        let taken = desk.next().await;
        assert_eq!((taken.word.as_str(), taken.language), ("info", Language::German));
        let answer = |ticket| OperatorAnswer { ticket, outcome: OperatorOutcome::Done, text: "Roost".into() };
        desk.answer(answer(taken.ticket + 1));
        desk.answer(answer(taken.ticket));
        let answer: DeskAnswer = serde_json::from_slice(&asked.await.unwrap().unwrap()).unwrap();
        assert_eq!(answer, DeskAnswer { ok: true, text: "Roost".into() });
        assert!(desk.waiting.is_empty());
    }

    #[tokio::test]
    async fn what_is_no_command_or_has_no_end_is_not_passed_on() {
        for said in [&b"hello\n"[..], &b"{}\n"[..], &vec![b'x'; MOST_COMMAND + 4097]] {
            let (asking, _desk) = Desk::new();
            assert!(talk(said, asking).await.is_err());
        }
    }
}
