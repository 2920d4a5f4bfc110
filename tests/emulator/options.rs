//! What the program is told on its command line.
//! Not what hosts tell their radios: frequency, bandwidth and the rest come from them.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use super::ether::Station;
use super::fault::Faults;
use super::world::World;

/// RNodes and TNCs on one emulated channel.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many RNodes; stations are counted from 0.
    #[arg(long, default_value_t = 2)]
    stations: usize,
    /// How many KISS TNCs behind them.
    #[arg(long, default_value_t = 0)]
    tncs: usize,
    /// Bits per second of the TNCs' modems.
    #[arg(long, default_value_t = 1200)]
    bitrate: u32,
    /// How many of a hundred frames get lost.
    #[arg(long, default_value_t = 0)]
    pub(crate) loss: u64,
    /// The same seed and the same hosts, to the microsecond, give the same run.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Two stations that don't hear each other: `0,1`.
    #[arg(long, value_name = "A,B")]
    hide: Vec<String>,
    /// What is wrong with a station: `0=reset@12`.
    #[arg(long, value_name = "STATION=NAME[@SECONDS]")]
    fault: Vec<String>,
    /// A station that is reached over TCP, as over WiFi: `1=127.0.0.1:7633`.
    #[arg(long, value_name = "STATION=ADDRESS")]
    tcp: Vec<String>,
    /// Prints what happens on the air to standard error, a line for each frame and listener.
    #[arg(long)]
    pub(crate) trace: bool,
    /// Where serial ports get names that stay when a radio is unplugged and comes back: `DIR/station0`, ….
    #[arg(long, value_name = "DIR")]
    links: Option<PathBuf>,
}

impl Options {
    pub(crate) fn world(&self) -> anyhow::Result<World> {
        let mut world = World::new(self.seed);
        for index in 0..self.stations {
            let mut faults = Faults::default();
            for text in &self.fault {
                let (station, name) = pair(text, '=')?;
                if station == index {
                    faults = faults.with_named(name).map_err(anyhow::Error::msg)?;
                }
            }
            world.add_rnode(faults);
        }
        for _ in 0..self.tncs {
            world.add_tnc(self.bitrate);
        }
        for text in &self.hide {
            let (one, other) = pair(text, ',')?;
            world.ether.hide(Station(one), Station(other.parse().context("a station is a number")?));
        }
        Ok(world)
    }

    /// Where a station is reached over TCP, if it is.
    pub(crate) fn address(&self, station: Station) -> anyhow::Result<Option<SocketAddr>> {
        for text in &self.tcp {
            let (index, address) = pair(text, '=')?;
            if index == station.0 {
                return Ok(Some(address.parse().context("an address is 127.0.0.1:7633")?));
            }
        }
        Ok(None)
    }

    /// The name of a station's serial port that stays.
    pub(crate) fn link(&self, station: Station) -> Option<PathBuf> {
        self.links.as_ref().map(|directory| directory.join(format!("station{}", station.0)))
    }
}

fn pair(text: &str, separator: char) -> anyhow::Result<(usize, &str)> {
    let (station, rest) = text.split_once(separator).with_context(|| format!("{text} has no {separator}"))?;
    Ok((station.parse().with_context(|| format!("{station} is not the number of a station"))?, rest))
}
