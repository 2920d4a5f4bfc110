//! What `roost run` prints when the server is ready: the text for people, or the line for programs.
//! Not what it logs.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::daemon::{Ready, Transport, Way};

/// The line for programs. Its keys and their order are a promise.
#[derive(Debug, Serialize)]
struct ReadyLine {
    ready: bool,
    pid: u32,
    group: String,
    lxmf: String,
    listen: Vec<String>,
}

pub(super) fn json_line(ready: &Ready) -> String {
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

/// What people want to read beside what runs.
#[derive(Debug)]
pub(super) struct Shown {
    /// The configuration file, if there is one.
    pub(super) file: Option<PathBuf>,
    /// Who may take part, where not everybody may.
    pub(super) access: Vec<String>,
}

/// The text for people: what runs, where, and what to try.
pub(super) fn welcome(ready: &Ready, shown: &Shown) -> String {
    let mut text = format!(
        "Roost is running, with the group \"{}\".\n\n  Group address    {}\n  Message address  {}\n",
        ready.name, ready.group, ready.lxmf
    );
    match &ready.way {
        Way::AskedFor => {}
        Way::Through(instance) => {
            text += &format!(
                "  Network          through the shared instance {instance} that runs on this machine\n"
            );
        }
        Way::ByDefault => {
            let tcp: String = ready.listen.iter().map(|address| format!(" and TCP on {address}")).collect();
            text += &format!(
                "  Network          no shared instance runs on this machine, so over the local network{tcp}\n"
            );
        }
    }
    for address in &ready.listen {
        text += &format!("  Listening on     {address}\n");
    }
    for peer in &ready.connect {
        text += &format!("  Connecting to    {peer}\n");
    }
    for interface in &ready.others {
        text += &format!("  Interface        {interface}\n");
    }
    if let Some(instance) = &ready.sharing {
        text += &format!(
            "  Shared instance  {instance}: other programs on this machine can use these interfaces\n"
        );
    }
    for access in &shown.access {
        text += &format!("  Only for         {access}\n");
    }
    if ready.transport == Transport::On {
        text += "  Transport        on: passes on packets of others\n";
    }
    if let Some(node) = &ready.propagation {
        text += &format!("  Propagation      {node}: keeps messages for those who are offline\n");
    }
    if let Some(stamps) = &ready.stamps {
        text += &format!("  Stamps           {stamps}\n");
    }
    if let Some(file) = &shown.file {
        text += &format!("  Configuration    {}\n", file.display());
    }
    text += &format!("  Data             {}\n\n", ready.data.display());
    if let Some(address) = ready.listen.first() {
        text += &format!(
            "To try it, add a TCP client interface for {} to a Reticulum app such as Sideband, NomadNet or \
             MeshChat\nand send /help to the message address. /join makes you a member.\n",
            reached_at(*address)
        );
        if ready.listen.iter().all(|address| address.ip().is_loopback()) {
            // Who asks for one interface gets no other.
            let auto = if ready.way == Way::ByDefault { "--auto " } else { "" };
            text += &format!(
                "Over TCP only apps on this machine get in; {auto}--listen 0.0.0.0:{} lets other machines in.\n",
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::daemon;
    use crate::rns::hash::DestinationHash;

    pub(in crate::cli) fn ready(listen: &[&str]) -> Ready {
        Ready {
            name: "Perch".to_owned(),
            group: DestinationHash::from_bytes([0xaa; 16]),
            lxmf: DestinationHash::from_bytes([0x0b; 16]),
            way: Way::AskedFor,
            sharing: None,
            propagation: None,
            stamps: None,
            listen: listen.iter().map(|address| address.parse().unwrap()).collect(),
            connect: vec!["radio.example.org:4965".parse().unwrap()],
            others: Vec::new(),
            data: PathBuf::from("/var/lib/roost"),
            transport: Transport::Off,
        }
    }

    pub(in crate::cli) fn opened_to_all(ready: &Ready) -> String {
        welcome(ready, &Shown { file: None, access: Vec::new() })
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
        let text = welcome(
            &ready(&["127.0.0.1:4242"]),
            &Shown { file: Some(PathBuf::from("/etc/roost.toml")), access: Vec::new() },
        );
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
    fn a_newcomer_learns_who_gets_in_and_where() {
        let here = opened_to_all(&ready(&["127.0.0.1:4242"]));
        assert!(here.contains("127.0.0.1:4242") && here.contains("--listen 0.0.0.0:4242"), "{here}");
        let open = opened_to_all(&ready(&["0.0.0.0:4243"]));
        assert!(open.contains("this machine's address, port 4243"), "{open}");
        assert!(!open.contains("--listen") && !open.contains("interface for 0.0.0.0"), "{open}");
    }

    #[test]
    fn one_line_says_how_the_network_is_reached() {
        assert!(!opened_to_all(&ready(&["127.0.0.1:1"])).contains("Network"));
        let instance = daemon::SharedEndpoint::Name("perch".to_owned());
        let through = Ready { way: Way::Through(instance.clone()), ..ready(&[]) };
        let text = opened_to_all(&through);
        assert!(text.contains("through the shared instance rns/perch") && text.contains("/help"), "{text}");
        let own = Ready { way: Way::ByDefault, sharing: Some(instance), ..ready(&["127.0.0.1:4242"]) };
        let text = opened_to_all(&own);
        assert!(text.contains("over the local network and TCP on 127.0.0.1:4242"), "{text}");
        assert!(text.contains("can use these") && text.contains("--auto --listen 0.0.0.0:4242"), "{text}");
    }
}
