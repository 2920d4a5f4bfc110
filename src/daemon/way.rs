//! The way into the network: the interfaces that were asked for, the shared instance of this machine, or, where nothing
//! was asked for and nobody shares, the default.
//! Not the interfaces themselves, and not what is said on them.

use std::io::{self, ErrorKind};

use tracing::{debug, info};

use super::interfaces::{Opened, Opener};
use crate::config::interfaces::InterfaceSection;
use crate::config::shared::SharedSection;
use crate::interface::{SharedClient, SharedEndpoint, SharedListener, SharedServer, Which};

/// How the way was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the interfaces that were asked for.
    AskedFor,
    /// Nothing was asked for, and there is a shared instance.
    Through(SharedEndpoint),
    /// Nothing was asked for, and nobody shares.
    ByDefault,
}

/// Everything that is to run.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) interfaces: Opened,
    pub(super) way: Way,
    /// Where other programs use our interfaces.
    pub(super) sharing: Option<Sharing>,
}

/// The places where other programs find us.
#[derive(Debug)]
pub(super) struct Sharing {
    pub(super) endpoint: SharedEndpoint,
    /// Where they ask questions.
    pub(super) control: SharedListener,
}

/// Opens the way: what was asked for, else the shared instance, else what is so by default. Nothing is left open if a
/// part of it fails.
pub(super) async fn open(
    wanted: &SharedSection,
    asked_for: &[InterfaceSection],
    by_default: &[InterfaceSection],
    opener: &mut Opener,
) -> anyhow::Result<Opening> {
    let endpoint = wanted.endpoint();
    let nothing_asked_for = asked_for.is_empty();
    let server = match wanted.share {
        Some(true) => match share(&endpoint).await {
            Ok(both) => Some(both),
            // As the reference does: who comes second uses what the first has.
            Err(error) if error.kind() == ErrorKind::AddrInUse && nothing_asked_for => None,
            Err(error) => return Err(advise(error, &endpoint)),
        },
        Some(false) | None => None,
    };
    if nothing_asked_for && server.is_none() {
        for endpoint in wanted.candidates() {
            match SharedClient::attach(endpoint.clone()).await {
                Ok(client) => {
                    let mut interfaces = Opened::default();
                    interfaces.add(SharedClient::KIND, client.template().clone(), Box::new(client));
                    return Ok(Opening { interfaces, way: Way::Through(endpoint), sharing: None });
                }
                Err(error) => debug!(%endpoint, %error, "no shared instance there"),
            }
        }
    }
    let (sections, way) = if nothing_asked_for {
        info!("no interface was asked for and no shared instance is running; using the default interfaces");
        (by_default, Way::ByDefault)
    } else {
        (asked_for, Way::AskedFor)
    };
    let mut interfaces = Opened::open(sections, opener).await?;
    let sharing = server.map(|(server, sharing)| {
        interfaces.add(SharedServer::KIND, server.template().clone(), Box::new(server));
        sharing
    });
    Ok(Opening { interfaces, way, sharing })
}

async fn share(at: &SharedEndpoint) -> io::Result<(SharedServer, Sharing)> {
    let server = SharedServer::bind(at.clone()).await?;
    let control = at.bind(Which::Control).await?;
    Ok((server, Sharing { endpoint: at.clone(), control }))
}

/// Says what to do about a place that can't be had.
fn advise(error: io::Error, at: &SharedEndpoint) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => format!(
            "another program is the shared instance {at} already, perhaps a Reticulum daemon. Stop it, or choose \
             another instance_name; without share_instance and without interfaces Roost uses those of that program"
        ),
        _ => format!(
            "cannot be the shared instance {at}. Choose another instance_name, or leave share_instance out"
        ),
    };
    anyhow::Error::new(error).context(advice)
}
