//! The commands: serve (the default), tools, find, call, export, batch, doctor, sandbox, demo; and their
//! settings.
//!
//! This room may use everything below it, and nothing uses it but `main`. What each command
//! does stands in its file; settings are read in one place and make a client and a toolbox.

mod batch;
mod call;
mod demo;
mod doctor;
mod export;
mod find;
mod logging;
mod own_file;
mod permissions;
mod process;
mod progress;
mod sandbox;
mod serve;
mod settings;
mod signals;
mod tools;
mod variables;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::process::{FAILED, WRONG_USAGE, block_on, is_broken_pipe, is_usage};
use self::settings::Settings;

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
    /// Find operations by what you want to do, or learn that WorkOS's API cannot do it
    #[command(after_help = find::EXAMPLES)]
    Find(find::Arguments),
    /// Run one tool and print its answer
    #[command(after_help = call::EXAMPLES)]
    Call(call::Command),
    /// Write a whole list into a file, however long it is
    #[command(after_help = export::EXAMPLES)]
    Export(export::Arguments),
    /// Run one tool with each row of a file, once
    #[command(after_help = batch::EXAMPLES)]
    Batch(batch::Arguments),
    /// Check key, network and settings, and say what is wrong
    Doctor(doctor::Arguments),
    /// Serve the sandbox over HTTP on this machine, for applications under test
    #[command(after_help = sandbox::EXAMPLES)]
    Sandbox(sandbox::Arguments),
    /// Onboard a made-up customer on the built-in sandbox, over MCP
    Demo,
}

/// Parses the command line; says what is wrong with it and ends the process if it must.
pub fn parse() -> Cli {
    let mut command = Cli::command().after_long_help(settings::long_help());
    let matches = command.try_get_matches_from_mut(std::env::args_os()).unwrap_or_else(|error| exit(&error));
    if let Some(fault) = variables::misspelt(&command) {
        exit(&command.error(ErrorKind::UnknownArgument, fault));
    }
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => exit(&error),
    }
}

/// Says what is wrong with the command line, or shows the help, and ends the process: as data where
/// that is what the command was to print.
fn exit(error: &clap::Error) -> ! {
    let arguments: Vec<_> = std::env::args_os().skip(1).take_while(|argument| argument != "--").collect();
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let text = error.render().to_string();
    // What follows is how to use it, for people.
    let message = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ").trim();
    if error.use_stderr() && has("call") && has("--json-errors") {
        eprintln!("{}", call::usage_as_data(message));
        std::process::exit(i32::from(WRONG_USAGE));
    }
    if error.use_stderr() && has("doctor") && has("--json") {
        // Nobody may read it; the exit code says it as well.
        let _ = process::print(doctor::usage_as_data(message));
        std::process::exit(i32::from(WRONG_USAGE));
    }
    error.exit()
}

/// Runs the command.
pub fn run(cli: Cli) -> ExitCode {
    let command = cli.command.unwrap_or(Command::Serve);
    let result = cli.settings.log().and_then(|log| {
        let settings = &cli.settings;
        let result = match command {
            Command::Serve => serve::run(settings, &log),
            Command::Tools(arguments) => tools::run(settings, &arguments),
            Command::Find(arguments) => find::run(settings, &arguments),
            Command::Call(arguments) => call::run(settings, &arguments),
            Command::Export(arguments) => export::run(settings, &arguments),
            Command::Batch(arguments) => batch::run(settings, &arguments),
            Command::Doctor(arguments) => doctor::run::<Cli>(settings, &arguments),
            Command::Sandbox(arguments) => sandbox::run(settings, &arguments),
            Command::Demo => demo::run(),
        };
        block_on(async {
            log.flush().await;
            Ok(())
        })?;
        result
    });
    match result {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if is_usage(&error) { WRONG_USAGE } else { FAILED })
        }
    }
}
