//! Configuration files, ours and the reference's: any text is read, or everything wrong with it is said with its line;
//! any text of the reference's gives one that can be read.

use roost::config::Config;
use roost::config::import::import;

use crate::bytes::Bytes;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let ours = bytes.byte() & 1 == 0;
    let Ok(text) = std::str::from_utf8(bytes.rest()) else { return };
    if ours {
        let Err(problems) = Config::parse(text) else { return };
        assert!(!problems.is_empty());
        let lines = text.lines().count().max(1);
        for problem in problems {
            assert!((1..=lines + 1).contains(&problem.line), "{problem:?}");
            assert!(!problem.what.is_empty());
        }
    } else {
        let imported = import(text);
        if let Err(problems) = Config::parse(&imported.text) {
            panic!("{problems:?} in what became of it:\n{}", imported.text);
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let ours = [include_str!("../../../examples/server.toml"), OURS];
    let theirs = [THEIRS, OBJECTS];
    let texts = ours.into_iter().map(|text| (0, text)).chain(theirs.into_iter().map(|text| (1, text)));
    texts.map(|(kind, text)| [&[kind][..], text.as_bytes()].concat()).collect()
}

const OURS: &str = r#"[server]
data = "here"
log = "info"
[group]
name = "Perch"
[reticulum]
enable_transport = true
[interfaces.Hub]
type = "TCPClientInterface"
enabled = false
target_host = "example.net"
target_port = 4242
mode = "gateway"
network_name = "x"
passphrase = "y"
ifac_size = 128
[interfaces."Two words"]
type = "UDPInterface"
listen_ip = "0.0.0.0"
port = 4243
"#;

const THEIRS: &str = "[reticulum]
  enable_transport = Yes
  share_instance = No
[logging]
  loglevel = 4
[interfaces]
  [[Default Interface]]
    type = AutoInterface
    enabled = yes
  [[Hub]]
    type = TCPClientInterface
    interface_enabled = True
    target_host = 127.0.0.1
    target_port = 4242
    mode = gw
    passphrase = secret
  [[Backbone]]
    type = BackboneInterface
    enabled = yes
    remote = example.net
    port = 1
  [[Pipe]]
    type = PipeInterface
    command = netcat -l 5757
    respawn_delay = 5
";

const OBJECTS: &str = r#"a = "quoted, value", 'other', plain # remark
[interfaces]
b = '''three
lines'''
[[x]]
type = UDPInterface
listen_ip = $ip
forward_port = "%(port)s"
[[[deep]]]
c = 1,
"#;
