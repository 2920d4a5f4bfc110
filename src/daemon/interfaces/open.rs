//! From the sections of the configuration to interfaces that are ready to run.
//! Not their running.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tracing::warn;

use super::keeper::Keeper;
use super::opener::Opener;
use crate::config::interfaces::{InterfaceSection, Origin, State};
use crate::interface::{BindError, HostPort, Interface, OpenError, Place, Template};

/// Everything that can fail is done: what is left is to run it.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Opened {
    interfaces: Vec<OpenInterface>,
}

/// One of them.
#[derive(Debug)]
pub(super) enum OpenInterface {
    /// It was asked for; without an interface it could not be opened yet.
    Asked { keeper: Box<Keeper>, interface: Option<Box<dyn Interface>> },
    /// It belongs to the server.
    Own { kind: &'static str, template: Template, interface: Box<dyn Interface> },
}

impl Opened {
    /// Opens what is on. One of the file that fails is left to be tried again, if another works; else nothing is left
    /// open.
    pub(in crate::daemon) async fn open(
        sections: &[InterfaceSection],
        opener: &mut Opener,
    ) -> anyhow::Result<Self> {
        let mut interfaces = Vec::new();
        let mut failed = None;
        for section in sections.iter().filter(|section| section.state == State::On) {
            let mut keeper = opener.keeper(section.clone())?;
            let interface = match keeper.open().await {
                Ok(interface) => Some(interface),
                Err(error) if section.origin.is_command_line() => return Err(error),
                Err(error) => {
                    failed.get_or_insert(error);
                    None
                }
            };
            interfaces.push(OpenInterface::Asked { keeper: Box::new(keeper), interface });
        }
        let opened = Self { interfaces };
        if let Some(error) = failed.filter(|_| opened.working().next().is_none()) {
            return Err(error);
        }
        if opened.interfaces.is_empty() {
            warn!(
                "no interface is on, so nobody can reach this server; the configuration says enabled = false"
            );
        }
        Ok(opened)
    }

    /// One more.
    pub(in crate::daemon) fn add(
        &mut self,
        kind: &'static str,
        template: Template,
        interface: Box<dyn Interface>,
    ) {
        self.interfaces.push(OpenInterface::Own { kind, template, interface });
    }

    fn working(&self) -> impl Iterator<Item = &dyn Interface> {
        self.interfaces.iter().filter_map(|open| match open {
            OpenInterface::Asked { interface, .. } => interface.as_deref(),
            OpenInterface::Own { interface, .. } => Some(&**interface),
        })
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.working().map(Interface::place)
    }

    /// Where it listens, with the ports that the system chose.
    pub(in crate::daemon) fn listening(&self) -> Vec<SocketAddr> {
        let listening = |place| if let Place::Listening(address) = place { Some(address) } else { None };
        self.places().filter_map(listening).collect()
    }

    /// Whom it connects to.
    pub(in crate::daemon) fn connecting(&self) -> Vec<HostPort> {
        let connecting = |place| if let Place::Connecting(target) = place { Some(target) } else { None };
        self.places().filter_map(connecting).collect()
    }

    /// Names of those that are neither a listener nor a connection.
    pub(in crate::daemon) fn others(&self) -> Vec<String> {
        let other = |place| if let Place::Other(name) = place { Some(name) } else { None };
        self.places().filter_map(other).collect()
    }

    /// To be started.
    pub(super) fn into_interfaces(self) -> Vec<OpenInterface> {
        self.interfaces
    }
}

/// Says what to do about an interface that can't be had.
pub(super) fn advise(error: OpenError, section: &InterfaceSection) -> anyhow::Error {
    match error {
        OpenError::Bind(error) => advise_address(error, section),
        OpenError::Section(_) => {
            anyhow::Error::new(error).context(format!("cannot start the interface \"{}\"", section.name))
        }
    }
}

/// Says what to do about an address that can't be had.
fn advise_address(error: BindError, section: &InterfaceSection) -> anyhow::Error {
    let at = &error.at;
    let place = match section.origin {
        Origin::CommandLine(option) => format!("with {option}"),
        Origin::File => format!("for the interface \"{}\" in the configuration", section.name),
    };
    let advice = match error.source.kind() {
        ErrorKind::AddrInUse => format!(
            "{at} is in use by another program, perhaps a Reticulum daemon. Stop that program, or choose another \
             address {place}"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{at} is no address of this machine. Choose one that is {place}; {} listens on all of them",
            HostPort { host: "0.0.0.0".to_owned(), port: at.port }
        ),
        ErrorKind::PermissionDenied => {
            format!("listening on {at} is not allowed. Choose a port of 1024 or more {place}")
        }
        _ => format!("cannot listen on {at}. Check the address, or choose another {place}"),
    };
    anyhow::Error::new(error.source).context(advice)
}
