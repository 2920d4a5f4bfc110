//! `roost run`: its options, and what it prints when the server is ready.
//! Not the server; that is the daemon's.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::config::{ConfigArgs, Loaded};
use crate::config::Config;
use crate::config::interfaces::InterfaceSection;
use crate::daemon::{self, HostPort, Options, Ready};

/// Where a server listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:4242";

/// Options of `roost run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,

    /// Take Reticulum connections over TCP here; may be given several times. 0.0.0.0:4242 lets other machines in, port
    /// 0 takes any free port. Without --listen, --connect and interfaces in the configuration: 127.0.0.1:4242, this
    /// machine only. With --connect alone: no listening
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<HostPort>,

    /// Join a network: keep a TCP connection to this Reticulum node; may be given several times
    #[arg(long, value_name = "HOST:PORT")]
    connect: Vec<HostPort>,

    /// When ready, print one line of JSON on standard output instead of the text for people
    #[arg(long)]
    ready_json: bool,
}

pub(super) fn run(args: RunArgs) -> anyhow::Result<()> {
    let Loaded { file, config, data } = args.config.load()?;
    super::log_to_stderr(config.log);
    let interfaces = interfaces(&config, args.listen, args.connect)?;
    let options = Options { data, group_name: config.group_name, interfaces };
    daemon::run(options, |ready| {
        let text = if args.ready_json { json_line(ready) } else { welcome(ready, file.as_deref()) };
        let mut out = std::io::stdout().lock();
        // A closed standard output is no reason to stop serving.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    })
}

/// Those of the file, then those of the command line; where neither has any, the default.
pub(super) fn interfaces(
    config: &Config,
    listen: Vec<HostPort>,
    connect: Vec<HostPort>,
) -> anyhow::Result<Vec<InterfaceSection>> {
    let mut interfaces = config.interfaces.clone();
    interfaces.extend(listen.into_iter().map(InterfaceSection::listen));
    interfaces.extend(connect.into_iter().map(InterfaceSection::connect));
    if interfaces.is_empty() {
        let default = DEFAULT_LISTEN.parse().context("the default address is wrong")?;
        interfaces.push(InterfaceSection::listen(default));
    }
    Ok(interfaces)
}

/// The line for programs. Its keys and their order are a promise.
#[derive(Debug, Serialize)]
struct ReadyLine {
    ready: bool,
    pid: u32,
    group: String,
    lxmf: String,
    listen: Vec<String>,
}

fn json_line(ready: &Ready) -> String {
    let line = ReadyLine {
        ready: true,
        pid: std::process::id(),
        group: ready.group.to_string(),
        lxmf: ready.lxmf.to_string(),
        listen: ready.listen.iter().map(ToString::to_string).collect(),
    };
    let mut text = serde_json::to_string(&line).expect("strings, a number and a boolean are always JSON");
    text.push('\n');
    text
}

/// The text for people: what runs, where, and what to try.
fn welcome(ready: &Ready, file: Option<&Path>) -> String {
    let mut text = format!(
        "Roost is running, with the group \"{}\".\n\n  Group address    {}\n  Message address  {}\n",
        ready.name, ready.group, ready.lxmf
    );
    for address in &ready.listen {
        text += &format!("  Listening on     {address}\n");
    }
    for peer in &ready.connect {
        text += &format!("  Connecting to    {peer}\n");
    }
    if let Some(file) = file {
        text += &format!("  Configuration    {}\n", file.display());
    }
    text += &format!("  Data             {}\n\n", ready.data.display());
    if let Some(address) = ready.listen.first() {
        text += &format!(
            "To try it, add a TCP client interface for {address} to a Reticulum app such as Sideband, NomadNet or \
             MeshChat\nand send /help to the message address. /join makes you a member.\n"
        );
    } else {
        text += "To try it, send /help to the message address from any Reticulum app on that network. /join makes you \
                 a member.\n";
    }
    text += "Ctrl-C stops the server.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::DestinationHash;
    use std::path::PathBuf;

    fn ready(listen: &[&str]) -> Ready {
        Ready {
            name: "Perch".to_owned(),
            group: DestinationHash::from_bytes([0xaa; 16]),
            lxmf: DestinationHash::from_bytes([0x0b; 16]),
            listen: listen.iter().map(|address| address.parse().unwrap()).collect(),
            connect: vec!["radio.example.org:4965".parse().unwrap()],
            data: PathBuf::from("/var/lib/roost"),
        }
    }

    #[test]
    fn the_json_line_has_these_keys_in_this_order() {
        let expected = format!(
            "{{\"ready\":true,\"pid\":{},\"group\":\"{}\",\"lxmf\":\"{}\",\"listen\":[\"127.0.0.1:4242\",\"[::1]:1\"]}}\n",
            std::process::id(),
            "aa".repeat(16),
            "0b".repeat(16)
        );
        assert_eq!(json_line(&ready(&["127.0.0.1:4242", "[::1]:1"])), expected);
    }

    #[test]
    fn a_newcomer_reads_name_addresses_place_and_next_step() {
        let text = welcome(&ready(&["127.0.0.1:4242"]), Some(Path::new("/etc/roost.toml")));
        for part in [
            "Perch",
            &"aa".repeat(16),
            &"0b".repeat(16),
            "127.0.0.1:4242",
            "radio",
            "/var/lib",
            "/etc/roost.toml",
            "/help",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn it_listens_on_this_machine_only_unless_told_where_to_listen_or_connect() {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let kinds = |config: &Config, listen, connect| -> Vec<String> {
            let sections = interfaces(config, parse(listen), parse(connect)).unwrap();
            sections.iter().map(|section| section.kind.to_string()).collect()
        };
        let none = Config::default();
        assert_eq!(kinds(&none, &[], &[]), ["takes TCP connections on 127.0.0.1:4242, at most 512"]);
        assert_eq!(kinds(&none, &["0.0.0.0:1"], &["a:2"]).len(), 2);
        assert_eq!(kinds(&none, &[], &["a:2"]), ["connects over TCP to a:2"]);
        let far = "type = \"TCPClientInterface\"\ntarget_host = \"far\"\ntarget_port = 1\nenabled = false";
        let file = Config::parse(&format!("[interfaces.Far]\n{far}")).unwrap();
        assert_eq!(kinds(&file, &[], &[]), ["connects over TCP to far:1"], "also one that is off");
        assert_eq!(kinds(&file, &["a:1"], &["b:2"]).len(), 3);
    }
}
