//! What `[reticulum]` says about the shared instance: whether to be one, where, and the key for questions about it.
//! Not the sockets; those are in [`crate::interface`].

use zeroize::Zeroizing;

use super::key::{Key, Takes};
use super::section::Values;
use crate::interface::SharedEndpoint;

/// Most bytes of a name: the name of an abstract socket has 107, and some of them are ours.
const MAX_NAME: usize = 64;

const PORT: Takes = Takes::Number { least: 1, most: 65_535, of: "a port" };

/// The keys.
pub(super) const KEYS: &[Key] = &[
    Key::optional("share_instance", Takes::Switch),
    Key::optional("instance_name", Takes::Text { most: MAX_NAME, of: "a name" }),
    Key::optional("shared_instance_type", Takes::OneOf(&["unix", "tcp"])),
    Key::optional("shared_instance_port", PORT),
    Key::optional("instance_control_port", PORT),
    Key::optional("rpc_key", Takes::Hex { least: 8, most: 64, of: "a key" }),
];

/// What is wanted of the shared instance. What isn't said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedSection {
    /// May other programs use our interfaces?
    pub share: Option<bool>,
    /// Its name.
    pub name: Option<String>,
    /// By which kind of socket.
    pub socket: Option<SocketKind>,
    /// Its port for packets.
    pub port: Option<u16>,
    /// Its port for questions.
    pub control_port: Option<u16>,
    /// What programs must know that ask it questions.
    pub rpc_key: Option<RpcKey>,
}

/// How programs on one machine find each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketKind {
    /// An abstract socket, by name.
    Unix,
    /// A port of loopback.
    Tcp,
}

/// A key that is wiped when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RpcKey(Zeroizing<Vec<u8>>);

impl RpcKey {
    /// From its bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for RpcKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RpcKey(…)")
    }
}

impl SharedSection {
    /// From the values of a section.
    pub(super) fn of(values: &Values) -> Self {
        let port = |name| values.number(name).and_then(|port| u16::try_from(port).ok());
        Self {
            share: values.switch("share_instance"),
            name: values.text("instance_name").map(str::to_owned),
            socket: values.text("shared_instance_type").map(|kind| match kind {
                "tcp" => SocketKind::Tcp,
                _ => SocketKind::Unix,
            }),
            port: port("shared_instance_port"),
            control_port: port("instance_control_port"),
            rpc_key: values.secret("rpc_key").and_then(|key| hex::decode(key.text()).ok()).map(RpcKey::new),
        }
    }

    /// Where the instance is, or is to be.
    pub fn endpoint(&self) -> SharedEndpoint {
        match self.socket {
            Some(SocketKind::Unix) | None if SharedEndpoint::HAS_NAMES => self.named(),
            Some(SocketKind::Unix | SocketKind::Tcp) | None => self.ports(),
        }
    }

    /// Where to look for one, the likeliest first.
    pub fn candidates(&self) -> Vec<SharedEndpoint> {
        let first = self.endpoint();
        let unsaid = self.name.is_none() && self.socket.is_none();
        let second = Some(self.ports()).filter(|second| unsaid && *second != first);
        [Some(first), second].into_iter().flatten().collect()
    }

    fn named(&self) -> SharedEndpoint {
        SharedEndpoint::Name(self.name.clone().unwrap_or_else(|| SharedEndpoint::DEFAULT_NAME.to_owned()))
    }

    fn ports(&self) -> SharedEndpoint {
        SharedEndpoint::Ports {
            data: self.port.unwrap_or(SharedEndpoint::DEFAULT_PORT),
            control: self.control_port.unwrap_or(SharedEndpoint::DEFAULT_CONTROL_PORT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(text: &str) -> SharedSection {
        Config::parse(&format!("[reticulum]\n{text}")).unwrap().shared
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_instance_is_looked_for_where_the_reference_is_by_default_and_only_where_it_was_named() {
        let shown = |section: &SharedSection| -> Vec<String> {
            section.candidates().iter().map(ToString::to_string).collect()
        };
        assert_eq!(shown(&read("")), ["rns/default", "127.0.0.1:37428"]);
        assert_eq!(shown(&read("instance_name = \"perch\"")), ["rns/perch"]);
        assert_eq!(shown(&read("shared_instance_type = \"tcp\"\nshared_instance_port = 9")), ["127.0.0.1:9"]);
    }

    #[test]
    fn a_key_is_read_and_not_shown() {
        let section = read("share_instance = true\nrpc_key = \"00112233445566778899aabb\"");
        assert_eq!(section.rpc_key.as_ref().unwrap().bytes()[..3], [0, 0x11, 0x22]);
        assert!(!format!("{section:?}").contains("17"), "{section:?}");
        let problems = Config::parse("[reticulum]\nrpc_key = \"001122334455667788zz\"").unwrap_err();
        assert!(problems[0].to_string().contains("hexadecimal"), "{}", problems[0]);
        assert!(!problems[0].to_string().contains("zz"), "{}", problems[0]);
    }
}
