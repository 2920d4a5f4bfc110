//! The way out of a program without interfaces: a connection to the shared instance, opened again when it is lost.
//! Wire-compatible with the reference's `LocalClientInterface`.

use std::io;
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::{MEDIUM, SharedEndpoint, SharedStream, Which};
use crate::interface::connection::{self, Lost, Released};
use crate::interface::kind::{Interface, Place, Running};
use crate::interface::{Attachment, Condition, Direction, Framing, Template};
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

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl SharedClient {
    /// What stands in `type` where the reference shows its own.
    pub const KIND: &str = "LocalClientInterface";

    /// Connects, if there is an instance.
    pub async fn attach(endpoint: SharedEndpoint) -> io::Result<Self> {
        let stream = endpoint.connect(Which::Data).await?;
        let template = Template::new("shared-instance", MEDIUM).with_neighbour(Neighbour::SharedInstance);
        Ok(Self { template, endpoint, stream })
    }

    /// What its connection is made from.
    pub const fn template(&self) -> &Template {
        &self.template
    }

    /// Carries frames until it is released.
    pub async fn run(self, attachment: Attachment) {
        let Self { template, endpoint, mut stream } = self;
        loop {
            info!(instance = %endpoint, "connected to the shared instance");
            attachment.say(Condition::Up).await;
            match carry(stream, &template, &endpoint, &attachment).await {
                Ok(Released) => return,
                Err(lost) => attachment.say(Condition::Retrying(lost.to_string())).await,
            }
            stream = tokio::select! {
                stream = reach(&endpoint, &attachment) => stream,
                () = attachment.released() => return,
            };
        }
    }
}

async fn carry(
    stream: SharedStream,
    template: &Template,
    endpoint: &SharedEndpoint,
    attachment: &Attachment,
) -> Result<Released, Lost> {
    let (reader, writer) = stream.into_split()?;
    let (framing, spec) = (Framing::Hdlc, template.spec(endpoint));
    connection::carry_between(reader, writer, framing, spec, Direction::Outgoing, attachment).await
}

/// Tries until there is an instance again.
async fn reach(endpoint: &SharedEndpoint, attachment: &Attachment) -> SharedStream {
    loop {
        sleep(RECONNECT_WAIT).await;
        match endpoint.connect(Which::Data).await {
            Ok(stream) => return stream,
            Err(error) => attachment.say(Condition::Retrying(error.to_string())).await,
        }
    }
}
