//! The fuzz targets as an ordinary test: over their corpora, and over some thousand mutations with a fixed seed.
//! Not the fuzzer: `tests/fuzz/run` builds that, and whatever it finds comes here as a file of a corpus.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod bytes;
mod mutate;
mod peer;
mod targets;
mod vectors;
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use mutate::Mutator;
use targets::{TARGETS, Target};

/// Most files and bytes of a corpus: it is read by every test run and every clone.
const MAX_FILES: usize = 100;
const MAX_BYTES: u64 = 200 * 1024;
/// Bytes of mutations that each target gets per run; long inputs are slow inputs.
const MUTATED_BYTES: usize = 200_000;
const MAX_MUTATIONS: usize = 1_000;

fn corpus_dir(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target.name)
}

/// The files of a target's corpus, in the same order on every machine.
fn corpus_files(target: &Target) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(corpus_dir(target)) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What a target begins from: its seeds and its corpus.
fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let corpus = corpus_files(target).into_iter().map(|file| fs::read(file).unwrap());
    (target.seeds)().into_iter().chain(corpus).collect()
}

/// Says which input it was if the target panics.
struct Report<'a> {
    target: &'a Target,
    input: &'a [u8],
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("target {}, input {}", self.target.name, hex::encode(self.input));
        }
    }
}

fn run(target: &Target, input: &[u8]) {
    let _report = Report { target, input };
    (target.run)(input);
}

#[test]
fn every_target_keeps_its_promises_over_its_corpus() {
    for target in TARGETS {
        let inputs = inputs(target);
        assert!(!inputs.is_empty(), "{} has nothing to begin from", target.name);
        inputs.iter().for_each(|input| run(target, input));
    }
}

#[test]
fn every_target_keeps_its_promises_over_mutations() {
    for target in TARGETS {
        let inputs = inputs(target);
        let mut mutator = Mutator::new(&inputs);
        let mut bytes = 0;
        for _ in 0..MAX_MUTATIONS {
            let input = mutator.draw();
            bytes += input.len();
            if bytes > MUTATED_BYTES {
                break;
            }
            run(target, &input);
        }
    }
}

#[test]
fn corpora_are_small_and_every_one_belongs_to_a_target() {
    for target in TARGETS {
        let files = corpus_files(target);
        let bytes: u64 = files.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(
            files.len() < MAX_FILES && bytes < MAX_BYTES,
            "{}: {} files, {bytes} bytes",
            target.name,
            files.len()
        );
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for entry in fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(TARGETS.iter().any(|target| name == target.name), "{name:?} is no target's corpus");
    }
}
