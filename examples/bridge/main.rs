//! A conformance bridge: lets a test harness of any language drive this implementation, one JSON command per line.
//! Not an implementation of its own: a command hands its parameters to the library and its result back.
//!
//! After the line `READY`, each line `{"id": …, "command": …, "params": {…}}` gets one line
//! `{"id": …, "success": true, "result": {…}}` or `{"id": …, "success": false, "error": …}`.

mod command;
mod failure;
mod lxmf;
mod params;
mod running;
mod stateless;
mod wire;

use std::io::{BufRead, Write};

use roost::daemon::clock::{Clock, draw_seed};
use roost::rns::random::Random;
use serde_json::{Map, Value, json};

use command::{Bridge, Family};
use failure::Failure;
use params::Params;

/// All commands, by family. To add one: a function, and a line in its family's table.
const FAMILIES: &[&[Family]] = &[stateless::FAMILIES, wire::FAMILIES, lxmf::FAMILIES];

fn main() -> anyhow::Result<()> {
    let random = Random::from_seed(draw_seed()?);
    let mut bridge =
        Bridge { clock: Clock::start(), random, nodes: wire::Nodes::new(), post: lxmf::Post::default() };
    let mut answers = std::io::stdout().lock();
    writeln!(answers, "READY")?;
    answers.flush()?;
    // As bytes: a line that is not even text gets its answer too.
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        if !line.trim_ascii().is_empty() {
            writeln!(answers, "{}", answer(&mut bridge, &line))?;
            answers.flush()?;
        }
    }
    Ok(())
}

/// One request and its answer.
fn answer(bridge: &mut Bridge, line: &[u8]) -> Value {
    let request: Map<String, Value> = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(error) => return json!({"id": "parse_error", "success": false, "error": error.to_string()}),
    };
    let id = request.get("id").cloned().unwrap_or(Value::Null);
    match run(bridge, &request) {
        Ok(result) => json!({"id": id, "success": true, "result": result}),
        Err(failure) => json!({"id": id, "success": false, "error": failure.to_string()}),
    }
}

fn run(bridge: &mut Bridge, request: &Map<String, Value>) -> Result<Value, Failure> {
    let name = request.get("command").and_then(Value::as_str).unwrap_or_default();
    let handler = FAMILIES
        .iter()
        .flat_map(|tier| tier.iter())
        .flat_map(|family| family.iter())
        .find_map(|(known, handler)| (*known == name).then_some(handler))
        .ok_or_else(|| Failure::new(format!("Unknown command: {name}")))?;
    handler(bridge, &Params::new(request.get("params"))?)
}
