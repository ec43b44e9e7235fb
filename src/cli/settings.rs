//! Where settings come from: flags, each with an environment variable as its twin.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use tracing::level_filters::LevelFilter;

use super::logging::{self, Log};
use super::permissions::{read_by_others, written_by_others};
use super::process::WrongUsage;
use crate::api::TOOLSETS;
use crate::client::{BaseUrl, Client, DEFAULT_TIMEOUT, KeySource};
use crate::sandbox::{self, Options};
use crate::tools::access::Access;
use crate::tools::audit::place_fault;
use crate::tools::confirmation::Confirm;
use crate::tools::policy::Policy;
use crate::tools::redaction::Reveal;
use crate::tools::sanitize::sanitize_line;
use crate::tools::selection::{Reach, Selection, UnknownName, matching};
use crate::tools::toolbox::Toolbox;
use crate::tools::truncation::{DEFAULT_MAX_ANSWER, HIGHEST_MAX_ANSWER, LOWEST_MAX_ANSWER};

/// What `--help` adds: the toolsets, and the key, which has no flag.
pub fn long_help() -> String {
    let mut text =
        String::from("Toolsets, and how many of their tools are everyday ones, which are the default:\n");
    let width = TOOLSETS.iter().map(|toolset| toolset.name.len()).max().unwrap_or_default();
    for toolset in TOOLSETS {
        let everyday = toolset.operations.iter().filter(|operation| operation.everyday).count();
        let all = toolset.operations.len();
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "  {:width$}  {everyday:>2} of {all:>2}  {}", toolset.name, toolset.description);
    }
    text + "\n" + KEY_SECTION
}

const KEY_SECTION: &str = "\
API key:
  The secret key of the WorkOS dashboard (API Keys) comes from the environment:
  WORKOS_API_KEY holds it, or WORKOS_API_KEY_FILE names a file that does, or
  WORKOS_API_KEY_COMMAND a command that prints it; one of them. There is no flag for the key
  itself: command lines are visible to every process, and clients log them.
  A key that does not begin with `sk_test_` counts as live: only reading is on, unless
  --access says otherwise.
  One key is one environment; for two environments, configure two servers.

Documentation: README.md, https://workos.com/docs/reference";

/// The variable that holds the key itself; it has no flag.
pub const KEY_VARIABLE: &str = "WORKOS_API_KEY";

/// The settings of all commands.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Toolsets to offer: names separated by commas, `all`, `none`, or `default` (the everyday tools of all)
    #[arg(long, global = true, env = "WORKOS_MCP_TOOLSETS", value_name = "NAMES", value_delimiter = ',')]
    toolsets: Vec<String>,

    /// Tools to offer: names or globs such as `get_*`; beside --toolsets, or alone without it
    #[arg(long, global = true, env = "WORKOS_MCP_TOOLS", value_name = "NAMES", value_delimiter = ',')]
    tools: Vec<String>,

    /// Tools to leave out, names or globs; wins over everything else
    #[arg(
        long,
        global = true,
        env = "WORKOS_MCP_EXCLUDE_TOOLS",
        value_name = "NAMES",
        value_delimiter = ','
    )]
    exclude_tools: Vec<String>,

    /// How far the tools reach that find and run operations: `all`, `selected` (what --tools and
    /// --toolsets name), `none`
    ///
    /// All if left out, but selected where --tools or --toolsets name something: whoever does
    /// means it. `default` and `none` alone name nothing.
    #[arg(long, global = true, env = "WORKOS_MCP_DISCOVERY", value_name = "REACH", value_parser = reach)]
    discovery: Option<HowFar>,

    /// The same as --discovery none
    #[arg(long, global = true, env = "WORKOS_MCP_NO_DISCOVERY", value_parser = switch)]
    no_discovery: bool,

    /// How far calls may go: `read`; `write` (nothing that destroys: deletes, revokes, replaces); `full`
    ///
    /// Full if left out, but read for a live key: every key that does not begin with `sk_test_`.
    #[arg(long, global = true, env = "WORKOS_MCP_ACCESS", value_name = "LEVEL", value_parser = access)]
    access: Option<Level>,

    /// The same as --access read
    #[arg(long, global = true, env = "WORKOS_MCP_READ_ONLY", value_parser = switch)]
    read_only: bool,

    /// Show credentials in answers (tokens, secrets, codes) although the key is live: of all
    /// tools, or of these (names or globs)
    #[arg(
        long, global = true, env = "WORKOS_MCP_REVEAL_SECRETS", value_name = "NAMES",
        num_args = 0..=1, require_equals = true, default_missing_value = "all"
    )]
    reveal_secrets: Option<String>,

    /// Where a masked credential that WorkOS shows only once goes: into a new file in this
    /// directory, which only its owner can read; the answer holds its path
    #[arg(long, global = true, env = "WORKOS_MCP_SECRETS_DIR", value_name = "DIR", value_parser = path_or_nothing())]
    secrets_dir: Option<PathBuf>,

    /// Whether the user is asked before something is destroyed: `auto` where the client, or a
    /// terminal, can ask; `always`, and refused where nobody can; `never`
    #[arg(long, global = true, env = "WORKOS_MCP_CONFIRM", value_name = "WHEN", value_parser = when)]
    confirm: Option<When>,

    /// A plain file that gets one JSON line for every call that is not a read, and every refusal;
    /// while it cannot be written nothing is changed
    #[arg(long, global = true, env = "WORKOS_MCP_AUDIT_LOG", value_name = "FILE", value_parser = path_or_nothing())]
    audit_log: Option<PathBuf>,

    /// Reads of personal data and credentials go into the audit log too
    #[arg(long, global = true, env = "WORKOS_MCP_AUDIT_READS", value_parser = switch)]
    audit_reads: bool,

    /// Longest answer in bytes, such as `200KB` or `1MB`: 80KB if left out, 4MB for `call`
    ///
    /// Longer lists are cut at an item, longer objects by their largest fields; the answer
    /// says how to get the rest.
    #[arg(long, global = true, env = "WORKOS_MCP_MAX_ANSWER", value_name = "SIZE", value_parser = size)]
    max_answer: Option<Size>,

    /// How much is logged: `off`, `error`, `warn`, `info` or `debug`; never arguments, bodies or keys
    ///
    /// Off if left out, but info with --log-file.
    #[arg(long, global = true, env = "WORKOS_MCP_LOG_LEVEL", value_name = "LEVEL", value_parser = log_level)]
    log_level: Option<LogLevel>,

    /// A file for the log; stderr if left out
    #[arg(long, global = true, env = "WORKOS_MCP_LOG_FILE", value_name = "FILE", value_parser = path_or_nothing())]
    log_file: Option<PathBuf>,

    /// Publish the shape of answers too (`outputSchema`), for clients that generate code from it
    #[arg(long, global = true, env = "WORKOS_MCP_OUTPUT_SCHEMAS", value_parser = switch)]
    output_schemas: bool,

    /// Work on a small WorkOS in memory: no key, no account, no network
    #[arg(long, global = true, env = "WORKOS_MCP_SANDBOX", value_parser = switch)]
    sandbox: bool,

    /// A file that keeps the sandbox between runs; one process at a time
    #[arg(long, global = true, env = "WORKOS_MCP_SANDBOX_FILE", value_name = "FILE", value_parser = path_or_nothing())]
    sandbox_file: Option<PathBuf>,

    /// A number that makes the sandbox another one, and the same one every time; 0 if left out
    #[arg(long, global = true, env = "WORKOS_MCP_SANDBOX_SEED", value_name = "NUMBER", value_parser = seed)]
    sandbox_seed: Option<Seed>,

    /// A file that holds the API key; read again when WorkOS refuses the key
    #[arg(long, global = true, env = "WORKOS_API_KEY_FILE", value_name = "FILE", value_parser = path_or_nothing())]
    api_key_file: Option<PathBuf>,

    /// A command that prints the API key, such as `op read op://vault/workos/key`: run without a shell,
    /// for three seconds at most, and again when WorkOS refuses the key
    #[arg(
        long,
        global = true,
        env = "WORKOS_API_KEY_COMMAND",
        hide_env_values = true,
        value_name = "COMMAND"
    )]
    api_key_command: Option<String>,

    /// The client ID (`client_…`), for sign-in URLs and code exchange
    #[arg(long, global = true, env = "WORKOS_CLIENT_ID", value_name = "ID")]
    client_id: Option<String>,

    /// Where sign-ins return to when a call does not say
    #[arg(long, global = true, env = "WORKOS_REDIRECT_URI", value_name = "URL")]
    redirect_uri: Option<String>,

    /// Where the API is: https, or http on this machine (an emulator, a gateway)
    #[arg(long, global = true, env = "WORKOS_BASE_URL", value_name = "URL")]
    base_url: Option<String>,

    /// A PEM file with root certificates to trust beside the system's
    #[arg(long, global = true, env = "WORKOS_MCP_CA_FILE", value_name = "FILE", value_parser = path_or_nothing())]
    ca_file: Option<PathBuf>,

    /// Open no connection to the API before the first call needs one
    #[arg(long, global = true, env = "WORKOS_MCP_NO_WARM_UP", value_parser = switch)]
    no_warm_up: bool,

    /// Longest time for a call in seconds, retries included
    #[arg(long, global = true, env = "WORKOS_MCP_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = timeout)]
    timeout: Duration,
}

/// An access level, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct Level(Option<Access>);

fn access(text: &str) -> Result<Level, String> {
    match text {
        "" => Ok(Level(None)),
        "read" => Ok(Level(Some(Access::Read))),
        "write" => Ok(Level(Some(Access::Write))),
        "full" => Ok(Level(Some(Access::Full))),
        _ => Err("it is one of `read`, `write`, `full`".to_owned()),
    }
}

/// How far discovery reaches, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct HowFar(Option<Reach>);

fn reach(text: &str) -> Result<HowFar, String> {
    match text {
        "" => Ok(HowFar(None)),
        "all" => Ok(HowFar(Some(Reach::All))),
        "selected" => Ok(HowFar(Some(Reach::Selected))),
        "none" => Ok(HowFar(Some(Reach::Nothing))),
        _ => Err("it is one of `all`, `selected`, `none`".to_owned()),
    }
}

/// A size in bytes, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct Size(Option<usize>);

fn size(text: &str) -> Result<Size, String> {
    if text.is_empty() {
        return Ok(Size(None));
    }
    let text = text.trim().to_ascii_lowercase();
    let number = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic() || unit == ' ');
    let unit = match text[number.len()..].trim() {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1_000),
        "m" | "mb" => Some(1_000_000),
        _ => None,
    };
    let bytes = number.parse::<usize>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    match bytes {
        Some(bytes) if (LOWEST_MAX_ANSWER..=HIGHEST_MAX_ANSWER).contains(&bytes) => Ok(Size(Some(bytes))),
        _ => Err(format!("it is a size from {LOWEST_MAX_ANSWER} bytes to 4MB, such as 200KB")),
    }
}

/// When to ask, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct When(Option<Confirm>);

fn when(text: &str) -> Result<When, String> {
    match text {
        "" => Ok(When(None)),
        "auto" => Ok(When(Some(Confirm::Auto))),
        "always" => Ok(When(Some(Confirm::Always))),
        "never" => Ok(When(Some(Confirm::Never))),
        _ => Err("it is one of `auto`, `always`, `never`".to_owned()),
    }
}

/// A level of the log, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct LogLevel(Option<LevelFilter>);

fn log_level(text: &str) -> Result<LogLevel, String> {
    match text {
        "" => Ok(LogLevel(None)),
        "off" => Ok(LogLevel(Some(LevelFilter::OFF))),
        "error" => Ok(LogLevel(Some(LevelFilter::ERROR))),
        "warn" => Ok(LogLevel(Some(LevelFilter::WARN))),
        "info" => Ok(LogLevel(Some(LevelFilter::INFO))),
        "debug" => Ok(LogLevel(Some(LevelFilter::DEBUG))),
        _ => Err("it is one of `off`, `error`, `warn`, `info`, `debug`".to_owned()),
    }
}

/// A flag whose variable says yes or no; anything else must not pass for either.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is one of `1`, `true`, `yes`, `on`, `0`, `false`, `no`, `off`".to_owned()),
    }
}

/// The seed of the sandbox, or an empty variable.
#[derive(Debug, Clone, Copy)]
struct Seed(Option<u64>);

fn seed(text: &str) -> Result<Seed, String> {
    match text.trim().parse() {
        Ok(number) => Ok(Seed(Some(number))),
        Err(_) if text.is_empty() => Ok(Seed(None)),
        Err(_) => Err("it is a whole number, such as 7".to_owned()),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ if text.is_empty() => Ok(DEFAULT_TIMEOUT),
        _ => Err("it is a number of seconds from 0.1 to 600".to_owned()),
    }
}

impl Settings {
    /// Starts the log that they ask for.
    pub fn log(&self) -> anyhow::Result<Log> {
        let file = self.log_file();
        let default = if file.is_some() { LevelFilter::INFO } else { LevelFilter::OFF };
        let level = self.log_level.and_then(|LogLevel(level)| level).unwrap_or(default);
        logging::start(level, file.as_deref())
    }

    /// The client that they describe.
    pub fn client(&self) -> anyhow::Result<Client> {
        Ok(self.client_with(self.key_source()?, self.base_url()?, self.redirect_uri()?))
    }

    /// The same with parts that were looked at before.
    pub fn client_with(&self, key: KeySource, base_url: BaseUrl, redirect_uri: Option<String>) -> Client {
        let mut builder =
            Client::builder().key_source(key).base_url(base_url).timeout(self.timeout).sandbox(self.sandbox);
        if let Some(id) = given(self.client_id.as_ref()) {
            builder = builder.client_id(id);
        }
        if let Some(uri) = redirect_uri {
            builder = builder.redirect_uri(uri);
        }
        if let Some(path) = path(self.ca_file.as_ref()) {
            builder = builder.ca_file(path);
        }
        let Options { seed, file } = self.sandbox_parts();
        if let Some(file) = file {
            builder = builder.sandbox_file(file);
        }
        if let Some(seed) = seed {
            builder = builder.sandbox_seed(seed);
        }
        builder.build()
    }

    /// Where the key comes from: one place, because a second one would be silently ignored.
    pub fn key_source(&self) -> Result<KeySource, WrongUsage> {
        let value = std::env::var_os(KEY_VARIABLE);
        // A blank one counts as none beside another.
        let filled =
            value.as_deref().filter(|value| value.to_str().is_none_or(|text| !text.trim().is_empty()));
        let source = KeySource::only_one_of([
            (KEY_VARIABLE, filled.map(|value| KeySource::variable(KEY_VARIABLE, Some(value)))),
            ("--api-key-file (WORKOS_API_KEY_FILE)", self.key_file().map(KeySource::file)),
            (
                "--api-key-command (WORKOS_API_KEY_COMMAND)",
                given(self.api_key_command.as_ref()).map(|command| KeySource::command(&command)),
            ),
        ]);
        match source {
            Ok(source) => Ok(source.unwrap_or_else(|| KeySource::variable(KEY_VARIABLE, value.as_deref()))),
            Err(error) => Err(WrongUsage(error.to_string())),
        }
    }

    /// Where the API is.
    pub fn base_url(&self) -> Result<BaseUrl, WrongUsage> {
        let Some(url) = given(self.base_url.as_ref()) else { return Ok(BaseUrl::default()) };
        url.parse().map_err(|problem| WrongUsage(format!("the base URL is refused: {problem}")))
    }

    /// Where sign-ins return to.
    pub fn redirect_uri(&self) -> Result<Option<String>, WrongUsage> {
        let uri = given(self.redirect_uri.as_ref());
        if uri.as_deref().is_some_and(|uri| url::Url::parse(uri).is_err()) {
            return Err(WrongUsage("the redirect URI is no URL".to_owned()));
        }
        Ok(uri)
    }

    /// What the sandbox of the command `sandbox` is made with.
    pub fn sandbox_options(&self) -> Result<Options, WrongUsage> {
        self.named()?;
        let options = self.sandbox_parts();
        match options.file.as_deref().map(|file| sandbox::look(file, options.seed)) {
            Some(Err(error)) => Err(WrongUsage(error.to_string())),
            _ => Ok(options),
        }
    }

    /// That what is said of a sandbox is said where there is one, and that its file can be used, as far as
    /// looking tells.
    pub fn sandboxed(&self) -> Result<(), WrongUsage> {
        let Options { seed, file } = self.sandbox_parts();
        let given = match (&file, seed) {
            _ if self.sandbox => return self.sandbox_options().map(drop),
            (Some(_), _) => "--sandbox-file (or WORKOS_MCP_SANDBOX_FILE)",
            (None, Some(_)) => "--sandbox-seed (or WORKOS_MCP_SANDBOX_SEED)",
            (None, None) => return Ok(()),
        };
        Err(WrongUsage(format!(
            "{given} needs --sandbox, or the command `sandbox`: nothing else has a sandbox"
        )))
    }

    fn sandbox_parts(&self) -> Options {
        Options {
            seed: self.sandbox_seed.and_then(|Seed(seed)| seed),
            file: path(self.sandbox_file.as_ref()),
        }
    }

    /// The tools that they select.
    pub fn toolbox(&self) -> anyhow::Result<Toolbox> {
        self.toolbox_of(&self.selection()?, DEFAULT_MAX_ANSWER)
    }

    /// The same, but all tools where none are named: for one that is named in the command.
    pub fn whole_toolbox(&self) -> anyhow::Result<Toolbox> {
        let mut selection = self.selection()?;
        if selection.toolsets.is_empty() && selection.tools.is_empty() {
            selection.toolsets.push("all".to_owned());
        }
        self.toolbox_of(&selection, HIGHEST_MAX_ANSWER)
    }

    fn toolbox_of(&self, selection: &Selection, max_answer: usize) -> anyhow::Result<Toolbox> {
        self.named()?;
        self.sandboxed()?;
        let selected = selection.resolve()?;
        let policy = self.policy(self.access()?, self.reveal()?, max_answer);
        let client = self.client()?;
        for complaint in self.complaints() {
            // Whoever does not listen loses nothing else.
            let _ = writeln!(std::io::stderr(), "warning: {}", sanitize_line(&complaint));
        }
        let audit_log = path(self.audit_log.as_ref());
        if let Some(fault) = audit_log.as_deref().and_then(place_fault) {
            return Err(WrongUsage(fault).into());
        }
        self.audit_reads()?;
        Ok(Toolbox::new(client, selected, policy))
    }

    /// What the operator has decided, with parts that were looked at before.
    pub fn policy(&self, access: Option<Access>, reveal: Reveal, max_answer: usize) -> Policy {
        Policy {
            access,
            reveal,
            secrets_directory: self.secrets_directory(),
            confirm: self.confirm.and_then(|When(confirm)| confirm).unwrap_or_default(),
            audit_log: path(self.audit_log.as_ref()),
            audit_reads: self.audit_reads,
            max_answer: self.max_answer.and_then(|Size(max)| max).or(Some(max_answer)),
            output_schemas: self.output_schemas,
        }
    }

    /// Flags whose value is blank, as `--audit-log "$UNSET"` gives it: what was meant to be there must
    /// not be taken for nothing. An empty variable is none.
    pub fn named(&self) -> Result<(), WrongUsage> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let blank = [
            ("--secrets-dir", "WORKOS_MCP_SECRETS_DIR", path(&self.secrets_dir)),
            ("--audit-log", "WORKOS_MCP_AUDIT_LOG", path(&self.audit_log)),
            ("--log-file", "WORKOS_MCP_LOG_FILE", path(&self.log_file)),
            ("--api-key-file", "WORKOS_API_KEY_FILE", path(&self.api_key_file)),
            ("--api-key-command", "WORKOS_API_KEY_COMMAND", self.api_key_command.clone()),
            ("--ca-file", "WORKOS_MCP_CA_FILE", path(&self.ca_file)),
            ("--sandbox-file", "WORKOS_MCP_SANDBOX_FILE", path(&self.sandbox_file)),
            ("--base-url", "WORKOS_BASE_URL", self.base_url.clone()),
            ("--client-id", "WORKOS_CLIENT_ID", self.client_id.clone()),
            ("--redirect-uri", "WORKOS_REDIRECT_URI", self.redirect_uri.clone()),
        ]
        .into_iter()
        .find(|(_, variable, value)| {
            let is_blank = value.as_deref().is_some_and(|value| value.trim().is_empty());
            is_blank
                && !std::env::var_os(variable).is_some_and(|value| value.to_string_lossy().trim().is_empty())
        });
        match blank {
            Some((flag, ..)) => Err(WrongUsage(format!("{flag} is blank: leave it out, or name something"))),
            None => Ok(()),
        }
    }

    /// Which tools are wanted.
    pub fn selection(&self) -> Result<Selection, WrongUsage> {
        let names = |list: &[String]| {
            list.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
        };
        for (flag, variable, list) in [
            ("--toolsets", "WORKOS_MCP_TOOLSETS", &self.toolsets),
            ("--tools", "WORKOS_MCP_TOOLS", &self.tools),
            ("--exclude-tools", "WORKOS_MCP_EXCLUDE_TOOLS", &self.exclude_tools),
        ] {
            // Whoever names tools means it: what should have stood there must not become everything.
            let is_blank = !list.is_empty() && list.iter().all(|name| name.trim().is_empty());
            let is_unset = std::env::var_os(variable).is_some_and(|value| value.is_empty());
            if is_blank && !is_unset {
                return Err(WrongUsage(format!(
                    "{flag} (or {variable}) names nothing: leave it out, or name something"
                )));
            }
        }
        let reach = self.discovery.and_then(|HowFar(reach)| reach);
        if self.no_discovery && !matches!(reach, None | Some(Reach::Nothing)) {
            let text =
                "--no-discovery and --discovery contradict each other: drop one of them (or its variable)";
            return Err(WrongUsage(text.to_owned()));
        }
        Ok(Selection {
            toolsets: names(&self.toolsets),
            tools: names(&self.tools),
            exclude: names(&self.exclude_tools),
            discovery: !self.no_discovery,
            reach,
        })
    }

    /// How far calls may go, if that is said.
    pub fn access(&self) -> Result<Option<Access>, WrongUsage> {
        let access = self.access.and_then(|Level(access)| access);
        match access {
            None | Some(Access::Read) if self.read_only => Ok(Some(Access::Read)),
            Some(_) if self.read_only => Err(WrongUsage(
                "--read-only and --access contradict each other: drop one of them (or its variable)"
                    .to_owned(),
            )),
            access => Ok(access),
        }
    }

    /// The file that holds the key.
    pub fn key_file(&self) -> Option<PathBuf> {
        path(self.api_key_file.as_ref())
    }

    /// Where credentials go that are shown only once.
    pub fn secrets_directory(&self) -> Option<PathBuf> {
        path(self.secrets_dir.as_ref())
    }

    /// The file for the log.
    pub fn log_file(&self) -> Option<PathBuf> {
        path(self.log_file.as_ref())
    }

    /// What other people on this machine can do that they should not.
    pub fn complaints(&self) -> Vec<String> {
        let key_file = self.key_file().and_then(|path| read_by_others(&path));
        let secrets = self.secrets_directory().and_then(|path| written_by_others(&path));
        key_file.into_iter().chain(secrets).collect()
    }

    /// Whether a connection to the API is opened before the first call.
    pub fn warms_up(&self) -> bool {
        !self.no_warm_up
    }

    /// Whether reads of personal data and credentials are recorded.
    pub fn audit_reads(&self) -> Result<bool, WrongUsage> {
        if self.audit_reads && path(self.audit_log.as_ref()).is_none() {
            let text = "--audit-reads needs --audit-log: there is no log that reads could go into";
            return Err(WrongUsage(text.to_owned()));
        }
        Ok(self.audit_reads)
    }

    /// Which credentials are shown although the key is live.
    pub fn reveal(&self) -> Result<Reveal, UnknownName> {
        let names = self.reveal_secrets.as_deref().unwrap_or_default().trim();
        match switch(names) {
            Ok(false) => Ok(Reveal::Nothing),
            Ok(true) => Ok(Reveal::Everything),
            Err(_) if names == "all" => Ok(Reveal::Everything),
            Err(_) => {
                let mut tools = Vec::new();
                for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    tools.extend(matching(name)?);
                }
                Ok(Reveal::Tools(tools))
            }
        }
    }
}

/// A path; clap's own parser refuses an empty variable.
fn path_or_nothing() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A text without blanks around it, unless it is empty.
fn given(value: Option<&String>) -> Option<String> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// A path, unless it is empty.
fn path(path: Option<&PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty()).cloned()
}
