//! `roost run`: its options, and what it prints when the server is ready.
//! Not the server; that is the daemon's.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use crate::daemon::{self, AccessOptions, HostPort, Options, PipeSection, Ready, Transport, UdpSection};

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
    /// 0 takes any free port. Without --listen, --connect, --udp and --pipe: 127.0.0.1:4242, this machine only. With one
    /// of the others alone: no listening
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<HostPort>,

    /// Join a network: keep a TCP connection to this Reticulum node; may be given several times
    #[arg(long, value_name = "HOST:PORT", value_parser = peer)]
    connect: Vec<HostPort>,

    /// Exchange packets over UDP: receive on one IPv4 address and port, send to another, which may be a broadcast
    /// address; may be given several times. On a local network: 0.0.0.0:4242,255.255.255.255:4242
    #[arg(long, value_name = "LISTEN,FORWARD")]
    udp: Vec<UdpSection>,

    /// Run a program, quoted as in a shell, that carries HDLC frames over its standard input and output; may be given
    /// several times. It is started again when it ends
    #[arg(long, value_name = "COMMAND")]
    pipe: Vec<PipeSection>,

    /// Name of the network that may take part over these interfaces. Only who sets the same network name, and the same
    /// passphrase if there is one, hears us and is heard
    #[arg(long, value_name = "NAME")]
    network_name: Option<String>,

    /// File whose only line is the passphrase of that network; it works with and without --network-name. A file, since
    /// every user of this machine can read a command line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Be a transport node: pass on announces and packets between everybody who is connected
    #[arg(long)]
    transport: bool,

    /// When ready, print one line of JSON on standard output instead of the text for people
    #[arg(long)]
    ready_json: bool,
}

/// Where a connection can go: unlike a listener's, its port can't be "any".
fn peer(text: &str) -> Result<HostPort, String> {
    match text.parse::<HostPort>() {
        Ok(HostPort { port: 0, .. }) => {
            Err("0 is no port to connect to; give the port of the node".to_owned())
        }
        other => other.map_err(|error| error.to_string()),
    }
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
    if listen.is_empty() && args.connect.is_empty() && args.udp.is_empty() && args.pipe.is_empty() {
        listen.push(DEFAULT_LISTEN.parse().context("the default address is wrong")?);
    }
    let access = AccessOptions { network_name: args.network_name, passphrase_file: args.passphrase_file };
    let transport = if args.transport { Transport::On } else { Transport::Off };
    let (connect, udp, pipe) = (args.connect, args.udp, args.pipe);
    Ok(Options { data, listen, connect, udp, pipe, access, transport })
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
    for interface in &ready.others {
        text += &format!("  Interface        {interface}\n");
    }
    if let Some(access) = who_may_take_part(&ready.access) {
        text += &format!("  Only for         {access}\n");
    }
    if ready.transport == Transport::On {
        text += "  Transport        on: passes on packets of others\n";
    }
    text += &format!("  Data             {}\n\n", ready.data.display());
    if let Some(address) = ready.listen.first() {
        text += &format!(
            "To try it, add a TCP client interface for {} to a Reticulum app such as Sideband, NomadNet or \
             MeshChat\nand send /help to the message address. /join makes you a member.\n",
            reached_at(*address)
        );
        if ready.listen.iter().all(|address| address.ip().is_loopback()) {
            text += &format!(
                "Only apps on this machine get in; --listen 0.0.0.0:{} lets other machines in.\n",
                address.port()
            );
        }
    } else {
        text += "To try it, send /help to the message address from any Reticulum app on that network. /join makes you \
                 a member.\n";
    }
    text += "Ctrl-C stops the server.\n";
    text
}

/// What to type into an app to get there.
fn reached_at(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("this machine's address, port {},", address.port())
    } else {
        address.to_string()
    }
}

/// What an app must be set to on a closed network; `None` on an open one.
fn who_may_take_part(access: &AccessOptions) -> Option<String> {
    let passphrase =
        access.passphrase_file.as_ref().map(|file| format!("the passphrase in {}", file.display()));
    let name = access.network_name.as_ref().map(|name| format!("the network name {name:?}"));
    let both = [name, passphrase].into_iter().flatten().collect::<Vec<_>>().join(" and ");
    (!access.is_open()).then(|| format!("apps that have {both} set on their interface"))
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
            others: Vec::new(),
            access: AccessOptions::default(),
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
            udp: Vec::new(),
            pipe: Vec::new(),
            network_name: None,
            passphrase_file: None,
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
    fn a_newcomer_learns_who_gets_in_and_where() {
        let here = welcome(&ready(&["127.0.0.1:4242"]));
        assert!(here.contains("127.0.0.1:4242") && here.contains("--listen 0.0.0.0:4242"), "{here}");
        let open = welcome(&ready(&["0.0.0.0:4243"]));
        assert!(open.contains("this machine's address, port 4243"), "{open}");
        assert!(!open.contains("--listen") && !open.contains("interface for 0.0.0.0"), "{open}");
    }

    #[test]
    fn nobody_can_be_connected_to_on_port_0() {
        assert!(peer("radio.example.org:0").unwrap_err().contains("no port"));
        assert!(peer("radio.example.org").unwrap_err().contains("HOST:PORT"));
        assert_eq!(peer("a:1"), Ok("a:1".parse().unwrap()));
    }

    #[test]
    fn a_closed_network_is_named_and_its_passphrase_is_not_read_out() {
        assert!(!welcome(&ready(&[])).contains("Only for"));
        let access = AccessOptions {
            network_name: Some("perch".to_owned()),
            passphrase_file: Some(PathBuf::from("/etc/roost/passphrase")),
        };
        let text = welcome(&Ready { access, ..ready(&[]) });
        assert!(text.contains("\"perch\" and the passphrase in /etc/roost/passphrase"), "{text}");
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
    fn it_listens_on_this_machine_only_unless_told_of_another_interface() {
        let listens = |args| options(args).unwrap().listen;
        assert_eq!(listens(args(&[], &[])), [DEFAULT_LISTEN.parse().unwrap()]);
        assert_eq!(listens(args(&["0.0.0.0:1"], &["a:2"])), ["0.0.0.0:1".parse().unwrap()]);
        assert!(listens(args(&[], &["a:2"])).is_empty());
        let udp = vec!["127.0.0.1:1,127.0.0.1:2".parse().unwrap()];
        assert!(listens(RunArgs { udp, ..args(&[], &[]) }).is_empty());
        let pipe = vec!["modem".parse().unwrap()];
        assert!(listens(RunArgs { pipe, ..args(&[], &[]) }).is_empty());
    }
}
