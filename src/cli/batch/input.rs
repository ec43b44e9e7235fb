//! The rows of a batch: a CSV file whose header names the arguments, or a JSON object a line.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::cli::process::WrongUsage;
use crate::client::Arguments;
use crate::tools::duplicate_names;
use crate::tools::sanitize::sanitize_name;

/// The longest input in bytes: all of it is checked before anything is sent.
const MAX_INPUT: u64 = 64 << 20;

/// What rows are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A JSON object a line
    Jsonl,
    /// A header that names the arguments, `metadata.plan` for one inside of another, and a row for each call
    Csv,
}

/// A row: the arguments of a call.
#[derive(Debug)]
pub struct Row {
    /// The first is 1, be it below a header or not.
    pub number: u64,
    /// Where it begins in the file.
    pub line: u64,
    /// Its arguments as JSON, which takes a fraction of their memory.
    text: Box<str>,
}

/// What is wrong with a row.
#[derive(Debug)]
pub struct Fault {
    /// Where it begins in the file.
    pub line: u64,
    /// What is wrong.
    pub text: String,
}

/// All rows.
#[derive(Debug, Default)]
pub struct Input {
    /// In their order.
    pub rows: Vec<Row>,
    /// Of rows that cannot be read.
    pub faults: Vec<Fault>,
}

impl Row {
    /// Its arguments.
    pub fn arguments(&self) -> Arguments {
        // It was written here.
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Input {
    /// Reads all rows of a file, `-` for stdin.
    pub fn read(path: &Path, format: Option<Format>) -> anyhow::Result<Self> {
        let bytes = bytes(path)?;
        let text = text(&bytes, path)?;
        let format = match format.or_else(|| named(path)) {
            Some(format) => format,
            None if path == Path::new("-") => {
                if text.trim_start().starts_with('{') {
                    Format::Jsonl
                } else {
                    Format::Csv
                }
            }
            None => {
                let path = path.display();
                let text = format!(
                    "--in: {path} ends in none of `.csv`, `.jsonl`, `.ndjson`; --format says what it is"
                );
                return Err(WrongUsage(text).into());
            }
        };
        let input = match format {
            Format::Csv => of_csv(text)?,
            Format::Jsonl => of_jsonl(text),
        };
        if input.rows.is_empty() && input.faults.is_empty() {
            return Err(WrongUsage(format!("--in: {} has no rows", path.display())).into());
        }
        Ok(input)
    }

    fn add(&mut self, line: u64, arguments: Arguments) {
        let text = Value::Object(arguments).to_string().into_boxed_str();
        self.rows.push(Row { number: self.next(), line, text });
    }

    fn refuse(&mut self, line: u64, text: String) {
        self.faults.push(Fault { line, text });
    }

    fn next(&self) -> u64 {
        (self.rows.len() + self.faults.len()) as u64 + 1
    }
}

fn named(path: &Path) -> Option<Format> {
    match path.extension()?.to_string_lossy().to_ascii_lowercase().as_str() {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_INPUT + 1)
            .read_to_end(&mut bytes)
            .context("stdin cannot be read")?;
    } else {
        let unreadable = |error| WrongUsage(format!("--in: {} cannot be read: {error}", path.display()));
        let file = File::open(path).map_err(unreadable)?;
        file.take(MAX_INPUT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > MAX_INPUT {
        let text = format!("--in: {} is longer than {} MB: split it", path.display(), MAX_INPUT >> 20);
        return Err(WrongUsage(text).into());
    }
    Ok(bytes)
}

fn text<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a str, WrongUsage> {
    let wrong = |what: String| Err(WrongUsage(format!("--in: {} {what}; save it as UTF-8", path.display())));
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return wrong("is UTF-16".to_owned());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            wrong(format!("is not UTF-8 (line {line})"))
        }
    }
}

fn of_jsonl(text: &str) -> Input {
    let mut input = Input::default();
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index as u64 + 1, line.trim());
        if line.is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(arguments)) => match duplicate_names::fault(line, &[]) {
                None => input.add(number, arguments),
                Some(fault) => input.refuse(number, fault),
            },
            Ok(_) => input.refuse(number, "it is no JSON object".to_owned()),
            Err(error) => input.refuse(number, format!("it is not JSON (at column {})", error.column())),
        }
    }
    input
}

fn of_csv(text: &str) -> anyhow::Result<Input> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = columns(reader.headers()?)?;
    let mut input = Input::default();
    let mut lines = Lines { text, at: 0, line: 1 };
    for record in reader.records() {
        let record = record?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.len() != columns.len() {
            input
                .refuse(line, format!("it has {} cells, and the header has {}", record.len(), columns.len()));
            continue;
        }
        let mut arguments = Arguments::new();
        for (column, cell) in columns.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            put(&mut arguments, column, cell);
        }
        // A line of commas is what spreadsheets leave behind the last row.
        if !arguments.is_empty() {
            input.add(line, arguments);
        }
    }
    Ok(input)
}

/// Counts the lines of a text: the reader of CSV takes half of a line's end for the next line.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of what begins at, or after the ends of lines behind, so many bytes.
    fn at(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut at = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.at, bytes.len());
        while matches!(bytes.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        let passed = String::from_utf8_lossy(&bytes[self.at..at]).matches('\n').count();
        (self.at, self.line) = (at, self.line + passed as u64);
        self.line
    }
}

/// The path of each column into the arguments.
fn columns(header: &csv::StringRecord) -> Result<Vec<Vec<String>>, WrongUsage> {
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let wrong = |text: String| Err(WrongUsage(format!("--in: {text}")));
    if let [only] = names[..]
        && only.contains([';', '\t'])
    {
        let only = sanitize_name(only);
        return wrong(format!("the header is one column, `{only}`: cells are separated by commas"));
    }
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return wrong(format!("column {} of the header has no name, or half of one", index + 1));
        }
        let within = |other: &&&str| {
            **other == *name || other.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.'))
        };
        let mut others = names.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, other)| other);
        if let Some(other) = others.find(within) {
            let (name, other) = (sanitize_name(name), sanitize_name(other));
            return wrong(format!("the columns `{name}` and `{other}` stand for the same argument"));
        }
    }
    Ok(names.iter().map(|name| name.split('.').map(str::to_owned).collect()).collect())
}

/// Puts the text of a cell where its column leads to; what type it has says the schema of the operation.
fn put(arguments: &mut Arguments, path: &[String], cell: &str) {
    match path {
        [] => {}
        [name] => drop(arguments.insert(name.clone(), cell.into())),
        [name, rest @ ..] => {
            let inner = arguments.entry(name.as_str()).or_insert_with(|| Value::Object(Arguments::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, cell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_become_arguments() {
        let input = of_csv(
            "id,metadata.plan,metadata.seats,domains,name\r\nu1,gold,,\"[\"\"a.com\"\"]\",\"Jane \"\"J\"\"\nDoe\"\r\n\r\n,,,,\nu2,,,,\nu3,x\n",
        )
        .expect("rows");
        let rows: Vec<(u64, u64, Value)> =
            input.rows.iter().map(|row| (row.number, row.line, row.arguments().into())).collect();
        assert_eq!(
            rows,
            [
                (
                    1,
                    2,
                    json!({"id": "u1", "metadata": {"plan": "gold"}, "domains": "[\"a.com\"]", "name": "Jane \"J\"\nDoe"})
                ),
                (2, 6, json!({"id": "u2"})),
            ]
        );
        assert_eq!((input.faults.len(), input.faults[0].line), (1, 7));
    }

    #[test]
    fn headers_that_mean_nothing_are_refused() {
        for (header, part) in [
            ("a,,b", "column 2"),
            ("a.,b", "column 1"),
            ("a,a", "same argument"),
            ("a,a.b", "same argument"),
            ("id;name", "separated by commas"),
        ] {
            let error = of_csv(&format!("{header}\nx,y,z\n")).expect_err(header).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn lines_of_json() {
        let input = of_jsonl("{\"id\": 1}\r\n\n  {\"a\":{}} \n[1]\n{\"a\":1,\"a\":2}\n{");
        assert_eq!(input.rows.iter().map(|row| (row.number, row.line)).collect::<Vec<_>>(), [(1, 1), (2, 3)]);
        assert_eq!(input.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [4, 5, 6]);
        assert!(text(b"\xef\xbb\xbfid\n", Path::new("a.csv")).is_ok_and(|text| text == "id\n"));
        assert!(text(b"\xff\xfei\0", Path::new("a.csv")).is_err_and(|error| error.0.contains("UTF-16")));
        assert!(text(b"a\n\xe9", Path::new("a.csv")).is_err_and(|error| error.0.contains("line 2")));
    }
}
