//! What the environment asks for.
//! Not checked against the rest of the world: a descriptor may turn out not to exist.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use roost::interface::{CodeSize, Mode};
use roost::rns::destination::full_name;
use roost::rns::hash::DestinationHash;
use roost::rns::ifac::AccessCode;

/// All of it.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) action: Action,
    /// Passes on packets of others.
    pub(crate) transport: bool,
    pub(crate) pipes: Vec<PipeSettings>,
    pub(crate) access: Option<AccessCode>,
    /// Of the destination, if the action has one.
    pub(crate) full_name: String,
    /// Where to write the hash of the destination.
    pub(crate) hash_output: Option<PathBuf>,
}

/// `PIPE_PEER_ACTION`.
#[derive(Debug)]
pub(crate) enum Action {
    /// Tells what it hears.
    Listen,
    /// Announces a destination.
    Announce,
    /// Has a destination that it does not announce, except to those who ask for a path.
    DestinationOnly,
    /// Asks for a path.
    PathRequest(Wanted),
    /// Announces a destination, and sends messages on the channel of every link to it.
    ChannelServe,
}

/// Whose path to ask for.
#[derive(Debug)]
pub(crate) enum Wanted {
    Hash(DestinationHash),
    /// Its hash will stand in a file.
    InFile(PathBuf),
}

/// One interface.
#[derive(Debug)]
pub(crate) struct PipeSettings {
    pub(crate) source: Source,
    pub(crate) mode: Mode,
}

/// Where frames come in and go out.
#[derive(Debug)]
pub(crate) enum Source {
    Standard,
    Inherited { fd_in: u32, fd_out: u32 },
}

impl Settings {
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let aspects = text("PIPE_PEER_ASPECTS").unwrap_or_else(|| "routing".to_owned());
        let aspects: Vec<&str> = aspects.split(',').map(str::trim).collect();
        let app_name = text("PIPE_PEER_APP_NAME").unwrap_or_else(|| "pipetest".to_owned());
        let (network, passphrase) = (text("PIPE_PEER_IFAC_NETNAME"), text("PIPE_PEER_IFAC_PASSPHRASE"));
        Ok(Self {
            action: action()?,
            transport: text("PIPE_PEER_TRANSPORT").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            pipes: pipes()?,
            access: AccessCode::new(network.as_deref(), passphrase.as_deref(), CodeSize::SERIAL),
            full_name: full_name(&app_name, &aspects).context("app name and aspects have no dots")?,
            hash_output: text("PIPE_PEER_HASH_OUTPUT_FILE").map(PathBuf::from),
        })
    }
}

/// A variable that is set, and not to nothing.
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn action() -> anyhow::Result<Action> {
    match text("PIPE_PEER_ACTION").as_deref() {
        None | Some("listen") => Ok(Action::Listen),
        Some("announce") => Ok(Action::Announce),
        Some("destination_only") => Ok(Action::DestinationOnly),
        Some("channel_serve") => Ok(Action::ChannelServe),
        Some("path_request") => wanted().map(Action::PathRequest),
        Some(other) => bail!("PIPE_PEER_ACTION can't be {other}"),
    }
}

fn wanted() -> anyhow::Result<Wanted> {
    if let Some(hex) = text("PIPE_PEER_PATH_REQUEST_DEST") {
        let hash = DestinationHash::from_hex(&hex);
        return hash.map(Wanted::Hash).context("PIPE_PEER_PATH_REQUEST_DEST must be 16 bytes as hex");
    }
    let file = text("PIPE_PEER_PATH_REQUEST_DEST_FILE");
    file.map(|path| Wanted::InFile(path.into()))
        .context("path_request needs PIPE_PEER_PATH_REQUEST_DEST or PIPE_PEER_PATH_REQUEST_DEST_FILE")
}

fn pipes() -> anyhow::Result<Vec<PipeSettings>> {
    let count: usize = text("PIPE_PEER_NUM_IFACES").map_or(Ok(1), |count| count.parse())?;
    if count <= 1 {
        return Ok(vec![PipeSettings { source: Source::Standard, mode: mode("PIPE_PEER_MODE")? }]);
    }
    // Counted from 0 or from 1.
    let pipes: Vec<_> =
        (0..=count).filter_map(|n| inherited(n).transpose()).take(count).collect::<Result<_, _>>()?;
    if pipes.len() < count {
        bail!("PIPE_PEER_NUM_IFACES is {count}, but there are descriptors for {}", pipes.len());
    }
    Ok(pipes)
}

fn inherited(n: usize) -> anyhow::Result<Option<PipeSettings>> {
    let number = |what: &str| -> anyhow::Result<Option<u32>> {
        let name = format!("PIPE_PEER_IFACE_{n}_{what}");
        text(&name).map(|value| value.parse().with_context(|| format!("{name} must be a number"))).transpose()
    };
    let (Some(fd_in), Some(fd_out)) = (number("FD_IN")?, number("FD_OUT")?) else { return Ok(None) };
    let mode = mode(&format!("PIPE_PEER_IFACE_{n}_MODE"))?;
    Ok(Some(PipeSettings { source: Source::Inherited { fd_in, fd_out }, mode }))
}

fn mode(variable: &str) -> anyhow::Result<Mode> {
    match text(variable).as_deref() {
        None => Ok(Mode::Full),
        Some("p2p" | "point_to_point") => Ok(Mode::PointToPoint),
        Some(name) => Mode::from_name(name).ok_or_else(|| anyhow!("{variable} can't be {name}")),
    }
}
