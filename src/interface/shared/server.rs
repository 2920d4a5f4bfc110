//! The socket of a shared instance: an interface of its own for every program that uses it.
//! Wire-compatible with the reference's `LocalServerInterface`.

use std::io;

use tracing::{debug, warn};

use super::{MEDIUM, SharedEndpoint, SharedListener, SharedStream, Which};
use crate::interface::connection;
use crate::interface::kind::{Interface, Place, Running};
use crate::interface::places::{Places, WhenFull};
use crate::interface::{Attachment, Condition, Direction, Framing, Template};
use crate::rns::interface::{InterfaceSpec, Neighbour};

/// Most programs at once. When it is reached, the newcomer loses.
pub const MAX_SHARED_CLIENTS: usize = 64;

/// A bound socket.
#[derive(Debug)]
pub struct SharedServer {
    template: Template,
    endpoint: SharedEndpoint,
    listener: SharedListener,
}

impl Interface for SharedServer {
    fn place(&self) -> Place {
        Place::Shared(self.endpoint.clone())
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl SharedServer {
    /// What stands in `type` where the reference shows its own.
    pub const KIND: &str = "LocalServerInterface";

    /// Takes the socket; fails if another program has it.
    pub async fn bind(endpoint: SharedEndpoint) -> io::Result<Self> {
        let listener = endpoint.bind(Which::Data).await?;
        let template = Template::new("local-client", MEDIUM).with_neighbour(Neighbour::LocalClient);
        Ok(Self { template, endpoint, listener })
    }

    /// What the connections are made from.
    pub const fn template(&self) -> &Template {
        &self.template
    }

    /// Serves programs until it is released.
    pub async fn run(self, attachment: Attachment) {
        attachment.say(Condition::Up).await;
        let mut places = Places::new(MAX_SHARED_CLIENTS, WhenFull::TurnAway, self.endpoint.to_string());
        let mut served: u64 = 0;
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = attachment.released() => return,
            };
            let stream = match accepted {
                Ok(stream) => stream,
                Err(error) => {
                    places.pause_after(&error).await;
                    continue;
                }
            };
            let Some(place) = places.take(attachment.counters()) else { continue };
            served = served.saturating_add(1);
            let spec = self.template.spec(format_args!("{} / {served}", self.endpoint));
            let attachment = attachment.in_place(place);
            tokio::spawn(async move { serve(stream, spec, &attachment).await });
        }
    }
}

async fn serve(stream: SharedStream, spec: InterfaceSpec, attachment: &Attachment) {
    let name = spec.name.clone();
    debug!(client = %name, "a program uses this instance");
    let outcome = match stream.into_split() {
        Ok((reader, writer)) => {
            connection::carry_between(reader, writer, Framing::Hdlc, spec, Direction::Incoming, attachment)
                .await
        }
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(connection::Released) => debug!(client = %name, "the program is let go"),
        Err(connection::Lost::PeerClosed) => debug!(client = %name, "the program has ended"),
        Err(lost) => warn!(client = %name, reason = %lost, "lost a program that used this instance"),
    }
}
