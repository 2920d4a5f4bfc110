//! The way out of a program without interfaces: a connection to the shared instance, opened again when it is lost.
//! Wire-compatible with the reference's `LocalClientInterface`.

use std::io;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::{MEDIUM, SharedEndpoint, SharedStream, Which};
use crate::interface::connection::{self, Lost, Released};
use crate::interface::kind::{Interface, Place, Running};
use crate::interface::{Bus, Direction, Template};
use crate::rns::interface::Neighbour;

/// `LocalClientInterface.RECONNECT_WAIT`.
const RECONNECT_WAIT: Duration = Duration::from_secs(8);

/// A connection to the shared instance.
#[derive(Debug)]
pub struct SharedClient {
    template: Template,
    endpoint: SharedEndpoint,
    /// The first one; it has stood since we found that there is an instance.
    stream: SharedStream,
}

impl Interface for SharedClient {
    fn place(&self) -> Place {
        Place::Shared(self.endpoint.clone())
    }

    fn run(self: Box<Self>, bus: Bus) -> Running {
        Box::pin((*self).run(bus))
    }
}

impl SharedClient {
    /// Connects, if there is an instance.
    pub async fn attach(endpoint: SharedEndpoint) -> io::Result<Self> {
        let stream = endpoint.connect(Which::Data).await?;
        let template = Template::new("shared-instance", MEDIUM).with_neighbour(Neighbour::SharedInstance);
        Ok(Self { template, endpoint, stream })
    }

    /// Carries frames until the bus is closed.
    pub async fn run(self, bus: Bus) {
        let Self { template, endpoint, mut stream } = self;
        loop {
            info!(instance = %endpoint, "connected to the shared instance");
            match carry(stream, &template, &endpoint, &bus).await {
                Ok(Released) => return,
                Err(lost) => warn!(
                    instance = %endpoint, reason = %lost,
                    "lost the shared instance; trying to reach it every {} s", RECONNECT_WAIT.as_secs()
                ),
            }
            stream = tokio::select! {
                stream = reach(&endpoint) => stream,
                () = bus.events.closed() => return,
            };
        }
    }
}

async fn carry(
    stream: SharedStream,
    template: &Template,
    endpoint: &SharedEndpoint,
    bus: &Bus,
) -> Result<Released, Lost> {
    let (reader, writer) = stream.into_split()?;
    connection::carry_between(reader, writer, template.spec(endpoint), Direction::Outgoing, bus).await
}

/// Tries until there is an instance again.
async fn reach(endpoint: &SharedEndpoint) -> SharedStream {
    loop {
        sleep(RECONNECT_WAIT).await;
        match endpoint.connect(Which::Data).await {
            Ok(stream) => return stream,
            Err(error) => debug!(instance = %endpoint, %error, "the shared instance is not back"),
        }
    }
}
