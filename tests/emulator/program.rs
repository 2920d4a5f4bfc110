//! Emulated radios behind real ports, in real time: what a program with a serial port or a socket finds is a radio.
//! Not a radio that sends anything; all of them share one air inside this process.
//!
//! Prints a line of JSON for each station with its port, then `{"ready":true}`. Standard input takes `counts`, which
//! prints what each station has sent and heard, and `loss PERCENT`; its end ends the program, with counts once more.

mod ether;
mod fault;
mod host;
mod options;
mod parameters;
mod port;
mod rnode;
mod split;
mod tnc;
mod traffic;
mod turns;
mod world;

use std::io::BufRead;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use roost::rns::packet::Packet;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use ether::{Event, Miss, Station};
use options::Options;
use port::{Happening, Port};
use rnode::Output;
use world::World;

/// What the program reacts to.
#[derive(Debug)]
enum Input {
    Port(Station, Happening),
    Line(String),
    End,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let (inputs, waiting) = unbounded_channel();
    let mut emulator = Emulator::new(&options, &inputs)?;
    println!("{}", json!({"ready": true}));
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = inputs.send(Input::Line(line));
        }
        let _ = inputs.send(Input::End);
    });
    emulator.run(waiting).await?;
    emulator.print_counts();
    Ok(())
}

struct Emulator {
    started: Instant,
    world: World,
    ports: Vec<Port>,
    trace: bool,
}

impl Emulator {
    fn new(options: &Options, inputs: &UnboundedSender<Input>) -> anyhow::Result<Self> {
        let mut world = options.world()?;
        let mut ports = Vec::new();
        for station in world.stations() {
            let inputs = inputs.clone();
            let tell = move |happening| {
                let _ = inputs.send(Input::Port(station, happening));
            };
            let port = match options.address(station)? {
                None => Port::serial(options.link(station), tell),
                Some(address) => Port::tcp(address, tell),
            };
            let port = port.with_context(|| format!("the port of station {}", station.0))?;
            println!("{}", json!({"station": station.0, "port": port.name()}));
            ports.push(port);
        }
        world.ether.lose(options.loss);
        #[expect(clippy::disallowed_methods, reason = "the air of this program is as slow as the real one")]
        let started = Instant::now();
        Ok(Self { started, world, ports, trace: options.trace })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).expect("less than a century")
    }

    async fn run(&mut self, mut inputs: UnboundedReceiver<Input>) -> anyhow::Result<()> {
        loop {
            let now = self.now();
            self.world.run_until(now);
            if self.trace {
                self.world.take_happened().iter().for_each(|(at, event)| print_event(*at, event));
            }
            for station in self.world.stations() {
                while let Some(output) = self.world.read(now, station) {
                    self.show(station, &output)?;
                }
            }
            let wait = self.world.next_due().map_or(1_000_000, |due| due.saturating_sub(self.now()));
            let input = tokio::select! {
                input = inputs.recv() => input,
                () = tokio::time::sleep(Duration::from_micros(wait)) => continue,
            };
            match input {
                Some(Input::Port(station, happening)) => self.take(station, happening),
                Some(Input::Line(line)) => self.obey(&line)?,
                Some(Input::End) | None => return Ok(()),
            }
        }
    }

    fn show(&mut self, station: Station, output: &Output) -> anyhow::Result<()> {
        let port = &mut self.ports[station.0];
        match output {
            Output::Bytes(bytes) => port.write(bytes),
            Output::HangUp => port.unplug(),
            Output::Return => port.plug_in()?,
        }
        Ok(())
    }

    fn take(&mut self, station: Station, happening: Happening) {
        let now = self.now();
        match happening {
            Happening::Bytes(bytes) => self.world.write(now, station, &bytes),
            Happening::Connected(writer) => self.ports[station.0].connect(writer),
            Happening::Disconnected => self.world.disconnect(now, station),
        }
    }

    fn obey(&mut self, line: &str) -> anyhow::Result<()> {
        match line.split_once(' ') {
            None if line == "counts" => self.print_counts(),
            Some(("loss", percent)) => self.world.ether.lose(percent.parse().context("a percentage")?),
            Some(_) | None => anyhow::bail!("what is {line:?}? There are: counts, loss PERCENT"),
        }
        Ok(())
    }

    fn print_counts(&self) {
        let counts: Vec<_> = self
            .world
            .stations()
            .map(|station| {
                let traffic = self.world.traffic(station);
                json!({
                    "packets": traffic.packets,
                    "bytes": traffic.bytes,
                    "frames": traffic.frames,
                    "ms": traffic.on_air / 1000,
                    "heard": traffic.heard,
                    "collided": traffic.collided,
                    "lost": traffic.lost,
                })
            })
            .collect();
        println!("{}", json!({ "counts": counts }));
    }
}

/// One line of the trace; the second frame of a packet has no header that says what it is.
fn print_event(at: u64, event: &Event) {
    let packet = |frame: &[u8]| {
        let packet = frame.get(1..).and_then(|packet| Packet::parse(packet).ok());
        let name = packet
            .map_or_else(String::new, |packet| format!("{:?} {:?}", packet.packet_type, packet.context));
        format!("{} bytes {name}", frame.len())
    };
    let what = match event {
        Event::Turn(_) => return,
        Event::Sent(_, frame) => format!("sent {}", packet(frame)),
        Event::Heard(_, frame) => format!("heard {}", packet(frame)),
        Event::Missed(_, Miss::Collision) => "missed one: two at once".to_owned(),
        Event::Missed(_, Miss::Loss) => "missed one: lost".to_owned(),
    };
    eprintln!("{:10.3} station {}: {what}", at as f64 / 1e6, event.station().0);
}
