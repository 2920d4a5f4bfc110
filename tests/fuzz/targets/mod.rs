//! The targets: plain functions that take any bytes and panic if a promise is broken.
//! Not what runs them: that is an ordinary test, and libFuzzer.

mod access;
mod announce;
mod announcement;
mod api;
mod ax25;
mod channel;
mod compact;
mod config;
mod fields;
mod handshake;
mod hdlc;
mod kiss;
mod link;
mod linkless;
mod lxmf;
mod msgpack;
mod node;
mod packet;
mod paper;
mod propagation;
mod resource;
mod rnode;
mod router;
mod snapshot;
mod stream;

/// One target. Its corpus is the folder `tests/fuzz/corpus/<name>`.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
    /// Inputs beside the corpus, most of them from the golden vectors.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    Target { name: "packet", run: packet::run, seeds: packet::seeds },
    Target { name: "announce", run: announce::run, seeds: announce::seeds },
    Target { name: "announcement", run: announcement::run, seeds: announcement::seeds },
    Target { name: "access", run: access::run, seeds: access::seeds },
    Target { name: "handshake", run: handshake::run, seeds: handshake::seeds },
    Target { name: "link", run: link::run, seeds: link::seeds },
    Target { name: "resource", run: resource::run, seeds: resource::seeds },
    Target { name: "channel", run: channel::run, seeds: channel::seeds },
    Target { name: "node", run: node::run, seeds: node::seeds },
    Target { name: "stream", run: stream::run, seeds: stream::seeds },
    Target { name: "router", run: router::run, seeds: router::seeds },
    Target { name: "snapshot", run: snapshot::run, seeds: snapshot::seeds },
    Target { name: "msgpack", run: msgpack::run, seeds: msgpack::seeds },
    Target { name: "hdlc", run: hdlc::run, seeds: hdlc::seeds },
    Target { name: "kiss", run: kiss::run, seeds: kiss::seeds },
    Target { name: "ax25", run: ax25::run, seeds: ax25::seeds },
    Target { name: "rnode", run: rnode::run, seeds: rnode::seeds },
    Target { name: "lxmf", run: lxmf::run, seeds: lxmf::seeds },
    Target { name: "paper", run: paper::run, seeds: paper::seeds },
    Target { name: "propagation", run: propagation::run, seeds: propagation::seeds },
    Target { name: "api", run: api::run, seeds: api::seeds },
    Target { name: "compact", run: compact::run, seeds: compact::seeds },
    Target { name: "fields", run: fields::run, seeds: fields::seeds },
    Target { name: "linkless", run: linkless::run, seeds: linkless::seeds },
    Target { name: "config", run: config::run, seeds: config::seeds },
];
