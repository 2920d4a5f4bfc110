//! A Reticulum node whose interfaces are pipes: frames on standard input and output, or on inherited descriptors.
//! Not a daemon: environment variables say what it does, and lines of JSON on standard error say what happens.
//!
//! `PIPE_PEER_ACTION` is one of [`settings::Action`]; all variables are in [`settings`], all events in [`events`].

mod action;
mod channels;
mod events;
mod peer;
mod port;
mod settings;

use std::process::ExitCode;

use peer::Peer;
use settings::Settings;

fn main() -> ExitCode {
    match Settings::from_environment().and_then(Peer::start).and_then(Peer::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            events::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
