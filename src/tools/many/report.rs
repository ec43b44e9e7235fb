//! What came of many calls, in one answer: nothing of what succeeded, failed or was not started is lost,
//! however short the answer has to be.

use std::collections::HashSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::plan::ranges;
use crate::client::{MemoryPermit, excerpt};
use crate::operation::Operation;
use crate::schema::Schema;
use crate::tools::answer::{Answer, Ids, NOTE, json as text_of, length};
use crate::tools::reply_parsing::value_of;
use crate::tools::truncation::truncate;

/// Where an answer may be no longer than this, it is left out as a whole: a remark alone takes as much.
const SHORTEST: usize = 900;
/// The shortest error that still says what happened, in characters.
const SHORTEST_ERROR: usize = 60;
/// What stands around a result, in bytes.
const FRAME: usize = 60;
/// Counts, and the remark about what was left out.
const HEAD: usize = 400;

/// What came of a call.
#[derive(Debug)]
pub enum Entry {
    /// It answered.
    Answered {
        /// What was run.
        operation: &'static Operation,
        /// The answer, as JSON.
        text: String,
        /// The IDs of the items in a list.
        ids: Option<Ids>,
        /// It holds what WorkOS shows only once.
        keeps: bool,
    },
    /// It failed.
    Failed {
        /// Why.
        text: String,
        /// It may have taken effect all the same.
        unknown: bool,
    },
    /// It was not started, for this reason.
    NotStarted(String),
}

/// What came of all.
#[derive(Debug)]
pub struct Report {
    entries: Vec<Option<Entry>>,
    /// Answers were shortened.
    shortened: bool,
    /// What answers remarked so far.
    remarks: HashSet<String>,
    /// A remark was left out, because another answer has it.
    shared: bool,
}

impl Report {
    /// Of so many calls, of which nothing is known.
    pub fn new(count: usize) -> Self {
        Self {
            entries: std::iter::repeat_with(|| None).take(count).collect(),
            shortened: false,
            remarks: HashSet::new(),
            shared: false,
        }
    }

    /// Takes the remark out of an answer if another answer has the same: a hundred calls of one operation
    /// need not say a hundred times what goes for all.
    pub fn remark_once(&mut self, answer: &mut Value) {
        let Value::Object(fields) = answer else { return };
        let Some(Value::String(remark)) = fields.get(NOTE) else { return };
        if self.remarks.contains(remark) {
            fields.shift_remove(NOTE);
            self.shared = true;
        } else {
            self.remarks.insert(remark.clone());
        }
    }

    /// What came of a call.
    pub fn set(&mut self, index: usize, entry: Entry) {
        self.entries[index] = Some(entry);
    }

    /// Whether a call has ended, or will never start.
    pub fn is_set(&self, index: usize) -> bool {
        self.entries[index].is_some()
    }

    /// Whether a call has answered.
    pub fn has_answer(&self, index: usize) -> bool {
        matches!(self.entries[index], Some(Entry::Answered { .. }))
    }

    /// Whether none has answered, so that there is nothing but errors.
    pub fn has_no_answer(&self) -> bool {
        (0..self.entries.len()).all(|index| !self.has_answer(index))
    }

    /// Keeps what is held in memory within a few answers.
    pub fn bound(&mut self, max: usize) {
        let held: usize = self.entries.iter().flatten().map(Entry::length).sum();
        if held > max.saturating_mul(4) {
            self.fit(max.saturating_mul(2));
        }
    }

    /// All of it in at most so many bytes.
    pub fn into_answer(mut self, max: usize) -> Answer {
        self.fit(max.saturating_sub(HEAD));
        let mut text = self.whole();
        if text.len() > max {
            text = self.summary();
        }
        Answer { text, data: None, memory: MemoryPermit::default() }
    }

    /// Shortens what is longest until all fits into so many bytes.
    fn fit(&mut self, max: usize) {
        let frames = self.entries.len() * FRAME;
        let sizes: Vec<usize> = self.entries.iter().flatten().map(Entry::length).collect();
        if frames + sizes.iter().sum::<usize>() <= max {
            return;
        }
        for entry in self.entries.iter_mut().flatten() {
            entry.keep_credentials();
        }
        let fixed: usize =
            self.entries.iter().flatten().filter(|entry| entry.is_kept()).map(Entry::length).sum();
        let mut sizes: Vec<usize> =
            self.entries.iter().flatten().filter(|entry| !entry.is_kept()).map(Entry::length).collect();
        let level = level(&mut sizes, max.saturating_sub(frames + fixed));
        for entry in self.entries.iter_mut().flatten().filter(|entry| !entry.is_kept()) {
            self.shortened |= entry.shorten(level);
        }
    }

    fn counts(&self) -> (usize, usize, usize, Vec<usize>) {
        let count =
            |wanted: fn(&Entry) -> bool| self.entries.iter().flatten().filter(|entry| wanted(entry)).count();
        let unknown = self.entries.iter().enumerate().filter_map(|(index, entry)| {
            matches!(entry, Some(Entry::Failed { unknown: true, .. })).then_some(index)
        });
        (
            count(|entry| matches!(entry, Entry::Answered { .. })),
            count(|entry| matches!(entry, Entry::Failed { .. })),
            count(|entry| matches!(entry, Entry::NotStarted(_))),
            unknown.collect(),
        )
    }

    fn whole(&self) -> String {
        let (succeeded, failed, not_started, _) = self.counts();
        let mut text =
            format!(r#"{{"succeeded":{succeeded},"failed":{failed},"not_started":{not_started},"results":["#);
        for (index, entry) in self.entries.iter().enumerate() {
            text.push_str(if index > 0 { "," } else { "" });
            // Writing to a string does not fail.
            let _ = match entry {
                Some(Entry::Answered { text: answer, .. }) if answer.is_empty() => {
                    write!(text, r#"{{"index":{index},"ok":true}}"#)
                }
                Some(Entry::Answered { text: answer, .. }) => {
                    write!(text, r#"{{"index":{index},"ok":true,"answer":{answer}}}"#)
                }
                Some(Entry::Failed { text: error, unknown }) => {
                    let unknown = if *unknown { r#","may_have_taken_effect":true"# } else { "" };
                    write!(
                        text,
                        r#"{{"index":{index},"ok":false,"error":{}{unknown}}}"#,
                        Value::from(error.as_str())
                    )
                }
                Some(Entry::NotStarted(why)) => {
                    write!(
                        text,
                        r#"{{"index":{index},"ok":false,"not_started":{}}}"#,
                        Value::from(why.as_str())
                    )
                }
                None => write!(text, r#"{{"index":{index},"ok":false,"not_started":"unknown"}}"#),
            };
        }
        text.push(']');
        let shortened = "Answers were shortened: all of them together are longer than one answer may be. Name `fields`, or \
                         make fewer calls at once.";
        let shared = "A `_note` that goes for several answers stands in one of them.";
        let remarks: Vec<&str> = [(self.shortened, shortened), (self.shared, shared)]
            .into_iter()
            .filter_map(|(holds, remark)| holds.then_some(remark))
            .collect();
        if !remarks.is_empty() {
            let _ = write!(text, r#","{NOTE}":"{}""#, remarks.join(" "));
        }
        text.push('}');
        text
    }

    /// Which calls came to what, and nothing else but credentials.
    fn summary(&self) -> String {
        let (succeeded, failed, not_started, unknown) = self.counts();
        let of = |wanted: fn(&Entry) -> bool| {
            let indexes =
                self.entries.iter().enumerate().filter(|(_, entry)| entry.as_ref().is_some_and(wanted));
            ranges(&indexes.map(|(index, _)| index).collect::<Vec<_>>())
        };
        let mut value = json!({ "succeeded": succeeded, "failed": failed, "not_started": not_started });
        let lists = [
            ("succeeded_calls", of(|entry| matches!(entry, Entry::Answered { .. }))),
            ("failed_calls", of(|entry| matches!(entry, Entry::Failed { .. }))),
            ("may_have_taken_effect", ranges(&unknown)),
        ];
        for (name, calls) in lists.into_iter().filter(|(_, calls)| !calls.is_empty()) {
            value[name] = calls.into();
        }
        let kept: Map<String, Value> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| match entry {
                Some(Entry::Answered { text, keeps: true, .. }) => {
                    Some((index.to_string(), value_of(text).unwrap_or_default()))
                }
                _ => None,
            })
            .collect();
        if !kept.is_empty() {
            value["answers"] = kept.into();
        }
        value["_note"] = "The results themselves do not fit into one answer.".into();
        text_of(&value)
    }
}

impl Entry {
    fn length(&self) -> usize {
        match self {
            Self::Answered { text, .. } | Self::NotStarted(text) => text.len(),
            // In JSON some letters take more.
            Self::Failed { text, .. } => length(&Value::from(text.as_str())),
        }
    }

    fn is_kept(&self) -> bool {
        matches!(self, Self::Answered { keeps: true, .. } | Self::NotStarted(_))
    }

    /// Leaves nothing of an answer but what is shown only once, and its ID.
    fn keep_credentials(&mut self) {
        if let Self::Answered { operation, text, keeps: true, .. } = self
            && let Ok(mut answer) = value_of(text)
        {
            only_credentials(&operation.answer, &mut answer);
            *text = text_of(&answer);
        }
    }

    /// Shortens it to so many bytes; whether anything was left out.
    fn shorten(&mut self, max: usize) -> bool {
        if self.length() <= max {
            return false;
        }
        match self {
            Self::Answered { operation, text, ids, .. } => {
                let mut short = String::new();
                if max >= SHORTEST
                    && let Ok(mut answer) = value_of(text)
                {
                    short = truncate(operation, &mut answer, ids.as_ref(), max);
                }
                *text = if short.len() > max { String::new() } else { short };
            }
            Self::Failed { text, .. } => {
                let first = text.lines().next().unwrap_or_default();
                *text = excerpt(first, max.max(SHORTEST_ERROR)).into_owned();
            }
            Self::NotStarted(_) => return false,
        }
        true
    }
}

/// Leaves the fields of an object that are shown only once, what leads to them, and what says whose they are.
fn only_credentials(schema: &Schema, value: &mut Value) {
    let Value::Object(object) = value else { return };
    let fields = schema.present().fields();
    object.retain(|name, value| {
        let Some(field) = fields.iter().find(|field| field.api_name == name) else { return false };
        if field.shown_once || matches!(field.api_name, "id" | "name") {
            return true;
        }
        let leads = field.schema.any_field(&|field| field.shown_once);
        if leads {
            only_credentials(&field.schema, value);
        }
        leads
    });
}

/// How long each may be so that all fit, if the longest give way first.
fn level(sizes: &mut [usize], max: usize) -> usize {
    sizes.sort_unstable();
    let (mut left, mut count) = (max, sizes.len());
    for size in sizes {
        let share = left / count;
        if *size > share {
            return share;
        }
        left -= *size;
        count -= 1;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(name: &str) -> &'static Operation {
        crate::api::operations().find(|operation| operation.name == name).expect("an operation")
    }

    fn answered(name: &str, answer: &Value) -> Entry {
        let operation = operation(name);
        let keeps = crate::tools::redaction::shows_once(&operation.answer);
        Entry::Answered { operation, text: answer.to_string(), ids: None, keeps }
    }

    #[test]
    fn the_longest_give_way_first() {
        assert_eq!(level(&mut [10, 20, 30], 60), usize::MAX);
        assert_eq!(level(&mut [30, 10, 20], 50), 20);
        assert_eq!(level(&mut [5, 1000, 1000], 105), 50);
        assert_eq!(level(&mut [5; 4], 0), 0);
    }

    #[test]
    fn whatever_the_limit_nothing_of_what_happened_is_lost() {
        for max in [1_000, 5_000, 20_000, 1_000_000] {
            let mut report = Report::new(100);
            for index in 0..100 {
                report.set(
                    index,
                    match index % 4 {
                        0 => answered("get_user", &json!({"id": index, "metadata": "x".repeat(3_000)})),
                        1 => Entry::Failed {
                            text: format!("WorkOS says no. {}", "y".repeat(500)),
                            unknown: index == 5,
                        },
                        2 => Entry::NotStarted("call 1 failed".to_owned()),
                        _ => answered("get_user", &json!({"id": index})),
                    },
                );
                report.bound(max);
            }
            let text = report.into_answer(max).text;
            assert!(text.len() <= max, "{max}: {} bytes", text.len());
            let value: Value = serde_json::from_str(&text).expect("JSON");
            let counts = [&value["succeeded"], &value["failed"], &value["not_started"]];
            assert_eq!(counts, [&json!(50), &json!(25), &json!(25)], "{text}");
            if let Some(results) = value["results"].as_array() {
                assert_eq!(results.len(), 100);
                assert!(results.iter().enumerate().all(|(index, result)| result["index"] == index));
                assert_eq!(results[5]["may_have_taken_effect"], true);
                assert!(results[1]["error"].as_str().expect("an error").starts_with("WorkOS says no"));
                assert_eq!(value.get("_note").is_some(), max < 1_000_000);
            } else {
                assert!(max <= 5_000 && value["may_have_taken_effect"] == "5", "{text}");
            }
        }
    }

    #[test]
    fn credentials_that_are_shown_once_are_never_cut() {
        let mut report = Report::new(40);
        for index in 0..20 {
            let key = json!({"id": format!("api_key_{index}"), "value": format!("example_{index}"), "permissions": vec!["p"; 300]});
            report.set(index, answered("create_organization_api_key", &key));
            report
                .set(20 + index, answered("get_user", &json!({"id": index, "metadata": "x".repeat(3_000)})));
        }
        let text = report.into_answer(10_000).text;
        assert!(text.len() <= 10_000, "{}", text.len());
        let value: Value = serde_json::from_str(&text).expect("JSON");
        for index in 0..20 {
            assert_eq!(value["results"][index]["answer"]["value"], format!("example_{index}"), "{text}");
        }
    }
}
