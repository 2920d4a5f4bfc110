//! `--config` and `--data`, and the commands `roost config check` and `roost config import`.
//! Not what a configuration may say; that is `config`'s.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::run::{self, InterfaceArgs};
use super::{access, print};
use crate::config::groups::GroupsSection;
use crate::config::import::{self, Imported};
use crate::config::interfaces::{InterfaceSection, State};
use crate::config::{self, Config, ConfigError};
use crate::daemon;

/// Exit code of an import that left something out.
const LEFT_OUT: u8 = 2;

/// Where to find what was configured.
#[derive(Debug, Clone, Args)]
pub(super) struct ConfigArgs {
    /// Directory of the identity and the database; made if it is not there [default: $XDG_DATA_HOME/roost, else
    /// ~/.local/share/roost]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,

    /// Configuration file [default: server.toml in the data directory, if there is one]. What the command line says
    /// comes on top of it
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

/// A configuration, and where it came from.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Nothing where there is no file: then all is as without one.
    pub(super) file: Option<PathBuf>,
    pub(super) config: Config,
    pub(super) data: PathBuf,
}

impl ConfigArgs {
    /// Reads the file, if there is one.
    pub(super) fn load(self) -> anyhow::Result<Loaded> {
        let default = || daemon::default_data_dir(|name| std::env::var_os(name).map(PathBuf::from));
        let (file, config) = match (&self.config, &self.data) {
            (Some(file), _) => (Some(file.clone()), Config::read(file)?),
            (None, Some(data)) => read_if_there(data)?,
            (None, None) => {
                default().map_or_else(|| Ok((None, Config::default())), |data| read_if_there(&data))?
            }
        };
        let data = data_or(self.data.or_else(|| config.data.clone()), default)?;
        Ok(Loaded { file, config, data })
    }
}

/// The directory that was named, else the default.
pub(super) fn data_or(
    data: Option<PathBuf>,
    default: impl FnOnce() -> Option<PathBuf>,
) -> anyhow::Result<PathBuf> {
    data.or_else(default)
        .context("HOME is not set, so there is no place for the data. Say where with --data DIR")
}

fn read_if_there(data: &Path) -> Result<(Option<PathBuf>, Config), ConfigError> {
    let path = data.join(config::FILE_NAME);
    match Config::read(&path) {
        Ok(config) => Ok((Some(path), config)),
        Err(ConfigError::Unreadable { source, .. })
            if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            Ok((None, Config::default()))
        }
        Err(error) => Err(error),
    }
}

/// Commands about the configuration file.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Say what `roost run` would start, or all that is wrong with the configuration. Starts nothing
    Check(ConfigArgs),
    /// Read a configuration of the Reticulum daemon and print the server.toml that comes closest. What Roost can't do
    /// is printed as a comment, and then the exit code is 2
    Import {
        /// Usually ~/.reticulum/config
        file: PathBuf,
    },
}

pub(super) fn run(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check(args) => {
            print(&check(&args.load()?)?)?;
            Ok(ExitCode::SUCCESS)
        }
        ConfigCommand::Import { file } => {
            let Imported { text, left_out } = import::import(&config::text_of(&file)?);
            print(&text)?;
            if left_out == 0 {
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("roost: left out: {left_out}. The comments in the text say what and why");
            Ok(ExitCode::from(LEFT_OUT))
        }
    }
}

/// What would be started.
fn check(loaded: &Loaded) -> anyhow::Result<String> {
    let mut text = match &loaded.file {
        Some(file) => format!("{} is right.\n\n", file.display()),
        None => "There is no configuration file, so this is the default.\n\n".to_owned(),
    };
    text += &format!("  Data             {}\n", loaded.data.display());
    if let Some(log) = loaded.config.log {
        text += &format!("  Log              {}\n", log.name());
    }
    if loaded.config.enable_transport == Some(true) {
        text += "  Transport        on: passes on packets of others\n";
    }
    if let Some(name) = &loaded.config.group_name {
        text += &format!("  Group            \"{name}\", unless it was made already\n");
    }
    if loaded.config.groups != GroupsSection::default() {
        text += &format!("  Groups           {}\n", loaded.config.groups);
    }
    if let Some(node) = &loaded.config.lxmf.propagation_node {
        text += &format!("  Propagation      {node}\n");
    }
    if let Some(stamps) = &loaded.config.lxmf.stamps {
        text += &format!("  Stamps           {stamps}\n");
    }
    if let Some(nodes) = &loaded.config.lxmf.nodes {
        text += &format!("  Mail nodes       {nodes}\n");
    }
    let mut interfaces = run::interfaces(&loaded.config, InterfaceArgs::default());
    let shared = &loaded.config.shared;
    if interfaces.is_empty() {
        let instances: Vec<_> = shared.candidates().iter().map(ToString::to_string).collect();
        text += &format!(
            "  Network          through the shared instance {} if it runs on this machine, otherwise:\n",
            instances.join(" or ")
        );
        interfaces = run::default_interfaces()?;
    }
    for section in interfaces {
        text += &line(&section);
    }
    if shared.share == Some(true) {
        text += &format!(
            "  Shared instance  {}: other programs on this machine can use these interfaces\n",
            shared.endpoint()
        );
    }
    Ok(text)
}

fn line(section: &InterfaceSection) -> String {
    let off = if section.state == State::Off { "off: " } else { "" };
    let only_for = access::shared_secrets(&section.access);
    let only_for = only_for.map(|shared| format!(", only for who has {shared}")).unwrap_or_default();
    format!("  Interface        \"{}\" {off}{}{only_for}\n", section.name, section.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_shows_everything_that_would_start_and_what_is_off() {
        let text = r#"
            [server]
            log = "debug"
            [reticulum]
            enable_transport = true
            [group]
            name = "Perch"
            [interfaces."Hub"]
            type = "TCPServerInterface"
            listen_ip = "::"
            listen_port = 4242
            max_clients = 9
            network_name = "perch"
            passphrase = "on a branch"
            [interfaces.Far]
            type = "TCPClientInterface"
            enabled = false
            target_host = "radio.example.org"
            target_port = 4965
        "#;
        let config = Config::parse(text).unwrap();
        let loaded = Loaded { file: Some(PathBuf::from("server.toml")), config, data: PathBuf::from("/d") };
        assert_eq!(
            check(&loaded).unwrap(),
            "server.toml is right.\n\n  Data             /d\n  Log              debug\n  Transport        on: passes on packets of others\n  Group            \
             \"Perch\", unless it was made already\n  Interface        \"Hub\" takes TCP connections on [::]:4242, at \
             most 9, only for who has the network name \"perch\" and the passphrase of the configuration\n  Interface        \"Far\" off: connects over TCP to radio.example.org:4965\n"
        );
    }

    #[test]
    fn without_a_file_a_check_shows_the_default() {
        let loaded = Loaded { file: None, config: Config::default(), data: PathBuf::from("/d") };
        let text = check(&loaded).unwrap();
        assert!(text.contains("no configuration file") && text.contains("127.0.0.1:4242"), "{text}");
    }
}
