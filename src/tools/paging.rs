//! Lists over several pages: what `max_items` and `export` share.

use std::pin::Pin;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::answer::{Ids, cursor, ids, items, note, set_cursor};
use super::audit::Decision;
use super::error::CallError;
use super::projection::Projection;
use super::sending::Sender;
use super::truncation::keep;
use crate::client::{CheckedCall, Pager};

/// The most items that WorkOS gives in one page.
pub const MAX_PAGE: usize = 100;

/// Told how many items are there, and how many there may be.
pub type Progress<'a> =
    Option<&'a (dyn Fn(usize, usize) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'a)>;

/// The pages of a list, one request each.
#[derive(Debug)]
pub struct Pages<'a> {
    sender: &'a Sender,
    pager: Pager,
    /// The page size that the caller wants.
    limit: usize,
}

impl<'a> Pages<'a> {
    /// The pages from the one on that `call` asks for.
    pub fn new(sender: &'a Sender, call: CheckedCall) -> Self {
        let limit = call.arguments().get("limit").and_then(Value::as_u64);
        let limit =
            limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
        Self { sender, pager: Pager::new(call), limit }
    }

    /// The cursor that the next page is asked for with.
    pub fn after(&self) -> Option<&str> {
        self.pager.after()
    }

    /// Whether the last page was the end of the list.
    pub fn ended(&self) -> bool {
        self.pager.ended()
    }

    /// Asks for the same page again, which was not what it should be: no list.
    pub fn retry_page(&mut self) {
        self.pager.retry_page();
    }

    /// The next page, with at most so many items if WorkOS keeps to that. After a failure
    /// the same page can be asked for again.
    pub async fn next(&mut self, max: usize) -> Option<Result<Page, CallError>> {
        if self.pager.ended() {
            return None;
        }
        let operation = self.pager.call().operation();
        if operation.is_paged() {
            self.pager.set_limit(self.limit.min(max));
        }
        self.sender.client().wait_for_rate_limit(operation).await;
        Some(match Box::pin(self.sender.send(self.pager.call(), Decision::Allowed)).await {
            Ok((answer, _permit)) => {
                let empty = items(&answer).is_none_or(Vec::is_empty);
                let repeated = self.pager.advance(cursor(&answer), empty).err();
                Ok(Page { answer, repeated_cursor: repeated.map(|repeated| repeated.cursor) })
            }
            Err(error) => Err(error),
        })
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    /// What was answered.
    pub answer: Value,
    /// Its cursor, if it leads back to where this list has been: there is no page behind it.
    pub repeated_cursor: Option<String>,
}

/// A list with its items of several pages.
#[derive(Debug)]
pub struct Collected {
    /// As one page would be, with the cursor behind its last item.
    pub answer: Value,
    /// The IDs of all items.
    pub ids: Ids,
}

/// Collects up to `max_items` items, and stops where more would be longer than `max_bytes`. What
/// is there when a later page fails, or time is up, is handed over with the cursor to go on.
///
/// # Errors
///
/// The first page failed, or has no such fields.
pub async fn collect(
    sender: &Sender,
    call: &CheckedCall,
    projection: &Projection,
    max_items: usize,
    max_bytes: usize,
    progress: Progress<'_>,
) -> Result<Collected, CallError> {
    let operation = call.operation();
    let deadline = Instant::now() + sender.client().timeout();
    let mut pages = Pages::new(sender, call.clone());
    let Some(first) = pages.next(max_items).await else {
        return Err(CallError::NotReady("there is no page".to_owned()));
    };
    let Page { mut answer, repeated_cursor: mut repeated } = first?;
    let mut ids = ids(&answer);
    let mut left_out =
        projection.apply(operation, &mut answer).map_err(|violations| CallError::fields(&violations))?;
    let mut failed = None;
    let mut bytes = answer.to_string().len();
    // What is beyond the longest answer would only be cut off again.
    while ids.len() < max_items && !ids.is_empty() && bytes <= max_bytes {
        if let Some(progress) = progress
            && !pages.ended()
        {
            progress(ids.len(), max_items).await;
        }
        let mut page = match timeout_at(deadline, pages.next(max_items - ids.len())).await {
            Ok(None) => break,
            Ok(Some(Ok(page))) => {
                repeated = page.repeated_cursor;
                page.answer
            }
            Ok(Some(Err(error))) => {
                failed = Some(error.to_string());
                break;
            }
            Err(_) => {
                failed = Some("time was up".to_owned());
                break;
            }
        };
        ids.extend(super::answer::ids(&page));
        let remark = projection.apply_to_later(operation, &mut page);
        left_out = left_out.or(remark);
        bytes += page.to_string().len();
        set_cursor(&mut answer, cursor(&page).map(str::to_owned));
        if let (Some(Value::Array(items)), Some(Value::Array(more))) =
            (answer.get_mut("data"), page.get_mut("data"))
        {
            items.append(more);
        }
    }
    if repeated.is_some() {
        set_cursor(&mut answer, None);
        note(&mut answer, "WorkOS gave a cursor for a second time, so the list ends here.");
    }
    if ids.len() > max_items {
        let remark = keep(operation, &mut answer, Some(&ids), max_items);
        ids.truncate(max_items);
        note(&mut answer, &remark);
    }
    if let Some(remark) = left_out {
        note(&mut answer, &remark);
    }
    if let Some(why) = failed {
        let count = ids.len();
        note(&mut answer, &format!("{count} items are here, and there are more: {why} Go on with `after`."));
    }
    Ok(Collected { answer, ids })
}
