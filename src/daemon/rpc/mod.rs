//! Questions of other programs about the shared instance that we are: `rnstatus`, `rnpath`, `rnprobe` ask them.
//! Not packets; those have a socket of their own.

mod answer;
mod greeting;
mod key;
mod question;
mod speeds;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use self::answer::Surveyor;
use self::greeting::Trusted;
use self::question::Question;
use super::interfaces::Registry;
use crate::interface::{SharedEndpoint, SharedListener, SharedStream};
use crate::rns::Node;
use crate::rns::random::Random;
use crate::rns::time::Now;

pub use self::key::KeySource;

/// Most programs that ask at once; further ones wait.
const MOST_AT_ONCE: usize = 8;
/// Questions that wait for the owner of the node.
const QUEUE: usize = 16;
/// For all of one question, from the greeting to the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of a question: one has a hash and a few words.
const MOST_QUESTION: usize = 4096;
/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A question that waits for its answer, in MessagePack.
#[derive(Debug)]
pub struct Asked {
    question: Question,
    answer: oneshot::Sender<Vec<u8>>,
}

/// The end at which questions go in.
pub type Asking = mpsc::Sender<Asked>;

/// The end at which they come out, and are answered. By default there is no shared instance and are no questions.
#[derive(Debug, Default)]
pub struct Control(Option<(mpsc::Receiver<Asked>, Surveyor)>);

impl Control {
    /// Of an instance that runs at `endpoint` since `now`.
    pub fn new(endpoint: SharedEndpoint, now: Now) -> (Asking, Self) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (sender, Self(Some((receiver, Surveyor::new(endpoint, now)))))
    }

    /// Waits for a question, for ever if none can come.
    pub async fn next(&mut self) -> Asked {
        let asked = match &mut self.0 {
            Some((questions, _)) => questions.recv().await,
            None => None,
        };
        match asked {
            Some(asked) => asked,
            None => std::future::pending().await,
        }
    }

    /// Answers a question, or carries an order out.
    pub fn answer(&mut self, now: Now, node: &mut Node, registry: &Registry, asked: Asked) {
        if let Some((_, surveyor)) = &mut self.0 {
            surveyor.answer(now, node, registry, asked);
        }
    }
}

/// Serves whoever connects to the control socket and has the key, until nobody answers any more.
pub async fn serve(listener: SharedListener, keys: KeySource, asking: Asking, mut random: Random) {
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let keys = Arc::new(keys);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = asking.closed() => return,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                warn!(%error, "cannot take a question; trying again in a second");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (keys, asking, random) = (Arc::clone(&keys), asking.clone(), Random::from_seed(random.bytes()));
        tokio::spawn(async move {
            match timeout(PATIENCE, converse(stream, &keys, &asking, random)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "a question was not answered"),
                Err(_) => debug!("a question was not answered: it took too long"),
            }
            drop(place);
        });
    }
}

/// One question, one answer.
async fn converse(
    stream: SharedStream,
    keys: &KeySource,
    asking: &Asking,
    mut random: Random,
) -> io::Result<()> {
    let key =
        keys.key().ok_or_else(|| io::Error::other("there is no key: no program of the reference has run"))?;
    let (reader, writer) = stream.into_split()?;
    let mut peer = Trusted::greet(reader, writer, &key, &mut random).await?;
    let question = Question::parse(&peer.receive(MOST_QUESTION).await?).map_err(io::Error::other)?;
    let (answer, answered) = oneshot::channel();
    asking.send(Asked { question, answer }).await.map_err(io::Error::other)?;
    peer.send(&answered.await.map_err(io::Error::other)?).await
}
