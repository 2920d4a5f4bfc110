//! The pipe interface: a program of the operator's that carries frames over its standard input and output.
//! Wire-compatible with the reference's `PipeInterface`; what the program does with the frames is its own business.

use std::pin::pin;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};
use tracing::{debug, info};

use super::backoff::doubled;
use super::command_line::{self, CommandError};
use super::connection::{self, Lost};
use super::framing::Framing;
use super::hdlc::Decoder;
use super::kind::{Interface, Means, OpenError, Place, Running, Section};
use super::{Attachment, Condition, Direction, Enrolled, Medium, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::interface::{InterfaceId, InterfaceSpec};

/// `PipeInterface.HW_MTU`. Links over it keep to 500 bytes.
pub const PIPE_HW_MTU: usize = 1064;
/// `PipeInterface.BITRATE_GUESS`.
const BITRATE: u64 = 1_000_000;
/// `PipeInterface.respawn_delay`, in seconds.
const RESPAWN_DELAY: f64 = 5.0;
/// Longest `respawn_delay` that makes sense, and the longest wait that failures add up to.
const RESPAWN_MOST: Duration = Duration::from_mins(5);
/// A program that ran so long has worked; when it ends then, the next wait is the first again.
const STOOD: Duration = Duration::from_secs(20);
/// How long the program may take to end by itself after its standard input was closed.
const LINGER: Duration = Duration::from_millis(250);
/// Most bytes of one read.
const READ_SIZE: usize = 4096;

/// The options of a pipe interface.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipeSection {
    /// The program and its arguments, quoted as in a shell.
    pub command: String,
    /// Seconds to wait before it is started again; longer after every failure in a row.
    #[serde(default = "default_respawn_delay")]
    pub respawn_delay: f64,
}

fn default_respawn_delay() -> f64 {
    RESPAWN_DELAY
}

impl FromStr for PipeSection {
    type Err = CommandError;

    /// From the command alone.
    fn from_str(command: &str) -> Result<Self, Self::Err> {
        command_line::split(command)?;
        Ok(Self { command: command.to_owned(), respawn_delay: RESPAWN_DELAY })
    }
}

impl Section for PipeSection {
    const CODE_SIZE: CodeSize = CodeSize::SERIAL;

    fn medium(&self) -> Medium {
        Medium::of_plain_links(BITRATE, PIPE_HW_MTU)
    }

    async fn open(&self, template: Template, _: Means) -> Result<Box<dyn Interface>, OpenError> {
        match Pipe::new(self, template) {
            Ok(pipe) => Ok(Box::new(pipe)),
            Err(error) => Err(OpenError::Section(error.to_string())),
        }
    }
}

/// A pipe that can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PipeError {
    /// The command can't be read.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The wait can't be waited.
    #[error("respawn_delay must be 0.1 to {} seconds", RESPAWN_MOST.as_secs())]
    RespawnDelay,
}

/// A program to keep running.
#[derive(Debug)]
pub struct Pipe {
    template: Template,
    program: String,
    arguments: Vec<String>,
    respawn_delay: Duration,
    /// Starts in a row that came to nothing.
    failures: u32,
}

/// How a run of the program ended.
#[derive(Debug)]
enum Run {
    /// We stop.
    Released,
    /// It ended early, or could not be started.
    Failed,
    /// It ended after it had worked for a while.
    Stood,
}

impl Interface for Pipe {
    /// Without the arguments, which may hold a secret.
    fn place(&self) -> Place {
        Place::Other(self.template.spec(&self.program).name)
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl PipeSection {
    /// The program and its arguments.
    fn words(&self) -> Result<(String, Vec<String>), CommandError> {
        command_line::split(&self.command)
    }

    /// What it runs, without the arguments.
    pub fn program(&self) -> Result<String, CommandError> {
        self.words().map(|(program, _)| program)
    }
}

impl Pipe {
    /// A pipe to the program of `section`, which is started by [`Self::run`].
    pub fn new(section: &PipeSection, template: Template) -> Result<Self, PipeError> {
        let (program, arguments) = section.words()?;
        let respawn_delay = Duration::try_from_secs_f64(section.respawn_delay)
            .ok()
            .filter(|delay| (Duration::from_millis(100)..=RESPAWN_MOST).contains(delay))
            .ok_or(PipeError::RespawnDelay)?;
        Ok(Self { template, program, arguments, respawn_delay, failures: 0 })
    }

    /// Keeps the program running until it is released, and ends it then.
    pub async fn run(mut self, attachment: Attachment) {
        loop {
            let run = match self.spawn() {
                Ok(child) => self.carry(child, &attachment).await,
                Err(error) => {
                    attachment.say(Condition::Retrying(format!("the program does not start: {error}"))).await;
                    Run::Failed
                }
            };
            match run {
                Run::Released => return,
                Run::Failed => self.failures = self.failures.saturating_add(1),
                Run::Stood => self.failures = 0,
            }
            let wait = doubled(self.respawn_delay, self.failures.saturating_sub(1), RESPAWN_MOST);
            debug!(program = %self.program, ?wait, "starting the program again after a wait");
            tokio::select! {
                () = sleep(wait) => {}
                () = attachment.released() => return,
            }
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C in a terminal goes to a whole group; the program is to carry our last packets first.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }

    /// Carries frames until the program ends or we stop.
    async fn carry(&mut self, mut child: Child, attachment: &Attachment) -> Run {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Run::Failed;
        };
        let spec = self.template.spec(&self.program);
        attachment.say(Condition::Up).await;
        info!(program = %self.program, pid = child.id(), "program started");
        let mut carrying = pin!(exchange(&mut child, stdin, stdout, spec, attachment));
        let (outcome, run) = tokio::select! {
            outcome = &mut carrying => (outcome, Run::Failed),
            () = sleep(STOOD) => (carrying.await, Run::Stood),
        };
        match outcome {
            Ok(()) => Run::Released,
            Err(lost) => {
                attachment.say(Condition::Retrying(format!("the program has ended: {lost}"))).await;
                run
            }
        }
    }
}

/// Carries frames, and leaves no process behind.
async fn exchange(
    child: &mut Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    spec: InterfaceSpec,
    attachment: &Attachment,
) -> Result<(), Lost> {
    let max_frame = spec.max_frame();
    let Some(Enrolled { interface, source }) = attachment.enrol(spec, Direction::Outgoing).await else {
        return Ok(());
    };
    let outcome = {
        let mut reading = pin!(read(stdout, interface, max_frame, attachment));
        tokio::select! {
            lost = &mut reading => Err(lost),
            written = connection::write(stdin, Framing::Hdlc, source) => match written {
                // A program that is about to end must not block on an output that nobody reads.
                Ok(()) => {
                    let _ = timeout(LINGER, reading).await;
                    Ok(())
                }
                Err(lost) => Err(lost),
            },
        }
    };
    // It may have ended by itself; then there is only its exit code to collect.
    match timeout(LINGER, child.wait()).await {
        Ok(Ok(status)) => info!(%status, "the program has ended"),
        Ok(Err(_)) | Err(_) => {
            let _ = child.kill().await;
        }
    }
    attachment.leave(interface).await;
    outcome
}

/// Reads until the program closes its output. When the owner of the node is gone, what comes is thrown away.
async fn read(
    mut stdout: ChildStdout,
    interface: InterfaceId,
    max_frame: usize,
    attachment: &Attachment,
) -> Lost {
    let mut decoder = Decoder::new(max_frame);
    let mut chunk = vec![0; READ_SIZE];
    loop {
        match stdout.read(&mut chunk).await {
            Ok(0) => return Lost::PeerClosed,
            Ok(len) => decoder.push(chunk.get(..len).unwrap_or_default()),
            Err(error) => return error.into(),
        }
        attachment.counters().add_discards(decoder.take_discards());
        while let Some(frame) = decoder.next_frame() {
            attachment.deliver(interface, frame).await;
        }
    }
}
