//! `roost join`, `fetch`, `sync`, `send`, `listen` and `read`: what a member does on a machine of their own.
//! Not the doing, and not the server's side of anything.

mod group;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use self::group::chosen;
use self::show::Screen;
use super::config::data_or;
use super::run::{InterfaceArgs, interfaces, peer};
use super::words::spoken;
use crate::client::{
    ClientError, DestinationHash, Errand, GroupAddress, JoinWish, ListenWish, Outcome, Since,
};
use crate::config::{Config, LogLevel};
use crate::daemon::{self, AccessOptions, HostPort, Member, MemberReport, PipeSection, Progress, UdpSection};

/// What the configuration of a member is called in their data directory.
const CONFIG_FILE: &str = "client.toml";

/// What a member does.
#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Become a member of a group, on this machine: makes an identity the first time, shows what the group tells
    /// newcomers, and does the work that the group may ask for.
    Join {
        /// The group's address, or an invite link (roost://…)
        group: String,
        /// What you want to be called
        #[arg(long, value_name = "NAME")]
        nick: Option<String>,
        /// The code of an invite
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
        /// What to say to whoever approves, where that is needed
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        #[command(flatten)]
        options: MemberOptions,
    },
    /// Show the latest messages of a group you are a member of.
    Fetch {
        /// The group, by its name or address [default: the one that was used last]
        group: Option<String>,
        /// How many messages
        #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        number: u32,
        #[command(flatten)]
        names: NamesArgs,
        #[command(flatten)]
        options: MemberOptions,
    },
    /// Bring all that has changed since the last time, edits and deletions too, and show what is new.
    Sync {
        /// The group, by its name or address [default: the one that was used last]
        group: Option<String>,
        /// From the group's beginning, not only since you joined
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        names: NamesArgs,
        #[command(flatten)]
        options: MemberOptions,
    },
    /// Say something in a group. Ends well only when the group has stored it; the same text again after a failure is
    /// the same message, not a second one.
    Send {
        /// What to say. A group's address may stand before it
        #[arg(required = true)]
        text: Vec<String>,
        /// The group, by its name or address [default: the one that was used last]
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        #[command(flatten)]
        options: MemberOptions,
    },
    /// Stay, and show what is new when the group says that there is something; Ctrl-C ends it.
    Listen {
        /// The group, by its name or address [default: the one that was used last]
        group: Option<String>,
        /// What to be told of
        #[arg(long, value_name = "WHAT", default_value = "all")]
        notify: Notify,
        /// Look every so many minutes, also without being told
        #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        every: Option<u32>,
        #[command(flatten)]
        options: MemberOptions,
    },
    /// Show messages that were fetched before. Uses no network.
    Read {
        /// The group, by its name or address [default: the one that was used last]
        group: Option<String>,
        /// How many messages
        #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20)]
        number: u32,
        #[command(flatten)]
        kept: KeptArgs,
    },
}

/// What a listener is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Notify {
    /// Messages that name you or answer you
    Mentions,
    /// All messages, some minutes' worth at a time
    All,
    /// All messages, a day's worth at a time
    Digest,
}

impl Notify {
    const fn name(self) -> &'static str {
        match self {
            Self::Mentions => "mentions",
            Self::All => "all",
            Self::Digest => "digest",
        }
    }
}

/// Names of others.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct NamesArgs {
    /// Ask who the authors are also over a slow network, where each list of members costs a packet or more
    #[arg(long)]
    names: bool,
}

/// Where things are kept, and how they are shown.
#[derive(Debug, Clone, Args)]
pub(super) struct KeptArgs {
    /// Directory of your identity and of what was fetched [default: $XDG_DATA_HOME/roost-client, else
    /// ~/.local/share/roost-client]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Print lines of JSON
    #[arg(long)]
    json: bool,
}

/// How to reach the network.
#[derive(Debug, Clone, Args)]
pub(super) struct MemberOptions {
    #[command(flatten)]
    kept: KeptArgs,

    /// Configuration file with interfaces, as the server's [default: client.toml in the data directory, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Reach the network by a TCP connection to this Reticulum node; may be given several times. Without this, the
    /// others below and interfaces in the configuration: through a Reticulum daemon that runs on this machine, else over
    /// the local network
    #[arg(long, value_name = "HOST:PORT", value_parser = peer)]
    connect: Vec<HostPort>,

    /// Exchange packets over UDP, as `roost run` does
    #[arg(long, value_name = "LISTEN,FORWARD")]
    udp: Vec<UdpSection>,

    /// Run a program that carries frames, as `roost run` does
    #[arg(long, value_name = "COMMAND")]
    pipe: Vec<PipeSection>,

    /// Find Reticulum nodes on the local networks of this machine
    #[arg(long)]
    auto: bool,

    /// Name of the closed network that these belong to
    #[arg(long, value_name = "NAME")]
    network_name: Option<String>,

    /// File whose only line is the passphrase of that network
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Name of the shared instance to use [default: default]
    #[arg(long, value_name = "NAME")]
    instance_name: Option<String>,
}

/// What one command is to do, as it is typed.
enum Wish {
    Join(String, JoinWish),
    Other(Option<String>, Errand),
}

pub(super) fn run(command: MemberCommand) -> anyhow::Result<ExitCode> {
    let (wish, options) = match command {
        MemberCommand::Read { group, number, kept } => return read(group.as_deref(), number, &kept),
        MemberCommand::Join { group, nick, code, text, options } => {
            (Wish::Join(group, JoinWish { nick, code, text }), options)
        }
        MemberCommand::Fetch { group, number, names, options } => {
            (Wish::Other(group, Errand::Fetch { limit: number, names: names.names }), options)
        }
        MemberCommand::Sync { group, all, names, options } => {
            let from = if all { Since::TheBeginning } else { Since::LastTime };
            (Wish::Other(group, Errand::Sync { from, names: names.names }), options)
        }
        MemberCommand::Send { mut text, mut group, options } => {
            let first = text.first().filter(|_| group.is_none() && text.len() > 1);
            if first.is_some_and(|first| GroupAddress::parse(first).is_some()) {
                group = Some(text.remove(0));
            }
            (Wish::Other(group, Errand::Send { text: text.join(" ") }), options)
        }
        MemberCommand::Listen { group, notify, every, options } => {
            let wish = ListenWish { notify: notify.name().to_owned(), every };
            (Wish::Other(group, Errand::Listen(wish)), options)
        }
    };
    carry_out(wish, options)
}

fn carry_out(wish: Wish, options: MemberOptions) -> anyhow::Result<ExitCode> {
    let data = options.kept.data()?;
    let json = options.kept.json;
    let (group, errand) = match wish {
        Wish::Join(text, wish) => {
            let address = GroupAddress::parse(&text).with_context(|| {
                format!(
                    "{text:?} is no address of a group. It has 32 hexadecimal digits, and the group's server prints it \
                     when it starts; an invite link will do, too"
                )
            })?;
            let code = wish.code.clone().or(address.code);
            (address.group, Errand::Join(JoinWish { code, ..wish }))
        }
        Wish::Other(name, errand) => (chosen(&daemon::known_groups(&data)?, name.as_deref())?, errand),
    };
    let config = options.read_config(&data)?;
    super::log_to_stderr(Some(config.log.unwrap_or(LogLevel::Error)));
    let member = options.member(data, config, group, errand);
    let mut screen = Screen::new(json, member.group);
    let report = daemon::run_member(member, |progress| match progress {
        Progress::News(news) => screen.show_news(news),
        Progress::Waited(stage, time) => screen.show_waiting(stage, time),
    })?;
    finish(&mut screen, report)
}

/// Shows what came of it.
fn finish(screen: &mut Screen, report: MemberReport) -> anyhow::Result<ExitCode> {
    let MemberReport { outcome, sent, received, interfaces, cache } = report;
    match outcome {
        Ok(Outcome::Stopped) => screen.clear(),
        Ok(outcome) => screen.show_outcome(&outcome, &cache, (sent, received))?,
        Err(error) => {
            screen.clear();
            let about_network = matches!(
                error,
                ClientError::NoInterface
                    | ClientError::NoPath(_)
                    | ClientError::NoLink
                    | ClientError::NoAnswer
            );
            if about_network && !interfaces.is_empty() {
                bail!("{error}. Interfaces: {}", interfaces.join("; "));
            }
            return Err(error.into());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was fetched before.
fn read(name: Option<&str>, number: u32, kept: &KeptArgs) -> anyhow::Result<ExitCode> {
    let data = kept.data()?;
    let group = chosen(&daemon::known_groups(&data)?, name)?;
    let cache = daemon::open_cache(&data)?;
    let messages = cache.latest(group, number)?;
    let mut screen = Screen::new(kept.json, group);
    screen.show_messages(&messages, &cache)?;
    if messages.is_empty() && !kept.json {
        bail!("nothing was fetched yet. roost sync or roost fetch bring something");
    }
    Ok(ExitCode::SUCCESS)
}

impl KeptArgs {
    fn data(&self) -> anyhow::Result<PathBuf> {
        let default = || daemon::default_member_dir(|name| std::env::var_os(name).map(PathBuf::from));
        data_or(self.data.clone(), default)
    }
}

impl MemberOptions {
    fn read_config(&self, data: &std::path::Path) -> anyhow::Result<Config> {
        let default = data.join(CONFIG_FILE);
        match &self.config {
            Some(file) => Ok(Config::read(file)?),
            None if default.exists() => Ok(Config::read(&default)?),
            None => Ok(Config::default()),
        }
    }

    fn member(self, data: PathBuf, config: Config, group: DestinationHash, errand: Errand) -> Member {
        let typed = InterfaceArgs {
            listen: Vec::new(),
            connect: self.connect,
            udp: self.udp,
            pipe: self.pipe,
            auto: self.auto,
        };
        let interfaces = interfaces(&config, typed);
        let mut shared = config.shared;
        shared.name = self.instance_name.or(shared.name);
        let access = AccessOptions { network_name: self.network_name, passphrase_file: self.passphrase_file };
        let speaks = Some(spoken(|name| std::env::var(name).ok())).filter(|language| language == "de");
        Member { data, interfaces, shared, access, group, errand, speaks }
    }
}
