//! `roost run`: its options, and what is to be run with them.
//! Not the server; that is the daemon's.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;

use super::access::{has_secret, members_only, who_may_take_part};
use super::config::{ConfigArgs, Loaded};
use super::welcome::{Shown, json_line, welcome};
use crate::config::interfaces::InterfaceSection;
use crate::config::shared::SharedSection;
use crate::config::{self, Config};
use crate::daemon::{
    self, AccessOptions, HostPort, Options, PipeSection, Probes, ProofForm, Source, Transport, UdpSection,
};

/// Where a server listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:4242";

/// Options of `roost run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    interfaces: InterfaceArgs,

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

    /// Let other Reticulum programs on this machine use these interfaces, as they use those of the Reticulum daemon
    #[arg(long)]
    share_instance: bool,

    /// Name of the shared instance to use or to be [default: default]
    #[arg(long, value_name = "NAME")]
    instance_name: Option<String>,

    /// When ready, print one line of JSON on standard output instead of the text for people
    #[arg(long)]
    ready_json: bool,
}

/// Interfaces of the command line, beside those of the configuration.
#[derive(Debug, Default, Args)]
pub(super) struct InterfaceArgs {
    /// Take Reticulum connections over TCP here; may be given several times. 0.0.0.0:4242 lets other machines in, port
    /// 0 takes any free port. Without --listen, --connect, --udp, --pipe, --auto and interfaces in the configuration:
    /// those of a Reticulum daemon that runs on this machine, else --auto and 127.0.0.1:4242, this machine only. With
    /// one of the others alone: no listening
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) listen: Vec<HostPort>,

    /// Join a network: keep a TCP connection to this Reticulum node; may be given several times
    #[arg(long, value_name = "HOST:PORT", value_parser = peer)]
    pub(super) connect: Vec<HostPort>,

    /// Exchange packets over UDP: receive on one IPv4 address and port, send to another, which may be a broadcast
    /// address; may be given several times. On a local network: 0.0.0.0:4242,255.255.255.255:4242
    #[arg(long, value_name = "LISTEN,FORWARD")]
    pub(super) udp: Vec<UdpSection>,

    /// Run a program, quoted as in a shell, that carries HDLC frames over its standard input and output; may be given
    /// several times. It is started again when it ends
    #[arg(long, value_name = "COMMAND")]
    pub(super) pipe: Vec<PipeSection>,

    /// Find Reticulum nodes on the local networks of this machine, as the AutoInterface of the Reticulum daemon does
    #[arg(long)]
    pub(super) auto: bool,
}

/// Where a connection can go: unlike a listener's, its port can't be "any".
pub(super) fn peer(text: &str) -> Result<HostPort, String> {
    match text.parse::<HostPort>() {
        Ok(HostPort { port: 0, .. }) => {
            Err("0 is no port to connect to; give the port of the node".to_owned())
        }
        other => other.map_err(|error| error.to_string()),
    }
}

pub(super) fn run(args: RunArgs) -> anyhow::Result<()> {
    let Loaded { file, config, data } = args.config.clone().load()?;
    super::log_to_stderr(config.log);
    let ready_json = args.ready_json;
    let path = file.clone().unwrap_or_else(|| data.join(config::FILE_NAME));
    let options = options(args, path, config, data)?;
    let shown = Shown {
        file,
        access: who_may_take_part(&options).into_iter().chain(members_only(&options)).collect(),
    };
    if let Some(file) = shown.file.as_deref().filter(|_| has_secret(&options)) {
        daemon::warn_if_others_may_read(file);
    }
    daemon::run(options, |ready| {
        let text = if ready_json { json_line(ready) } else { welcome(ready, &shown) };
        let mut out = std::io::stdout().lock();
        // A closed standard output is no reason to stop serving.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    })
}

/// What is to be run.
fn options(args: RunArgs, file: PathBuf, config: Config, data: PathBuf) -> anyhow::Result<Options> {
    let mut interfaces = interfaces(&config, args.interfaces);
    let command_line =
        interfaces.iter().filter(|section| section.origin.is_command_line()).cloned().collect();
    let source = Source { file, config: config.clone(), command_line };
    let access = AccessOptions { network_name: args.network_name, passphrase_file: args.passphrase_file };
    let mut by_default = if interfaces.is_empty() { default_interfaces()? } else { Vec::new() };
    // What is meant to keep strangers out must not silently do nothing, as it would on a shared instance.
    if !access.is_open() {
        interfaces.append(&mut by_default);
    }
    ensure!(
        access.is_open() || interfaces.iter().any(|section| section.origin.is_command_line()),
        "--network-name and --passphrase-file are about interfaces of the command line, and there are none. Write \
         network_name and passphrase into the sections of the configuration"
    );
    let transport = args.transport || config.enable_transport == Some(true);
    let transport = if transport { Transport::On } else { Transport::Off };
    let explicit = config.use_implicit_proof == Some(false);
    let proofs = if explicit { ProofForm::Explicit } else { ProofForm::Implicit };
    let answered = config.respond_to_probes == Some(true);
    let probes = if answered { Probes::Answered } else { Probes::Ignored };
    let shared = SharedSection {
        share: if args.share_instance { Some(true) } else { config.shared.share },
        name: args.instance_name.or(config.shared.name),
        ..config.shared
    };
    Ok(Options {
        data,
        group_name: config.group_name,
        interfaces,
        source,
        by_default,
        shared,
        access,
        transport,
        probes,
        proofs,
        lxmf: config.lxmf,
        groups: config.groups,
    })
}

/// Those of the file, then those of the command line.
pub(super) fn interfaces(config: &Config, args: InterfaceArgs) -> Vec<InterfaceSection> {
    let mut interfaces = config.interfaces.clone();
    interfaces.extend(args.listen.into_iter().map(InterfaceSection::listen));
    interfaces.extend(args.connect.into_iter().map(InterfaceSection::connect));
    interfaces.extend(args.udp.into_iter().map(InterfaceSection::udp));
    interfaces.extend(args.pipe.into_iter().map(InterfaceSection::pipe));
    interfaces.extend(args.auto.then(InterfaceSection::auto));
    interfaces
}

/// Those that are used where none were asked for, and no shared instance is running.
pub(super) fn default_interfaces() -> anyhow::Result<Vec<InterfaceSection>> {
    let address = DEFAULT_LISTEN.parse().context("the default address is wrong")?;
    Ok(vec![InterfaceSection::auto(), InterfaceSection::listen(address)])
}

#[cfg(test)]
mod tests {
    use super::super::welcome::tests::{opened_to_all, ready};
    use super::*;
    use crate::daemon::Ready;

    fn args(listen: &[&str], connect: &[&str]) -> RunArgs {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let interfaces = InterfaceArgs {
            listen: parse(listen),
            connect: parse(connect),
            udp: Vec::new(),
            pipe: Vec::new(),
            auto: false,
        };
        RunArgs {
            config: ConfigArgs { data: None, config: None },
            interfaces,
            network_name: None,
            passphrase_file: None,
            transport: false,
            share_instance: false,
            instance_name: None,
            ready_json: false,
        }
    }

    fn without_file(args: RunArgs) -> anyhow::Result<Options> {
        options(args, PathBuf::from("f"), Config::default(), PathBuf::from("d"))
    }

    #[test]
    fn nobody_can_be_connected_to_on_port_0() {
        assert!(peer("radio.example.org:0").unwrap_err().contains("no port"));
        assert!(peer("radio.example.org").unwrap_err().contains("HOST:PORT"));
        assert_eq!(peer("a:1"), Ok("a:1".parse().unwrap()));
    }

    #[test]
    fn a_closed_network_is_named_and_its_passphrase_is_not_read_out() {
        assert!(!opened_to_all(&ready(&[])).contains("Only for"));
        let closed = RunArgs {
            network_name: Some("perch".to_owned()),
            passphrase_file: Some(PathBuf::from("/etc/roost/passphrase")),
            ..args(&[], &[])
        };
        let access = who_may_take_part(&without_file(closed).unwrap()).into_iter().collect();
        let text = welcome(&ready(&[]), &Shown { file: None, access });
        assert!(text.contains("\"perch\" and the passphrase in /etc/roost/passphrase"), "{text}");
    }

    #[test]
    fn an_access_code_that_would_protect_nothing_is_refused() {
        let far = "type = \"TCPClientInterface\"\ntarget_host = \"far\"\ntarget_port = 1";
        let file = Config::parse(&format!("[interfaces.Far]\n{far}")).unwrap();
        let closed = |listen| RunArgs { network_name: Some("perch".to_owned()), ..args(listen, &[]) };
        let error = options(closed(&[]), PathBuf::from("f"), file.clone(), PathBuf::from("d"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("--network-name"), "{error}");
        let both = options(closed(&["0.0.0.0:1"]), PathBuf::from("f"), file, PathBuf::from("d")).unwrap();
        let text = who_may_take_part(&both).unwrap();
        assert!(text.starts_with("apps that") && text.ends_with("those of the command line"), "{text}");
    }

    #[test]
    fn a_closed_interface_of_the_file_is_named_without_its_passphrase() {
        let far =
            "type = \"TCPClientInterface\"\ntarget_host = \"far\"\ntarget_port = 1\npassphrase = \"branch\"";
        let file = Config::parse(&format!("[interfaces.Far]\n{far}")).unwrap();
        let access =
            members_only(&options(args(&[], &[]), PathBuf::from("f"), file, PathBuf::from("d")).unwrap());
        let text = welcome(&ready(&[]), &Shown { file: None, access });
        assert!(text.contains("the passphrase of the configuration") && text.contains("\"Far\""), "{text}");
        assert!(!text.contains("branch"), "{text}");
    }

    #[test]
    fn proofs_are_short_unless_the_file_wants_them_long() {
        let proofs = |text: &str| {
            let file = Config::parse(text).unwrap();
            options(args(&[], &[]), PathBuf::from("f"), file, PathBuf::from("d")).unwrap().proofs
        };
        assert_eq!(proofs(""), ProofForm::Implicit);
        assert_eq!(proofs("[reticulum]\nuse_implicit_proof = true"), ProofForm::Implicit);
        assert_eq!(proofs("[reticulum]\nuse_implicit_proof = false"), ProofForm::Explicit);
    }

    #[test]
    fn the_file_makes_a_transport_node_too() {
        let file = Config::parse("[reticulum]\nenable_transport = true").unwrap();
        assert_eq!(
            options(args(&[], &[]), PathBuf::from("f"), file, PathBuf::from("d")).unwrap().transport,
            Transport::On
        );
    }

    #[test]
    fn a_server_is_a_transport_node_only_when_told_and_then_says_so() {
        assert_eq!(without_file(args(&[], &[])).unwrap().transport, Transport::Off);
        let told = RunArgs { transport: true, ..args(&[], &[]) };
        assert_eq!(without_file(told).unwrap().transport, Transport::On);
        assert!(!opened_to_all(&ready(&[])).contains("Transport"));
        assert!(opened_to_all(&Ready { transport: Transport::On, ..ready(&[]) }).contains("Transport"));
    }

    #[test]
    fn it_listens_on_this_machine_only_unless_told_of_another_interface() {
        let kinds = |config: &Config, args: RunArgs| -> Vec<String> {
            let Options { interfaces, by_default, .. } =
                options(args, PathBuf::from("f"), config.clone(), PathBuf::from("d")).unwrap();
            let sections = if interfaces.is_empty() { by_default } else { interfaces };
            sections.iter().map(|section| section.kind.to_string()).collect()
        };
        let none = Config::default();
        let only = |interfaces| kinds(&none, RunArgs { interfaces, ..args(&[], &[]) });
        let by_default = kinds(&none, args(&[], &[]));
        assert!(by_default.len() == 2 && by_default[0].contains("local network"), "{by_default:?}");
        assert_eq!(by_default[1], "takes TCP connections on 127.0.0.1:4242, at most 512");
        assert_eq!(kinds(&none, args(&["0.0.0.0:1"], &["a:2"])).len(), 2);
        assert_eq!(kinds(&none, args(&[], &["a:2"])), ["connects over TCP to a:2"]);
        let udp = vec!["127.0.0.1:1,127.0.0.1:2".parse().unwrap()];
        let udp = only(InterfaceArgs { udp, ..InterfaceArgs::default() });
        assert_eq!(udp, ["exchanges UDP on 127.0.0.1:1 with 127.0.0.1:2"]);
        let pipe = vec!["modem --key secret".parse().unwrap()];
        let pipe = only(InterfaceArgs { pipe, ..InterfaceArgs::default() });
        assert_eq!(pipe, ["runs modem and exchanges frames with it"]);
        let far = "type = \"TCPClientInterface\"\ntarget_host = \"far\"\ntarget_port = 1\nenabled = false";
        let file = Config::parse(&format!("[interfaces.Far]\n{far}")).unwrap();
        assert_eq!(kinds(&file, args(&[], &[])), ["connects over TCP to far:1"], "also one that is off");
        assert_eq!(kinds(&file, args(&["a:1"], &["b:2"])).len(), 3);
    }

    #[test]
    fn without_interfaces_it_uses_a_shared_instance_unless_it_is_to_keep_strangers_out() {
        let start = |args| {
            let Options { interfaces, by_default, .. } = without_file(args).unwrap();
            (interfaces.len(), by_default.len())
        };
        assert_eq!(start(args(&[], &[])), (0, 2));
        let closed = RunArgs { network_name: Some("perch".to_owned()), ..args(&[], &[]) };
        assert_eq!(start(closed), (2, 0));
    }

    #[test]
    fn the_command_line_names_the_shared_instance_over_the_file() {
        let file = Config::parse("[reticulum]\nshare_instance = false\ninstance_name = \"a\"").unwrap();
        let told = RunArgs { share_instance: true, instance_name: Some("b".to_owned()), ..args(&[], &[]) };
        let shared =
            |args| options(args, PathBuf::from("f"), file.clone(), PathBuf::from("d")).unwrap().shared;
        let [from_file, from_both] = [shared(args(&[], &[])), shared(told)];
        assert_eq!((from_file.share, from_file.name.as_deref()), (Some(false), Some("a")));
        assert_eq!((from_both.share, from_both.name.as_deref()), (Some(true), Some("b")));
    }
}
