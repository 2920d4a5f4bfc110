//! The pipe interface: a program of the operator's that carries frames over its standard input and output.
//! Wire-compatible with the reference's `PipeInterface`; what the program does with the frames is its own business.

use std::pin::pin;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tracing::{debug, info};

use super::backoff::{Attempt, Doubling, outlived};
use super::command_line::{self, CommandError};
use super::connection::{self, Lost};
use super::framing::Framing;
use super::kind::{Interface, Means, OpenError, Place, Running, Section};
use super::{Attachment, Condition, Direction, Enrolled, Medium, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::interface::InterfaceSpec;

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
    waits: Doubling,
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
        Ok(Self { template, program, arguments, waits: Doubling::new(respawn_delay, RESPAWN_MOST) })
    }

    /// Keeps the program running until it is released, and ends it then.
    pub async fn run(mut self, attachment: Attachment) {
        loop {
            let attempt = match self.spawn() {
                Ok(child) => match self.carry(child, &attachment).await {
                    Some(attempt) => attempt,
                    None => return,
                },
                Err(error) => {
                    attachment.say(Condition::Retrying(format!("the program does not start: {error}"))).await;
                    Attempt::Failed
                }
            };
            let wait = self.waits.wait_after(attempt);
            debug!(program = %self.program, ?wait, "starting the program again after a wait");
            if !attachment.waits(wait).await {
                return;
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

    /// Carries frames until the program ends; `None` if we are to stop.
    async fn carry(&self, mut child: Child, attachment: &Attachment) -> Option<Attempt> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Some(Attempt::Failed);
        };
        let spec = self.template.spec(&self.program);
        attachment.say(Condition::Up).await;
        info!(program = %self.program, pid = child.id(), "program started");
        match outlived(exchange(&mut child, stdin, stdout, spec, attachment), STOOD).await {
            (Ok(()), _) => None,
            (Err(lost), attempt) => {
                attachment.say(Condition::Retrying(format!("the program has ended: {lost}"))).await;
                Some(attempt)
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
    let decoder = Framing::Hdlc.decoder(spec.max_frame());
    let Some(Enrolled { interface, source }) = attachment.enrol(spec, Direction::Outgoing).await else {
        return Ok(());
    };
    let outcome = {
        let mut reading = pin!(connection::read(stdout, interface, decoder, attachment));
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
