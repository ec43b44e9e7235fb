//! What items look like in the file: a JSON object a line, or the cells of a CSV row.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::operation::Operation;
use crate::schema::{Field, Schema};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One compact JSON object a line
    Jsonl,
    /// A header and one row for each item
    Csv,
}

impl Format {
    /// The word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// The most names of fields without a column that are kept for the remark about them.
const MAX_NAMED: usize = 12;

/// How CSV is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layout {
    /// Cells are written even if a spreadsheet would run them.
    pub raw_cells: bool,
    /// It begins with a byte order mark.
    pub bom: bool,
}

/// Turns items into lines.
#[derive(Debug)]
pub struct Rows {
    /// None for JSON Lines, which hold everything that an item holds.
    table: Option<Table>,
    /// Deprecated fields that are asked for, and that no item had so far.
    unseen: Vec<String>,
    items: usize,
}

impl Rows {
    /// The columns of CSV are the `fields` in their order, or those of the documentation.
    pub fn new(format: Format, operation: &Operation, fields: &[String], layout: Layout) -> Self {
        let chosen = !fields.is_empty();
        let columns = if chosen { named(fields) } else { documented(operation) };
        let asked_for = if chosen || format == Format::Csv { &columns[..] } else { &[] };
        let unseen = asked_for.iter().map(Column::name);
        let unseen = unseen.filter(|path| is_deprecated(operation, path)).map(str::to_owned).collect();
        let table = (format == Format::Csv).then(|| Table {
            columns,
            chosen,
            layout,
            without_column: BTreeSet::new(),
        });
        Self { table, unseen, items: 0 }
    }

    /// The names of the columns, if there are any.
    pub fn columns(&self) -> Vec<&str> {
        self.table.iter().flat_map(|table| &table.columns).map(Column::name).collect()
    }

    /// What stands before the first item.
    pub fn header(&self) -> csv::Result<Vec<u8>> {
        let mut lines = Vec::new();
        if let Some(table) = &self.table {
            if table.layout.bom {
                lines.extend_from_slice("\u{feff}".as_bytes());
            }
            let mut writer = csv::Writer::from_writer(&mut lines);
            writer.write_record(self.columns())?;
            writer.flush()?;
        }
        Ok(lines)
    }

    /// The lines of these items.
    pub fn lines(&mut self, items: &[Value]) -> csv::Result<Vec<u8>> {
        self.items += items.len();
        self.unseen
            .retain(|path| !items.iter().any(|item| find(item, path).is_some_and(|value| says(&value))));
        let mut lines = Vec::new();
        match &mut self.table {
            None => {
                for item in items {
                    // Line ends inside of text are escapes in JSON.
                    lines.extend_from_slice(item.to_string().as_bytes());
                    lines.push(b'\n');
                }
            }
            Some(table) => {
                let mut writer = csv::Writer::from_writer(&mut lines);
                for item in items {
                    table.look_for_more(item);
                    for column in &table.columns {
                        writer.write_field(table.cell(column, item).as_bytes())?;
                    }
                    writer.write_record(None::<&[u8]>)?;
                }
                writer.flush()?;
            }
        }
        Ok(lines)
    }

    /// Fields that were asked for and that no item had, because WorkOS no longer sends them.
    pub fn no_longer_sent(&self) -> &[String] {
        if self.items > 0 { &self.unseen } else { &[] }
    }

    /// Fields that items had and that have no column.
    pub fn without_column(&self) -> Vec<&str> {
        self.table.iter().flat_map(|table| &table.without_column).map(String::as_str).collect()
    }
}

/// The columns of CSV.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    /// By the caller, who needs no telling what is left out.
    chosen: bool,
    layout: Layout,
    without_column: BTreeSet<String>,
}

/// A column, by the path to its value in an item.
#[derive(Debug)]
struct Column(String);

impl Column {
    fn name(&self) -> &str {
        &self.0
    }
}

impl Table {
    fn cell<'a>(&self, column: &Column, item: &'a Value) -> Cow<'a, str> {
        let value = match item {
            Value::Object(_) => find(item, column.name()),
            // Lists of bare values have one column.
            _ => Some(Cow::Borrowed(item)),
        };
        match value {
            None => Cow::Borrowed(""),
            Some(Cow::Borrowed(Value::String(text))) => self.guarded(text),
            Some(value) => match value.as_ref() {
                Value::Null => Cow::Borrowed(""),
                other => Cow::Owned(other.to_string()),
            },
        }
    }

    /// Text that a spreadsheet would take for a formula gets an apostrophe in front, which
    /// makes it text there. Strangers write these cells.
    fn guarded<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.layout.raw_cells && runs(text) {
            Cow::Owned(format!("'{text}"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Remembers fields that have no column.
    fn look_for_more(&mut self, item: &Value) {
        let Value::Object(fields) = item else { return };
        if self.chosen {
            return;
        }
        for (name, value) in fields {
            if self.columns.iter().any(|column| column.name() == name) || value.is_null() {
                continue;
            }
            let below = |column: &Column| {
                column.name().strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
            };
            match value {
                Value::Object(inner) if self.columns.iter().any(below) => {
                    for name in inner.keys().map(|inner| format!("{name}.{inner}")) {
                        if !self.columns.iter().any(|column| column.name() == name) {
                            self.remember(name);
                        }
                    }
                }
                _ => self.remember(name.clone()),
            }
        }
    }

    fn remember(&mut self, name: String) {
        if self.without_column.len() < MAX_NAMED {
            self.without_column.insert(name);
        }
    }
}

/// The columns that were asked for.
fn named(fields: &[String]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for name in fields {
        if !columns.iter().any(|column| column.name() == name) {
            columns.push(Column(name.clone()));
        }
    }
    columns
}

/// A column for each documented field; objects inside of items have one for each field of theirs.
fn documented(operation: &Operation) -> Vec<Column> {
    let fields = operation.items().map(Schema::fields).unwrap_or_default();
    let mut columns = Vec::new();
    for field in fields {
        match field.schema.present() {
            Schema::Object(inner, _) if !inner.is_empty() => {
                columns.extend(
                    inner
                        .iter()
                        .map(|inner: &Field| Column(format!("{}.{}", field.api_name, inner.api_name))),
                );
            }
            _ => columns.push(Column(field.api_name.to_owned())),
        }
    }
    if columns.is_empty() {
        columns.push(Column("value".to_owned()));
    }
    columns
}

/// Whether the field at a path of an item is one that WorkOS has given up.
fn is_deprecated(operation: &Operation, path: &str) -> bool {
    let mut fields = operation.items().map(Schema::fields).unwrap_or_default();
    for name in path.split('.') {
        match fields.iter().find(|field| field.api_name == name) {
            Some(field) if field.deprecated => return true,
            Some(field) => fields = field.schema.fields(),
            None => return false,
        }
    }
    false
}

/// Whether a value is more than an empty one.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The value at a path; of lists on the way, a list of the values that their items have there.
fn find<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, Value>> {
    if path.is_empty() {
        return Some(Cow::Borrowed(value));
    }
    if let Value::Array(items) = value {
        let found = items.iter().filter_map(|item| find(item, path)).map(Cow::into_owned);
        return Some(Cow::Owned(found.collect()));
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    find(value.as_object()?.get(name)?, rest)
}

/// Whether a spreadsheet would run this text. Numbers and phone numbers begin alike, and
/// without letters no function can be called.
fn runs(text: &str) -> bool {
    match text.chars().next() {
        Some('\t' | '\r' | '\n' | '=' | '@' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-') => !text.chars().all(|letter| letter.is_ascii_digit() || " +-.()/".contains(letter)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(name: &str) -> &'static Operation {
        crate::api::operations().find(|operation| operation.name == name).expect("an operation")
    }

    fn written(rows: &mut Rows, items: &Value) -> String {
        let mut text = rows.header().expect("a header");
        text.extend(rows.lines(items.as_array().expect("items")).expect("lines"));
        String::from_utf8(text).expect("UTF-8")
    }

    #[test]
    fn columns_are_those_of_the_documentation() {
        let rows = Rows::new(Format::Csv, operation("list_directory_users"), &[], Layout::default());
        assert_eq!(
            rows.columns().join(","),
            "id,directory_id,organization_id,idp_id,email,first_name,last_name,name,emails,job_title,username,state,\
             raw_attributes,custom_attributes,role.slug,roles,groups,created_at,updated_at"
        );
        // Every list has columns.
        for operation in crate::api::operations().filter(|operation| operation.items().is_some()) {
            assert!(
                !Rows::new(Format::Csv, operation, &[], Layout::default()).columns().is_empty(),
                "{}",
                operation.name
            );
        }
    }

    #[test]
    fn cells_hold_text_numbers_or_json() {
        let fields =
            ["id", "role.slug", "roles.slug", "custom_attributes", "n", "none", "id"].map(str::to_owned);
        let mut rows = Rows::new(Format::Csv, operation("list_directory_users"), &fields, Layout::default());
        let items = json!([
            {"id": "a,b", "role": {"slug": "x"}, "roles": [{"slug": "x"}, {"slug": "y"}], "custom_attributes": {"k": "\"v\""}, "n": -1.5},
            {"id": "two\nlines", "role": "odd", "n": true, "none": null},
        ]);
        assert_eq!(
            written(&mut rows, &items),
            "id,role.slug,roles.slug,custom_attributes,n,none\n\
             \"a,b\",x,\"[\"\"x\"\",\"\"y\"\"]\",\"{\"\"k\"\":\"\"\\\"\"v\\\"\"\"\"}\",-1.5,\n\
             \"two\nlines\",,,,true,\n"
        );
        assert!(rows.without_column().is_empty());
    }

    #[test]
    fn what_has_no_column_is_named() {
        let mut rows = Rows::new(Format::Csv, operation("list_directory_users"), &[], Layout::default());
        written(
            &mut rows,
            &json!([{"id": "u", "new": 1, "role": {"slug": "x", "more": 2}, "nothing": null}, {"role": "odd"}]),
        );
        assert_eq!(rows.without_column(), ["new", "role", "role.more"]);
    }

    #[test]
    fn formulas_are_text() {
        for text in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-HYPERLINK(A1)", "\t=1", "\r=1", "＝1"] {
            assert!(runs(text), "{text}");
        }
        for text in ["", "Jane", "+1 (555) 123-4567", "-12.5", "a=b", "日本", "'=1"] {
            assert!(!runs(text), "{text}");
        }
        let items = json!([{"id": "=1"}]);
        let fields = ["id".to_owned()];
        let operation = operation("list_users");
        assert_eq!(
            written(&mut Rows::new(Format::Csv, operation, &fields, Layout::default()), &items),
            "id\n'=1\n"
        );
        assert_eq!(
            written(
                &mut Rows::new(Format::Csv, operation, &fields, Layout { raw_cells: true, bom: false }),
                &items
            ),
            "id\n=1\n"
        );
        assert_eq!(
            written(&mut Rows::new(Format::Jsonl, operation, &fields, Layout::default()), &items),
            "{\"id\":\"=1\"}\n"
        );
    }

    proptest::proptest! {
        /// Whatever a cell holds, a CSV reader has it back.
        #[test]
        fn cells_are_read_as_they_were_written(first in "(?s).{0,12}|[\"\n\r,=']{0,6}", last in "(?s).{0,12}") {
            let fields = ["first_name", "last_name"].map(str::to_owned);
            let mut rows = Rows::new(Format::Csv, operation("list_users"), &fields, Layout { raw_cells: true, bom: false });
            let text = written(&mut rows, &json!([{"first_name": first, "last_name": last}]));
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a row")).collect();
            proptest::prop_assert_eq!(records, vec![csv::StringRecord::from(vec![first, last])]);
        }
    }
}
