//! Lists over several pages: what `max_items` and `export` share.

use std::pin::Pin;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::audit::Decision;
use super::shaping::{Shaping, cursor, note, set_cursor};
use super::size::{self, Ids};
use super::tools::{Refusal, Tools};
use crate::client::Arguments;
use crate::operation::Operation;

/// Most items that WorkOS gives in one page.
pub const LARGEST_PAGE: usize = 100;

/// Told how many items are there, and how many there may be.
pub type Progress<'a> =
    Option<&'a (dyn Fn(usize, usize) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'a)>;

/// The pages of a list, one request each.
#[derive(Debug)]
pub struct Pages<'a> {
    tools: &'a Tools,
    operation: &'static Operation,
    arguments: Arguments,
    /// The page size that the caller wants.
    limit: usize,
    ended: bool,
}

impl<'a> Pages<'a> {
    /// The pages from the one on that `arguments` ask for.
    pub fn new(tools: &'a Tools, operation: &'static Operation, arguments: Arguments) -> Self {
        let limit =
            arguments.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        Self { tools, operation, arguments, limit, ended: false }
    }

    /// The cursor that the next page is asked for with.
    pub fn after(&self) -> Option<&str> {
        self.arguments.get("after").and_then(Value::as_str)
    }

    /// Whether the last page was the end of the list.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Asks for the same page again, which was not what it should be: no list.
    pub fn again(&mut self) {
        self.ended = false;
    }

    /// The next page, with at most so many items if WorkOS keeps to that. After a failure
    /// the same page can be asked for again.
    pub async fn next(&mut self, most: usize) -> Option<Result<Value, Refusal>> {
        if self.ended {
            return None;
        }
        if self.operation.is_paged() {
            self.arguments.insert("limit".to_owned(), self.limit.min(most).into());
        }
        self.tools.client().pace(self.operation).await;
        Some(match self.tools.fetch(self.operation, &self.arguments, Decision::Allowed).await {
            Ok((page, _room)) => {
                self.turn(&page);
                Ok(page)
            }
            Err(refusal) => Err(refusal),
        })
    }

    /// Goes on behind a page; a list that does not move has ended.
    fn turn(&mut self, page: &Value) {
        let empty = page.get("data").and_then(Value::as_array).is_none_or(Vec::is_empty);
        match cursor(page).filter(|_| self.operation.is_paged() && !empty) {
            Some(after) if self.after() != Some(after) => {
                self.arguments.insert("after".to_owned(), after.into());
            }
            _ => self.ended = true,
        }
    }
}

/// A list with its items of several pages.
pub struct Gathered {
    /// As one page would be, with the cursor behind its last item.
    pub answer: Value,
    /// The IDs of all items.
    pub ids: Ids,
}

/// Gathers up to `most` items. What is there when a later page fails, or time is up, is
/// handed over with the cursor to go on.
pub async fn gather(
    tools: &Tools,
    operation: &'static Operation,
    arguments: Arguments,
    shaping: &Shaping,
    most: usize,
    progress: Progress<'_>,
) -> Result<Gathered, Refusal> {
    let deadline = Instant::now() + tools.client().options().timeout;
    let mut pages = Pages::new(tools, operation, arguments);
    let Some(first) = pages.next(most).await else {
        return Err(Refusal::Access("there is no page".to_owned()));
    };
    let mut answer = first?;
    let mut ids = size::ids(&answer);
    let mut left_out =
        shaping.apply(operation, &mut answer).map_err(|problems| Refusal::fields(&problems))?;
    let mut failed = None;
    let mut bytes = answer.to_string().len();
    // What is beyond the longest answer would only be cut off again.
    while ids.len() < most && !ids.is_empty() && bytes <= tools.max_answer() {
        if let Some(progress) = progress
            && !pages.ended
        {
            progress(ids.len(), most).await;
        }
        let mut page = match timeout_at(deadline, pages.next(most - ids.len())).await {
            Ok(None) => break,
            Ok(Some(Ok(page))) => page,
            Ok(Some(Err(refusal))) => {
                failed = Some(refusal.to_string());
                break;
            }
            Err(_) => {
                failed = Some("time was up".to_owned());
                break;
            }
        };
        ids.extend(size::ids(&page));
        let remark = shaping.apply_to_later(operation, &mut page);
        left_out = left_out.or(remark);
        bytes += page.to_string().len();
        set_cursor(&mut answer, cursor(&page).map(str::to_owned));
        if let (Some(Value::Array(items)), Some(Value::Array(more))) =
            (answer.get_mut("data"), page.get_mut("data"))
        {
            items.append(more);
        }
    }
    if ids.len() > most {
        let remark = size::keep(operation, &mut answer, Some(&ids), most);
        ids.truncate(most);
        note(&mut answer, &remark);
    }
    if let Some(remark) = left_out {
        note(&mut answer, &remark);
    }
    if let Some(why) = failed {
        let count = ids.len();
        note(&mut answer, &format!("{count} items are here, and there are more: {why} Go on with `after`."));
    }
    Ok(Gathered { answer, ids })
}
