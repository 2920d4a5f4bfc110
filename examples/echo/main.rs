//! Sends back what it is sent, to try a Reticulum network out: link packets, channel messages, a stream, and packets to
//! a GROUP and a PLAIN destination. Not a server of anything else, and the smallest program on this library that is
//! of use.
//!
//! ```text
//! cargo run --example echo -- HOST:PORT [GROUP KEY IN HEX]
//! ```
//!
//! It connects to a TCPServerInterface and prints its three addresses; all are called `example.echo`.

mod echo;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use roost::daemon::clock::{Clock, draw_seed};
use roost::interface::hdlc::{self, Decoder};
use roost::interface::{Medium, Template};
use roost::rns::Node;
use roost::rns::broadcast::GroupKey;
use roost::rns::random::Random;

use echo::Echo;

/// Most bytes of one read.
const READ_SIZE: usize = 65_536;
/// How long to wait when nothing is due.
const IDLE: Duration = Duration::from_hours(1);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let peer = arguments.next().context("say where to connect to: HOST:PORT")?;
    let mut random = Random::from_seed(draw_seed()?);
    let key = match arguments.next() {
        Some(key) => GroupKey::from_bytes(&hex::decode(key).context("the group key is no hex")?)?,
        None => GroupKey::generate(&mut random),
    };

    let mut stream = TcpStream::connect(&peer).with_context(|| format!("cannot connect to {peer}"))?;
    let spec = Template::new("tcp", Medium::default()).spec(&peer);
    let frames = read_frames(stream.try_clone()?, spec.max_frame());
    let clock = Clock::start();
    let mut node = Node::new(draw_seed()?);
    let interface = node.add_interface(clock.now(), spec);
    let mut echo = Echo::new(&mut node, key, &mut random);
    echo.introduce(clock.now(), &mut node)?;

    loop {
        let now = clock.now();
        if node.poll_timeout().is_some_and(|timeout| timeout <= now.instant) {
            node.handle_timeout(now);
        }
        node.run_jobs(now);
        while let Some(event) = node.poll_event() {
            echo.handle_event(now, &mut node, event);
        }
        let mut wire = Vec::new();
        while let Some(transmit) = node.poll_transmit() {
            hdlc::encode_into(&transmit.frame, &mut wire);
        }
        stream.write_all(&wire).with_context(|| format!("lost {peer}"))?;
        let wait = node.poll_timeout().map_or(IDLE, |due| due.since(clock.now().instant));
        match frames.recv_timeout(wait) {
            Ok(frame) => node.handle_frame(clock.now(), interface, &frame),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("{peer} has closed the connection"),
        }
    }
}

/// Reads on a thread of its own.
fn read_frames(mut stream: TcpStream, max_frame: usize) -> Receiver<Vec<u8>> {
    let (sender, frames): (Sender<Vec<u8>>, _) = channel();
    thread::spawn(move || {
        let mut decoder = Decoder::new(max_frame);
        let mut chunk = vec![0; READ_SIZE];
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            decoder.push(chunk.get(..length).unwrap_or_default());
            while let Some(frame) = decoder.next_frame() {
                if sender.send(frame).is_err() {
                    return;
                }
            }
        }
    });
    frames
}
