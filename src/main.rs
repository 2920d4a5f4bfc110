//! The `roost` program: parse, run, exit code.
//! Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    match roost::cli::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("roost: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

/// What happened and what to do, and behind it, for whoever looks closer, what the system said.
fn with_causes(error: &anyhow::Error) -> String {
    let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
    let said = if causes.is_empty() { error.to_string() } else { format!("{error} ({})", causes.join(": ")) };
    // A question has its mark.
    if said.ends_with('?') { said } else { said + "." }
}
