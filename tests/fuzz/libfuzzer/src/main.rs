//! The targets of `tests/fuzz` under libFuzzer: `ROOST_FUZZ_TARGET` names one.
//! Not for itself: `tests/fuzz/run` builds it with coverage counters, and calls it.
#![no_main]

#[path = "../../bytes.rs"]
mod bytes;
#[path = "../../peer.rs"]
mod peer;
#[path = "../../targets/mod.rs"]
mod targets;
#[path = "../../vectors.rs"]
mod vectors;
#[path = "../../world.rs"]
mod world;

use std::env;
use std::fs;
use std::path::Path;
use std::process::exit;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fuzz_target!(
    init: choose(),
    |input: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            (target.run)(input);
        }
    }
);

/// `ROOST_FUZZ_TARGET=list` prints what there is; `ROOST_FUZZ_SEEDS` names a directory to write the seeds to instead.
fn choose() {
    let name = env::var("ROOST_FUZZ_TARGET").unwrap_or_default();
    if name == "list" {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        exit(0);
    }
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        eprintln!("There is no target {name:?}. Set ROOST_FUZZ_TARGET; with `list` it prints what there is.");
        exit(2);
    };
    if let Some(directory) = env::var_os("ROOST_FUZZ_SEEDS") {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(Path::new(&directory).join(format!("seed-{number}")), seed).expect("it can be written");
        }
        exit(0);
    }
    CHOSEN.get_or_init(|| target);
}
