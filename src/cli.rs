//! The commands: serve (the default), tools, call, export, doctor, demo.

mod call;
mod demo;
mod doctor;
mod export;
mod serve;
mod settings;
mod tools;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::settings::Settings;
use crate::server::selection::Selection;

/// Usage was wrong, and nothing was done.
const WRONG_USAGE: u8 = 2;

/// The WorkOS API as MCP tools, on stdin and stdout.
///
/// Started by an MCP client (Claude, Cursor, VS Code, your agent), it offers one tool per
/// WorkOS operation. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "workos-mcp", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "`--help` says more.")]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP on stdin and stdout (what happens without a command)
    Serve,
    /// Show the tools that would be offered
    Tools(tools::Arguments),
    /// Run one tool and print its answer
    #[command(after_help = call::EXAMPLES)]
    Call(call::Arguments),
    /// Write a whole list into a file, however long it is
    #[command(after_help = export::EXAMPLES)]
    Export(export::Arguments),
    /// Check key, network and settings, and say what is wrong
    Doctor,
    /// Onboard a made-up customer on the built-in sandbox, over MCP
    Demo,
}

/// Parses the command line; says what is wrong with it and ends the process if it must.
pub fn parse() -> Cli {
    let command = Cli::command().after_long_help(settings::long_help());
    match Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    }
}

/// Runs the command.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&cli.settings),
        Command::Tools(arguments) => tools::run(&cli.settings, &arguments),
        Command::Call(arguments) => call::run(&cli.settings, &arguments),
        Command::Export(arguments) => export::run(&cli.settings, &arguments),
        Command::Doctor => doctor::run(&cli.settings),
        Command::Demo => demo::run(),
    };
    match result {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            // A name that nothing has is a mistake on the command line.
            let usage = error.is::<WrongUsage>() || error.is::<crate::server::selection::UnknownName>();
            ExitCode::from(if usage { WRONG_USAGE } else { 1 })
        }
    }
}

/// The command line asks for what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUsage(String);

/// Whoever read stdout has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Runs a future to its end, on this thread.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// Prints a line on stdout.
fn print(line: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}
