//! `roost run`: its options, and what it prints when the server is ready.
//! Not the server; that is the daemon's.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use crate::daemon::{self, HostPort, Options, Ready, Transport};

/// Where a server listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:4242";

/// Options of `roost run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Directory of the identity and the database; made if it is not there [default: $XDG_DATA_HOME/roost, else
    /// ~/.local/share/roost]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Take Reticulum connections over TCP here; may be given several times. 0.0.0.0:4242 lets other machines in, port
    /// 0 takes any free port. Without --listen and --connect: 127.0.0.1:4242, this machine only. With --connect
    /// alone: no listening
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<HostPort>,

    /// Join a network: keep a TCP connection to this Reticulum node; may be given several times
    #[arg(long, value_name = "HOST:PORT")]
    connect: Vec<HostPort>,

    /// Be a transport node: pass on announces and packets between everybody who is connected
    #[arg(long)]
    transport: bool,

    /// When ready, print one line of JSON on standard output instead of the text for people
    #[arg(long)]
    ready_json: bool,
}

pub(super) fn run(args: RunArgs) -> anyhow::Result<()> {
    let ready_json = args.ready_json;
    let options = options(args)?;
    daemon::run(options, |ready| {
        let text = if ready_json { json_line(ready) } else { welcome(ready) };
        let mut out = std::io::stdout().lock();
        // A closed standard output is no reason to stop serving.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    })
}

fn options(args: RunArgs) -> anyhow::Result<Options> {
    let data = args
        .data
        .or_else(|| daemon::default_data_dir(|name| std::env::var_os(name).map(PathBuf::from)))
        .context("HOME is not set, so there is no place for the data. Say where with --data DIR")?;
    let mut listen = args.listen;
    if listen.is_empty() && args.connect.is_empty() {
        listen.push(DEFAULT_LISTEN.parse().context("the default address is wrong")?);
    }
    let transport = if args.transport { Transport::On } else { Transport::Off };
    Ok(Options { data, listen, connect: args.connect, transport })
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
fn welcome(ready: &Ready) -> String {
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
    if ready.transport == Transport::On {
        text += "  Transport        on: passes on packets of others\n";
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

    fn ready(listen: &[&str]) -> Ready {
        Ready {
            name: "Perch".to_owned(),
            group: DestinationHash::from_bytes([0xaa; 16]),
            lxmf: DestinationHash::from_bytes([0x0b; 16]),
            listen: listen.iter().map(|address| address.parse().unwrap()).collect(),
            connect: vec!["radio.example.org:4965".parse().unwrap()],
            data: PathBuf::from("/var/lib/roost"),
            transport: Transport::Off,
        }
    }

    fn args(listen: &[&str], connect: &[&str]) -> RunArgs {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        RunArgs {
            data: Some(PathBuf::from("d")),
            listen: parse(listen),
            connect: parse(connect),
            transport: false,
            ready_json: false,
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
        let text = welcome(&ready(&["127.0.0.1:4242"]));
        for part in
            ["Perch", &"aa".repeat(16), &"0b".repeat(16), "127.0.0.1:4242", "radio", "/var/lib", "/help"]
        {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_server_is_a_transport_node_only_when_told_and_then_says_so() {
        assert_eq!(options(args(&[], &[])).unwrap().transport, Transport::Off);
        let told = RunArgs { transport: true, ..args(&[], &[]) };
        assert_eq!(options(told).unwrap().transport, Transport::On);
        assert!(!welcome(&ready(&[])).contains("Transport"));
        assert!(welcome(&Ready { transport: Transport::On, ..ready(&[]) }).contains("Transport"));
    }

    #[test]
    fn it_listens_on_this_machine_only_unless_told_where_to_listen_or_connect() {
        let listens = |args| options(args).unwrap().listen;
        assert_eq!(listens(args(&[], &[])), [DEFAULT_LISTEN.parse().unwrap()]);
        assert_eq!(listens(args(&["0.0.0.0:1"], &["a:2"])), ["0.0.0.0:1".parse().unwrap()]);
        assert!(listens(args(&[], &["a:2"])).is_empty());
    }
}
