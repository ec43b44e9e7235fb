//! Parses the command line, runs one command, turns its result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use workos_mcp::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
