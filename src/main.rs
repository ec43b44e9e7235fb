//! Parses the command line, runs one command, turns its result into an exit code.

use std::process::ExitCode;

use workos_mcp::cli;

fn main() -> ExitCode {
    cli::run(cli::parse())
}
