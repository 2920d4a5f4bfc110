//! Sections `[interfaces."Name"]`: the kinds there are, and what all kinds have in common.
//! Not the interfaces themselves; a section only says what they should be.

mod air;
mod auto;
mod beacon;
mod common;
mod foreign;
mod pipe;
mod rnode;
mod serial;
mod tcp;
mod udp;

use self::air::{AIRTIME, limits};
use self::common::{BITRATE, COMMON, COMMON_LEFT_OUT, FIXED_BITRATE, access, policy};
use super::key::quoted;
use super::problem::{Review, nearest};
use super::section::{Values, Vocabulary};
use crate::interface::{
    AutoSection, Ax25KissSection, CodeSize, HostPort, Interface, KissSection, Means, Medium, Mode, OpenError,
    PipeSection, Policy, RNodeSection, Section, SerialSection, TcpClientSection, TcpServerSection, Template,
    UdpSection,
};
use toml::de::{DeTable, DeValue};

pub use crate::interface::AccessSection;

/// Every kind, its name in `type`, and the type of its section. A new one is a file with its keys, one in
/// [`crate::interface`] with what it does, and a line here.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident($section:ty) = $name:literal,)+) => {
        /// What an interface is to be.
        #[derive(Debug, Clone, PartialEq)]
        pub enum InterfaceKind {
            $($(#[$doc])* $variant($section),)+
        }

        /// The kinds by the name that stands in `type`.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: $name,
            vocabulary: <$section>::VOCABULARY,
            build: |values, network| <$section>::build(values, network).map(InterfaceKind::$variant),
        },)+];

        /// As a line says it.
        impl std::fmt::Display for InterfaceKind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$variant(section) => section.fmt(f),)+ }
            }
        }

        impl InterfaceKind {
            /// What stands in `type`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// The length of access codes where nothing is said.
            pub const fn code_size(&self) -> CodeSize {
                match self { $(Self::$variant(_) => <$section as Section>::CODE_SIZE,)+ }
            }

            /// How packets are.
            pub fn medium(&self) -> Medium {
                match self { $(Self::$variant(section) => section.medium(),)+ }
            }

            /// Does everything that can fail for reasons of this machine.
            pub async fn open(
                &self,
                template: Template,
                means: Means,
            ) -> Result<Box<dyn Interface>, OpenError> {
                match self { $(Self::$variant(section) => section.open(template, means).await,)+ }
            }
        }
    };
}

kinds! {
    /// A listener for TCP clients.
    TcpServer(TcpServerSection) = "TCPServerInterface",
    /// A connection to a TCP server.
    TcpClient(TcpClientSection) = "TCPClientInterface",
    /// Datagrams, from anybody, to one address.
    Udp(UdpSection) = "UDPInterface",
    /// A program that carries frames.
    Pipe(PipeSection) = "PipeInterface",
    /// Peers that find each other on local networks.
    Auto(AutoSection) = "AutoInterface",
    /// A radio with RNode firmware.
    RNode(RNodeSection) = "RNodeInterface",
    /// A serial line.
    Serial(SerialSection) = "SerialInterface",
    /// A TNC on a serial port.
    Kiss(KissSection) = "KISSInterface",
    /// The same, with an AX.25 header around every packet.
    Ax25Kiss(Ax25KissSection) = "AX25KISSInterface",
}

/// Why a section makes no interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A value is missing or wrong, which was said already.
    Reported,
    /// Each value is right, but not all of them together.
    Because(String),
}

/// A kind of interface.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What stands in `type`.
    pub name: &'static str,
    /// What may stand in its section.
    pub vocabulary: Vocabulary,
    /// The section, if all that it needs is there.
    build: fn(&Values, Network) -> Result<InterfaceKind, Unfit>,
}

impl Kind {
    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    fn made_of(&self, values: &Values, network: Network) -> Result<InterfaceKind, Unfit> {
        let kind = (self.build)(values, network)?;
        access(values).code(kind.code_size()).map_err(|error| Unfit::Because(error.to_string()))?;
        Ok(kind)
    }

    /// What is wrong with values that are all there and each right for itself.
    pub(super) fn objection(&self, values: &Values) -> Option<String> {
        match self.made_of(values, Network { link_mtu_discovery: true }) {
            Err(Unfit::Because(why)) => Some(why),
            Ok(_) | Err(Unfit::Reported) => None,
        }
    }
}

/// What `[reticulum]` says about all interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Whether links may carry packets of more than 500 bytes.
    pub link_mtu_discovery: bool,
}

/// An interface to start.
#[derive(Debug, Clone, PartialEq)]
pub struct InterfaceSection {
    /// What it is called.
    pub name: String,
    /// Who asked for it.
    pub origin: Origin,
    /// Whether it is to be started at all.
    pub state: State,
    /// Who may take part over it; for those of the command line it stands there.
    pub access: AccessSection,
    /// What a transport node passes on over it.
    pub mode: Mode,
    /// What else is said about that.
    pub policy: Policy,
    /// What it is.
    pub kind: InterfaceKind,
}

/// Who asked for an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file.
    File,
    /// The command line with this option, or nobody: the default.
    CommandLine(&'static str),
}

impl Origin {
    /// Does it stand in no file?
    pub const fn is_command_line(self) -> bool {
        matches!(self, Self::CommandLine(_))
    }
}

/// `enabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be started.
    On,
    /// It is only kept in the file.
    Off,
}

impl InterfaceSection {
    /// What `--listen` asks for.
    pub fn listen(at: HostPort) -> Self {
        let kind = InterfaceKind::TcpServer(TcpServerSection::new(at));
        Self::asked_for("tcp-server", "--listen HOST:PORT", kind)
    }

    /// What `--connect` asks for.
    pub fn connect(target: HostPort) -> Self {
        let kind = InterfaceKind::TcpClient(TcpClientSection::new(target));
        Self::asked_for("tcp-client", "--connect HOST:PORT", kind)
    }

    /// What `--udp` asks for.
    pub fn udp(section: UdpSection) -> Self {
        Self::asked_for("udp", "--udp LISTEN,FORWARD", InterfaceKind::Udp(section))
    }

    /// What `--pipe` asks for.
    pub fn pipe(section: PipeSection) -> Self {
        Self::asked_for("pipe", "--pipe COMMAND", InterfaceKind::Pipe(section))
    }

    /// What `--auto` asks for.
    pub fn auto() -> Self {
        Self::asked_for("auto", "--auto", InterfaceKind::Auto(AutoSection::default()))
    }

    fn asked_for(name: &str, option: &'static str, kind: InterfaceKind) -> Self {
        Self {
            name: name.to_owned(),
            origin: Origin::CommandLine(option),
            state: State::On,
            access: AccessSection::default(),
            mode: Mode::Full,
            policy: Policy::default(),
            kind,
        }
    }
}

/// Reads `[interfaces]`.
pub(super) fn read(table: &DeTable<'_>, network: Network, review: &mut Review<'_>) -> Vec<InterfaceSection> {
    let mut sections = Vec::new();
    for (name, value) in super::section::in_order(table) {
        let (at, name) = (name.span().start, name.get_ref());
        let path = format!("interfaces.{}", quoted(name));
        let DeValue::Table(table) = value.get_ref() else {
            review.add(at, path, "this must be a section, with a line [interfaces.\"Name\"] above its keys");
            continue;
        };
        if !is_name(name) {
            review.add(at, path, NAME_RULE);
            continue;
        }
        sections.extend(read_one(name, &path, value.span().start, table, network, review));
    }
    sections
}

/// What [`is_name`] asks for.
pub(super) const NAME_RULE: &str = "an interface needs a name of 1 to 64 bytes on one line";

/// Can an interface be called so?
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 64 && !name.contains(char::is_control)
}

fn read_one(
    name: &str,
    path: &str,
    at: usize,
    table: &DeTable<'_>,
    network: Network,
    review: &mut Review<'_>,
) -> Option<InterfaceSection> {
    let names = || KINDS.iter().map(|kind| quoted(kind.name)).collect::<Vec<_>>().join(" or ");
    let full = format!("{path}.type");
    let Some(written) = table.get("type") else {
        review.add(at, full, format!("this key is missing. Write {}", names()));
        return None;
    };
    let kind = written.get_ref().as_str().and_then(Kind::from_name);
    let Some(kind) = kind else {
        let what = match written.get_ref().as_str() {
            Some(other) => match foreign::advice(other) {
                Some(advice) => format!("{}: {advice}", quoted(other)),
                None => match nearest(other, KINDS.iter().map(|kind| kind.name)) {
                    Some(meant) => {
                        format!("{} is not known here. Did you mean {}?", quoted(other), quoted(meant))
                    }
                    None => format!("{} is not known here. Write {}", quoted(other), names()),
                },
            },
            None => format!("this must be text. Write {}", names()),
        };
        review.add(written.span().start, full, what);
        return None;
    };
    let values = kind.vocabulary.read(path, at, table, review);
    let state = if values.switch("enabled").unwrap_or(true) { State::On } else { State::Off };
    let access = access(&values);
    match kind.made_of(&values, network) {
        Ok(kind) => Some(InterfaceSection {
            name: name.to_owned(),
            origin: Origin::File,
            state,
            access,
            mode: values.text("mode").and_then(Mode::from_name).unwrap_or_default(),
            policy: policy(&values),
            kind,
        }),
        Err(Unfit::Because(why)) => {
            review.add(at, path, why);
            None
        }
        Err(Unfit::Reported) => None,
    }
}

/// The types of the reference that Roost hasn't, with advice.
pub(super) use foreign::advice as foreign_advice;
