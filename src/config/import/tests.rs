//! What becomes of a reference configuration.

use super::super::Config;
use super::super::interfaces::State;
use super::*;

/// With something of everything.
const REFERENCE: &str = r#"
# Made by hand
[reticulum]
  enable_transport = False
  share_instance = Yes
  link_mtu_discovery = no
  rpc_key = 0123456789abcdef

[logging]
  loglevel = 5   # verbose

[interfaces]
  [[Default Interface]]
    type = AutoInterface
    enabled = Yes

  [[Town, "hub"]]
    type = BackboneInterface
    enabled = yes
    listen_on = 0.0.0.0
    port = 4242
    mode = gateway
    prefer_ipv6 = No

  [[Far]]
    type = TCPClientInterface
    interface_enabled = true
    target_host = radio.example.org
    target_port = 4965
    network_name = club
    passphrase = a secret # not part of it

  [[Slow]]
    type = TCPClientInterface
    target_host = 10.0.0.9
    target_port = 70000

  [[Radio]]
    type = RNodeMultiInterface
    enabled = yes
    [[[High]]]
      vport = 1
"#;

const OURS: &str = r#"# server.toml of Roost, made from a configuration of the Reticulum daemon

[reticulum]
enable_transport = false
share_instance = true
link_mtu_discovery = false
# rpc_key = …   # left out: secrets are not printed. Write it here yourself

[server]
log = "debug"

[interfaces."Default Interface"]
type = "AutoInterface"
enabled = true

[interfaces."Town, \"hub\""]
# BackboneInterface in the reference; the same on the wire
type = "TCPServerInterface"
enabled = true
listen_ip = "0.0.0.0"
listen_port = 4242
mode = "gateway"

[interfaces."Far"]
type = "TCPClientInterface"
enabled = false
# off, because without what is left out below it would not be what was wanted
target_host = "radio.example.org"
target_port = 4965
network_name = "club"
# passphrase = …   # left out: secrets are not printed. Write it here yourself, then the interface can be on

# [[Slow]]   # left out: target_port is missing, or not what Roost takes
#   type = TCPClientInterface
#   target_host = 10.0.0.9
#   target_port = 70000

# [[Radio]]   # left out: Roost has no interface of this type. Run it in a Reticulum daemon (rnsd) that also has a TCPServerInterface, and connect Roost to that with a TCPClientInterface
#   type = RNodeMultiInterface
#   enabled = yes
# [[[High]]]
#   vport = 1
"#;

#[test]
fn what_roost_can_do_is_taken_over_and_the_rest_is_named_with_the_reason() {
    let imported = import(REFERENCE);
    assert_eq!(imported.text, OURS);
    assert_eq!(imported.left_out, 4);
    let config = Config::parse(&imported.text).unwrap();
    let states: Vec<_> = config.interfaces.iter().map(|section| section.state).collect();
    assert_eq!(states, [State::On, State::On, State::Off]);
}

#[test]
fn a_configuration_that_roost_can_follow_leaves_nothing_out() {
    let text = "[reticulum]\nenable_transport = no\nshare_instance = no\n[logging]\nloglevel = 4\nlogtimestamps = yes\n\
                [interfaces]\n[[Hub]]\ntype = TCPServerInterface\nenabled = on\nlisten_ip = 127.0.0.1\nlisten_port = \
                4242\nkiss_framing = no\noutgoing = yes\npassphrase = None\nmode = full\ni2p_tunneled = False\n";
    let imported = import(&text.replace("kiss_framing = no\n", ""));
    assert_eq!(imported.left_out, 0, "{}", imported.text);
}

#[test]
fn interfaces_are_shared_as_in_the_reference_unless_it_says_no() {
    for (said, shared) in [("", true), ("share_instance = no\n", false), ("share_instance = yes\n", true)] {
        let imported = import(&format!("[reticulum]\nenable_transport = no\n{said}"));
        let config = Config::parse(&imported.text).unwrap();
        assert_eq!((config.shared.share, imported.left_out), (Some(shared), 0), "{}", imported.text);
    }
}

#[test]
fn an_interface_that_does_not_say_enabled_is_off_as_it_is_in_the_reference() {
    let imported =
        import("[interfaces]\n[[A]]\ntype = TCPClientInterface\ntarget_host = a\ntarget_port = 1\n");
    assert!(imported.text.contains("enabled = false"), "{}", imported.text);
    assert_eq!(imported.left_out, 0);
}

#[test]
fn options_outside_of_sections_and_unknown_ones_are_left_out() {
    let imported = import("port = 1\n[reticulum]\nwat = 2\n[elsewhere]\nx = 3\n[reticulum]\ny = 4\n");
    for part in [
        "# port = 1   # left out: it stands in no",
        "# wat = 2   # left out: Roost does not know",
        "# [elsewhere]   # left",
    ] {
        assert!(imported.text.contains(part), "{part} is missing in:\n{}", imported.text);
    }
    assert_eq!(imported.left_out, 4, "{}", imported.text);
}

#[test]
fn a_closed_interface_is_off_until_its_passphrase_is_written_into_it() {
    let text = "[interfaces]\n[[A]]\ntype = UDPInterface\nenabled = yes\nlisten_ip = 0.0.0.0\nforward_ip = \
                10.0.0.255\nport = 4242\npassphrase = hidden\nifac_size = 64\n";
    let imported = import(text);
    for part in ["enabled = false", "# passphrase = …", "# ifac_size = 64   # only together"] {
        assert!(imported.text.contains(part), "{part} is missing in:\n{}", imported.text);
    }
    assert!(!imported.text.contains("hidden") && imported.left_out == 1, "{}", imported.text);
    assert!(Config::parse(&imported.text).is_ok());
}

#[test]
fn secrets_are_not_printed_even_where_they_can_not_be_read() {
    let imported =
        import("[reticulum]\npassphrase = \"open\nrpc_key = \"a\" hidden\n[x]\npassphrase = hidden\n");
    assert!(!imported.text.contains("hidden") && !imported.text.contains("open"), "{}", imported.text);
}

#[test]
fn ports_and_tncs_are_taken_over_whole() {
    let port = "enabled = yes\nport = /dev/ttyUSB2\nspeed = 115200\ndatabits = 8\nparity = N\nstopbits = 1\n";
    let tnc = "preamble = 150\ntxtail = 10\npersistence = 200\nslottime = 20\nflow_control = False\n";
    for (kind, more) in [
        ("SerialInterface", ""),
        ("KISSInterface", "id_callsign = N0CALL\nid_interval = 600\nbitrate = 9600\n"),
        ("AX25KISSInterface", "callsign = N0CALL\nssid = 0\n"),
    ] {
        let tnc = if kind == "SerialInterface" { "" } else { tnc };
        let imported = import(&format!("[interfaces]\n[[Port]]\ntype = {kind}\n{port}{tnc}{more}"));
        assert_eq!(imported.left_out, 0, "{}", imported.text);
        let section = &Config::parse(&imported.text).unwrap().interfaces[0];
        assert_eq!((section.kind.name(), section.state), (kind, State::On));
        assert!(section.kind.to_string().contains("/dev/ttyUSB2 at 115200 8N1"), "{}", section.kind);
    }
}
