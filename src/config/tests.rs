//! What files are accepted, and every sentence about those that aren't.

use std::collections::BTreeSet;

use super::import::import;
use super::interfaces::{InterfaceKind, KINDS, State};
use super::*;
use crate::interface::{AddressType, AutoSection, Medium, Mode, Scope};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../examples/server.toml");

/// What is wrong, line by line.
fn problems(text: &str) -> Vec<String> {
    match Config::parse(text) {
        Ok(config) => panic!("accepted as {config:?}"),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// The one thing that is wrong.
fn problem(text: &str) -> String {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

/// A listener with one more line, which is the fifth.
fn listener_with(line: &str) -> String {
    format!("[interfaces.Hub]\ntype = \"TCPServerInterface\"\nlisten_ip = \"::\"\nlisten_port = 0\n{line}\n")
}

fn client_with(line: &str) -> String {
    format!(
        "[interfaces.Far]\ntype = \"TCPClientInterface\"\ntarget_host = \"far\"\ntarget_port = 1\n{line}\n"
    )
}

fn keys_of(table: &DeTable<'_>) -> BTreeSet<String> {
    table.keys().map(|key| key.get_ref().to_string()).collect()
}

fn names_of(vocabulary: &Vocabulary) -> BTreeSet<String> {
    vocabulary.keys().map(|key| key.name.to_owned()).collect()
}

#[test]
fn the_example_has_every_key_there_is_and_no_other() {
    // Those that would keep people out are only comments.
    let text = EXAMPLE.replace("# network_name =", "network_name =");
    let text = text.replace("# passphrase =", "passphrase =").replace("# ifac_size =", "ifac_size =");
    let text = text.replace("# rpc_key =", "rpc_key =").replace("# propagation_", "propagation_");
    let text = text.replace("# airtime_limit_", "airtime_limit_").replace("# id_", "id_");
    assert!(Config::parse(&text).is_ok());
    let table = DeTable::parse(&text).unwrap().into_inner();
    let section = |name: &str| table.get(name).unwrap().get_ref().as_table().unwrap();
    let expected: BTreeSet<_> = SECTIONS.iter().map(|(name, _)| *name).chain([INTERFACES]).collect();
    assert_eq!(keys_of(&table), expected.into_iter().map(str::to_owned).collect());
    for (name, vocabulary) in SECTIONS {
        assert_eq!(keys_of(section(name)), names_of(vocabulary), "[{name}]");
    }
    let mut shown = BTreeSet::new();
    for (name, interface) in section(INTERFACES) {
        let interface = interface.get_ref().as_table().unwrap();
        let written = interface.get("type").unwrap().get_ref().as_str().unwrap();
        let kind = KINDS.iter().find(|kind| kind.name == written).unwrap();
        assert_eq!(keys_of(interface), names_of(&kind.vocabulary), "{}", name.get_ref());
        shown.insert(kind.name);
    }
    assert_eq!(shown, KINDS.iter().map(|kind| kind.name).collect());
}

#[test]
fn the_example_is_accepted_and_says_the_defaults() {
    let config = Config::parse(EXAMPLE).unwrap();
    assert_eq!(config.group_name.as_deref(), Some("Roost"));
    assert_eq!((config.data, config.log), (Some(PathBuf::from(".")), Some(LogLevel::Info)));
    let states: Vec<_> = config.interfaces.iter().map(|section| section.state).collect();
    assert_eq!(states.iter().filter(|state| **state == State::On).count(), 1);
    for section in config.interfaces {
        if section.kind.name().starts_with("TCP") {
            assert_eq!(section.kind.medium(), Medium::default());
        }
    }
}

#[test]
fn an_empty_file_says_nothing_and_is_right() {
    assert_eq!(Config::parse(""), Ok(Config::default()));
    assert_eq!(Config::parse("# only a comment\n[server]\n[interfaces]\n"), Ok(Config::default()));
}

#[test]
fn no_name_is_both_a_key_and_left_out_or_twice_a_key() {
    let kinds = KINDS.iter().map(|kind| (kind.name, kind.vocabulary));
    for (section, vocabulary) in SECTIONS.iter().copied().chain(kinds) {
        let mut names = BTreeSet::new();
        let keys = vocabulary.keys().flat_map(|key| key.aliases.iter().chain([&key.name]));
        let left_out = vocabulary.left_out.iter().copied().flatten().flat_map(|option| option.names);
        for name in keys.chain(left_out) {
            assert!(names.insert(*name), "{section}: {name}");
        }
    }
}

#[test]
fn aliases_of_the_reference_are_understood() {
    let text = "[interfaces.Hub]\ntype = \"TCPServerInterface\"\ninterface_enabled = false\nlisten_ip = \"::1\"\nport = 7";
    let config = Config::parse(text).unwrap();
    assert_eq!(config.interfaces[0].state, State::Off);
    assert_eq!(config.interfaces[0].kind.to_string(), "takes TCP connections on [::1]:7, at most 512");
}

#[test]
fn what_reticulum_says_holds_for_every_interface() {
    let text = client_with("fixed_mtu = 900") + "[reticulum]\nlink_mtu_discovery = false\n";
    let config = Config::parse(&text).unwrap();
    let InterfaceKind::TcpClient(client) = &config.interfaces[0].kind else { panic!("a client") };
    assert_eq!((client.medium.hw_mtu, client.medium.mtu_discovery), (900, false));
}

#[test]
fn interfaces_come_in_the_order_of_the_file() {
    let text = client_with("").replace("Far", "Z") + &client_with("").replace("Far", "A");
    let names: Vec<_> = Config::parse(&text).unwrap().interfaces.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Z", "A"]);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_or_with_all() {
    assert_eq!(
        problem(&listener_with("max_client = 3")),
        "5: interfaces.\"Hub\".max_client: this is not known here. Did you mean max_clients?"
    );
    assert_eq!(
        problem(&listener_with("xyzzy = 3")),
        "5: interfaces.\"Hub\".xyzzy: this is not known here. Known are: type, enabled, mode, network_name, \
         passphrase, ifac_size, announce_cap, announce_rate_target, announce_rate_grace, announce_rate_penalty, \
         gravity, recursive_prs, announces_from_internal, announces_to_internal, ingress_control, listen_ip, \
         listen_port, max_clients, bitrate"
    );
    assert_eq!(problem("[sever]"), "1: sever: this is not known here. Did you mean server?");
    assert_eq!(
        problem("\n[web]"),
        "2: web: this is not known here. Known are: server, group, groups, reticulum, lxmf, interfaces"
    );
    assert_eq!(problem("log = \"info\""), "1: log: this belongs below a line [server]");
    assert_eq!(problem("server = 1"), "1: server: this is a section. Write [server] on a line of its own");
    assert_eq!(
        problem("[[interfaces]]\nname = \"Hub\""),
        "1: interfaces: this is a section. Write [interfaces] on a line of its own"
    );
}

#[test]
fn a_wrong_value_is_shown_with_what_would_be_accepted() {
    let said = |line: &str| problem(&listener_with(line)).replace("5: interfaces.\"Hub\".", "");
    assert_eq!(said("enabled = \"yes\""), "enabled: \"yes\" is not accepted here. Write true or false");
    assert_eq!(
        said("max_clients = 513"),
        "max_clients: 513 is not accepted here. Write clients at a time, a whole number from 1 to 512"
    );
    assert_eq!(
        said("bitrate = 1.5"),
        "bitrate: 1.5 is not accepted here. Write bits per second, a whole number from 5 to 1000000000000"
    );
    assert_eq!(
        problem(&listener_with("").replace("\"::\"", "\"[::]:4242\"")),
        "3: interfaces.\"Hub\".listen_ip: \"[::]:4242\" is not accepted here. Write a host name or an address, in \
         quotes, for example \"0.0.0.0\""
    );
    assert_eq!(
        problem("[server]\nlog = \"loud\""),
        "2: server.log: \"loud\" is not accepted here. Write \"error\" or \"warn\" or \"info\" or \"debug\" or \
         \"trace\""
    );
    assert_eq!(
        problem("[group]\nname = \" \""),
        "2: group.name: \" \" is not accepted here. Write a name, in quotes, at most 100 bytes"
    );
}

#[test]
fn numbers_are_read_in_every_form_that_toml_has() {
    for number in ["0x1F", "3_1", "0b11111", "+31", "0o37"] {
        let config = Config::parse(&listener_with(&format!("max_clients = {number}"))).unwrap();
        let InterfaceKind::TcpServer(server) = &config.interfaces[0].kind else { panic!("a server") };
        assert_eq!(server.max_clients, 31, "{number}");
    }
    for wrong in ["-1", "0", "99999999999999999999999"] {
        assert_eq!(problems(&listener_with(&format!("max_clients = {wrong}"))).len(), 1, "{wrong}");
    }
}

#[test]
fn a_missing_key_is_asked_for_at_its_section() {
    assert_eq!(
        problems("\n[interfaces.Far]\ntype = \"TCPClientInterface\""),
        [
            "2: interfaces.\"Far\".target_host: this key is missing. Write a host name or an address, in quotes, for \
             example \"0.0.0.0\"",
            "2: interfaces.\"Far\".target_port: this key is missing. Write a port, a whole number from 1 to 65535",
        ]
    );
    assert_eq!(
        problem("[interfaces.Far]"),
        "1: interfaces.\"Far\".type: this key is missing. Write \"TCPServerInterface\" or \"TCPClientInterface\" or \"UDPInterface\" or \"PipeInterface\" or \"AutoInterface\" or \"RNodeInterface\" or \"SerialInterface\" or \"KISSInterface\" or \"AX25KISSInterface\""
    );
}

#[test]
fn a_type_that_roost_lacks_is_answered_with_advice() {
    let said = |name: &str| problem(&format!("[interfaces.I]\ntype = {name}"));
    assert_eq!(
        said("\"TcpServer\""),
        "2: interfaces.\"I\".type: \"TcpServer\" is not known here. Did you mean \"TCPServerInterface\"?"
    );
    assert_eq!(
        said("\"Pigeon\""),
        "2: interfaces.\"I\".type: \"Pigeon\" is not known here. Write \"TCPServerInterface\" or \"TCPClientInterface\" or \"UDPInterface\" or \"PipeInterface\" or \"AutoInterface\" or \"RNodeInterface\" or \"SerialInterface\" or \"KISSInterface\" or \"AX25KISSInterface\""
    );
    assert_eq!(
        said("3"),
        "2: interfaces.\"I\".type: this must be text. Write \"TCPServerInterface\" or \"TCPClientInterface\" or \"UDPInterface\" or \"PipeInterface\" or \"AutoInterface\" or \"RNodeInterface\" or \"SerialInterface\" or \"KISSInterface\" or \"AX25KISSInterface\""
    );
    for (name, advice) in [("RNodeMultiInterface", "rnsd"), ("BackboneInterface", "TCP on the wire")] {
        assert!(said(&format!("\"{name}\"")).contains(advice), "{name}");
    }
}

#[test]
fn an_option_of_the_reference_that_does_nothing_here_is_named_with_the_reason() {
    assert_eq!(
        problem(&client_with("i2p_tunneled = true")),
        "5: interfaces.\"Far\".i2p_tunneled: I2P is not supported. Remove this line, or the interface"
    );
    assert_eq!(
        problem("[reticulum]\nenable_remote_management = true"),
        "2: reticulum.enable_remote_management: Roost can't be managed over Reticulum. Remove this line"
    );
}

#[test]
fn a_key_and_its_alias_together_are_refused() {
    assert_eq!(
        problem(&listener_with("port = 3")),
        "5: interfaces.\"Hub\".port: this is the same as listen_port. Keep one of them"
    );
}

#[test]
fn an_interface_needs_a_section_and_a_name() {
    assert_eq!(
        problem("[interfaces]\nHub = 3"),
        "2: interfaces.\"Hub\": this must be a section, with a line [interfaces.\"Name\"] above its keys"
    );
    let name = "an interface needs a name of 1 to 64 bytes on one line";
    assert_eq!(problem("[interfaces.\"\"]"), format!("1: interfaces.\"\": {name}"));
    assert_eq!(problem("[interfaces.\"a\\nb\"]"), format!("1: interfaces.\"a\\u000Ab\": {name}"));
}

#[test]
fn a_broken_line_is_named_and_so_is_the_next() {
    let found = problems("[server]\nlog = info\n\ndata = \"open\n");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("2: this can't be read: "), "{found:#?}");
    assert!(found[1].starts_with("4: this can't be read: "), "{found:#?}");
    let twice = problems("[server]\nlog = \"info\"\nlog = \"warn\"\n");
    assert!(twice[0].starts_with("3: ") && twice[0].contains("duplicate"), "{twice:#?}");
}

#[test]
fn all_problems_of_a_file_are_reported_in_its_order() {
    let text = "[interfaces.Hub]\ntype = \"TCPServerInterface\"\nlisten_ip = 3\nport = \"x\"\nwat = 1\n[server]\nlog = 1\n";
    let lines: Vec<_> = Config::parse(text).unwrap_err().into_iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 4, 5, 7]);
}

#[test]
fn a_file_that_is_missing_foreign_or_wrong_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server.toml");
    let said = || Config::read(&path).unwrap_err().to_string();
    assert!(
        said().starts_with("cannot read the configuration") && said().contains("server.toml"),
        "{}",
        said()
    );
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(said().contains("is not UTF-8 text"), "{}", said());
    std::fs::write(&path, vec![b' '; MAX_FILE + 1]).unwrap();
    assert!(said().contains("more than 1 MiB"), "{}", said());
    std::fs::write(&path, "[server]\nlogg = \"info\"").unwrap();
    let expected = format!(
        "the configuration is not right, so nothing was started.\n  {}:2: server.logg: this is not known here. Did you \
         mean log?",
        path.display()
    );
    assert_eq!(said(), expected);
}

#[test]
fn paths_are_taken_from_the_directory_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server.toml");
    std::fs::write(&path, "[server]\ndata = \"here\"").unwrap();
    assert_eq!(Config::read(&path).unwrap().data, Some(dir.path().join("here")));
    std::fs::write(&path, "[server]\ndata = \"/there\"").unwrap();
    assert_eq!(Config::read(&path).unwrap().data, Some(PathBuf::from("/there")));
}

#[test]
fn access_codes_of_the_file_are_those_of_their_network_and_secrets_are_not_shown() {
    let code = |section: &InterfaceSection| section.access.code(section.kind.code_size());
    let text = listener_with("networkname = \"perch\"\npass_phrase = \"on a branch\"\nifac_size = 64");
    let config = Config::parse(&text).unwrap();
    assert_eq!(code(&config.interfaces[0]).unwrap().map(|code| code.size()), Some(8));
    assert!(!format!("{config:?}").contains("branch"));
    let open = Config::parse(&listener_with("")).unwrap();
    assert!(code(&open.interfaces[0]).unwrap().is_none());
    for wrong in ["passphrase = [\"branch\"]", "passphrase = branch", "pass_phrase = \"branch\\q\""] {
        let found = problems(&listener_with(wrong));
        assert!(found.iter().all(|problem| !problem.contains("branch")), "{found:#?}");
    }
    for empty in ["passphrase = \"\"", "passphrase = \"None\"", "network_name = \"\"", "ifac_size = 64"] {
        assert_eq!(problems(&listener_with(empty)).len(), 1, "{empty}");
    }
    assert!(problem(&listener_with("ifac_size = 64")).contains("protects nothing"));
}

#[test]
fn transport_and_modes_are_as_the_reference_calls_them() {
    let config =
        Config::parse(&(client_with("mode = \"ap\"") + "[reticulum]\nenable_transport = true\n")).unwrap();
    assert_eq!((config.enable_transport, config.interfaces[0].mode), (Some(true), Mode::AccessPoint));
    assert!(problem(&client_with("mode = \"loud\"")).contains("\"full\" or \"gateway\""));
}

#[test]
fn udp_and_pipe_are_read_and_what_does_not_fit_together_is_named() {
    let of = |kind: &str, lines: &str| format!("[interfaces.X]\ntype = \"{kind}\"\n{lines}\n");
    let ips = "listen_ip = \"0.0.0.0\"\nforward_ip = \"10.0.0.255\"";
    let udp = Config::parse(&of("UDPInterface", &format!("{ips}\nport = 7"))).unwrap();
    assert_eq!(udp.interfaces[0].kind.to_string(), "exchanges UDP on 0.0.0.0:7 with 10.0.0.255:7");
    let half = problem(&of("UDPInterface", &format!("{ips}\nlisten_port = 7")));
    assert_eq!(
        half,
        "1: interfaces.\"X\": forward_port is missing. Write it, or port where both are the same"
    );
    let pipe = Config::parse(&of("PipeInterface", "command = \"modem -k key\"\nrespawn_delay = 9")).unwrap();
    assert_eq!(pipe.interfaces[0].kind.to_string(), "runs modem and exchanges frames with it");
    assert!(problem(&of("PipeInterface", "command = \"modem 'x\"")).contains("command: "));
}

/// Texts that are nearly right are the ones that reach the far corners.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[server]"),
        Just("[reticulum]"),
        Just("[logging]"),
        Just("[interfaces]"),
        Just("[interfaces.a]"),
        Just("[[a]]"),
        Just("[[ü\u{1}]]"),
        Just("[[[b]]]"),
        Just("type = TCPServerInterface"),
        Just("type = BackboneInterface"),
        Just("type = \"TCPClientInterface\""),
        Just("remote = a"),
        Just("listen_ip = 0.0.0.0"),
        Just("listen_port = 42"),
        Just("target_host = \"a\""),
        Just("target_port = 1"),
        Just("enabled = yes"),
        Just("interface_enabled = true"),
        Just("passphrase = a, b"),
        Just("passphrase = hidden"),
        Just("network_name = None"),
        Just("networkname = club"),
        Just("ifac_size = 64"),
        Just("mode = AP"),
        Just("type = UDPInterface"),
        Just("forward_ip = 255.255.255.255"),
        Just("port = 7"),
        Just("type = PipeInterface"),
        Just("command = 'modem"),
        Just("loglevel = 4"),
        Just("link_mtu_discovery = no"),
        Just("log = \"info\""),
        Just("x = \"\"\""),
        Just("= [{\"'"),
        Just("\r\t\u{7f}é"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.join("\n"))
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in prop_oneof![any::<String>(), "\\PC*", pieces()]) {
        if let Err(problems) = Config::parse(&text) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.line >= 1 && problem.line <= text.lines().count().max(1) + 1);
                prop_assert!(!problem.what.contains('\n'));
            }
        }
    }

    #[test]
    fn every_import_is_a_configuration_that_is_accepted(text in prop_oneof![any::<String>(), pieces()]) {
        let imported = import(&text);
        let read = Config::parse(&imported.text);
        prop_assert!(read.is_ok(), "{read:?}\n{}", imported.text);
    }
}

#[test]
fn an_auto_interface_has_the_options_of_the_reference() {
    let auto = |lines: &str| format!("[interfaces.Lan]\ntype = \"AutoInterface\"\n{lines}\n");
    let read = |lines: &str| match Config::parse(&auto(lines)).unwrap().interfaces.remove(0).kind {
        InterfaceKind::Auto(section) => section,
        other => panic!("not an Auto interface: {other:?}"),
    };
    assert_eq!(read(""), AutoSection::default());
    let section = read(
        "group_id = \"perch\"\ndiscovery_scope = \"site\"\nmulticast_address_type = \"permanent\"\n\
         discovery_port = 1000\ndata_port = 1002\ndevices = [\"eth0\", \"wlan0\"]\nignored_devices = [\"lo\"]",
    );
    assert_eq!(
        (section.discovery_scope, section.multicast_address_type),
        (Scope::Site, AddressType::Permanent)
    );
    assert_eq!((section.discovery_port, section.data_port), (1000, 1002));
    assert_eq!(
        (section.devices, section.ignored_devices),
        (vec!["eth0".to_owned(), "wlan0".to_owned()], vec!["lo".to_owned()])
    );
    assert_eq!(
        problem(&auto("data_port = 29717")),
        "1: interfaces.\"Lan\": data_port must differ from discovery_port and the port after it, which are 29716 and \
         29717"
    );
    assert_eq!(
        problem(&auto("devices = \"eth0\"")),
        "3: interfaces.\"Lan\".devices: \"eth0\" is not accepted here. Write names of network devices, at most 32, \
         each in quotes, in brackets, for example [\"eth0\", \"wlan0\"]"
    );
    assert_eq!(problems(&auto("devices = []")).len(), 1, "none at all would be all of them");
}
