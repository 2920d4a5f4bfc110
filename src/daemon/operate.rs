//! Carrying out a command of the command line: by the server that runs on a data directory, or, where none runs, on its
//! database. Not the command itself; both do the same.

use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::clock::{Clock, draw_seed};
use super::data_dir::{self, DataDir};
use super::desk::{DeskAnswer, DeskCommand};
use crate::rns::random::Random;
use crate::server::{Effect, Input};

/// Carries out a command in the groups of this data directory.
pub fn operate(data: &Path, command: DeskCommand) -> anyhow::Result<DeskAnswer> {
    match data_dir::holder_of(data)? {
        Some(pid) => ask(data, pid, &command),
        None => by_ourselves(data, command),
    }
}

/// Nobody else has the directory, so the server's own code runs here, for one command.
fn by_ourselves(data: &Path, command: DeskCommand) -> anyhow::Result<DeskAnswer> {
    ensure!(
        data.join(data_dir::DATABASE_FILE).exists(),
        "there is no Roost in {}. Start it once with roost run, or say where it is with --data DIR",
        data.display()
    );
    let data = DataDir::open(data)?;
    let clock = Clock::start();
    let host = data.identity(&mut Random::from_seed(draw_seed()?))?;
    let mut server = super::open_server(&data, &host, clock, None)?;
    let mut inputs = vec![Input::Command(command.with_ticket(0))];
    while !inputs.is_empty() {
        inputs = server.handle_inputs(clock.now(), inputs);
    }
    // What is to be sent waits in the outbox for the next start.
    while let Some(effect) = server.poll_effect() {
        if let Effect::Answer(answer) = effect {
            return Ok(answer.into());
        }
    }
    bail!("the server had no answer; its log says why")
}

#[cfg(unix)]
fn ask(data: &Path, pid: u32, command: &DeskCommand) -> anyhow::Result<DeskAnswer> {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;

    let unreachable = || {
        format!(
            "a Roost runs on {} (process {pid}), but takes no commands there. Run this as the user that runs it, or \
             stop it first",
            data.display()
        )
    };
    let mut stream = UnixStream::connect(data_dir::desk(data)).with_context(unreachable)?;
    let patience = super::desk::PATIENCE.saturating_add(std::time::Duration::from_secs(5));
    stream.set_read_timeout(Some(patience))?;
    let mut line = serde_json::to_vec(command)?;
    line.push(b'\n');
    stream.write_all(&line).with_context(unreachable)?;
    let mut answer = String::new();
    let most = u64::try_from(super::desk::MOST_ANSWER).unwrap_or(u64::MAX);
    BufReader::new(stream.take(most)).read_line(&mut answer).context("the server did not answer")?;
    serde_json::from_str(&answer).context("the server did not answer. Its log may say why")
}

/// There are no such sockets here.
#[cfg(not(unix))]
fn ask(_: &Path, pid: u32, _: &DeskCommand) -> anyhow::Result<DeskAnswer> {
    bail!("a Roost runs there (process {pid}), and on this system it can't be asked. Stop it first")
}
