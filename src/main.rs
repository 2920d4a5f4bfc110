//! The `roost` program: parse, run, exit code.
//! Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    match roost::cli::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("roost: {error:#}");
            ExitCode::FAILURE
        }
    }
}
