//! Lists over several pages: what `max_items` and `export` share.

use std::borrow::Cow;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done, poll_immediate};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::answer::{Form, Ids, cursor, ids, items, length, note, set_cursor};
use super::audit::Decision;
use super::error::CallError;
use super::projection::{Projection, look};
use super::sanitize::sanitize;
use super::sending::{Replied, Sender};
use super::truncation::keep;
use crate::client::{CheckedCall, Pager};

/// The most items that WorkOS gives in one page.
pub const MAX_PAGE: usize = 100;

/// A request that left ahead is made anew if nobody has asked for it in this time.
const MAX_AHEAD: Duration = Duration::from_secs(5);

/// Nothing becomes longer than this many times what WorkOS sent: escapes, `[masked]`.
const MAX_GROWTH: usize = 8;

/// Told how many items are there, and how many there may be.
pub type Progress<'a> =
    Option<&'a (dyn Fn(usize, usize) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'a)>;

/// The pages of a list, one request each. The request of the next page may leave before this one is
/// read, where it is certain that it will be wanted.
pub struct Pages<'a> {
    sender: &'a Sender,
    pager: Pager,
    /// The page size that the caller wants.
    limit: usize,
    ahead: Option<Ahead<'a>>,
}

/// A request that has left ahead.
struct Ahead<'a> {
    after: String,
    since: Instant,
    request: Pin<Box<MaybeDone<Pending<'a>>>>,
}

/// A request on its way.
type Pending<'a> = Pin<Box<dyn Future<Output = Result<Replied<'a>, CallError>> + Send + 'a>>;

impl<'a> Pages<'a> {
    /// The pages from the one on that `call` asks for.
    pub fn new(sender: &'a Sender, call: CheckedCall) -> Self {
        let limit = call.arguments().get("limit").and_then(Value::as_u64);
        let limit =
            limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
        Self { sender, pager: Pager::new(call), limit, ahead: None }
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
    ///
    /// `certain` says that the page after it will be wanted, whatever this one holds, if its body has
    /// at most so many bytes and there are items left to ask for.
    pub async fn next(&mut self, max: usize, certain: usize) -> Option<Result<Page, CallError>> {
        if self.pager.ended() {
            return None;
        }
        if self.pager.call().operation().is_paged() {
            self.pager.set_limit(self.limit.min(max));
        }
        let replied = match self.take_ahead() {
            Some(mut ahead) => {
                ahead.as_mut().await;
                ahead.as_mut().take_output()
            }
            None => None,
        };
        let replied = match replied {
            Some(replied) => replied,
            None => self.request(self.pager.call().clone()).await,
        };
        let replied = match replied {
            Ok(replied) => replied,
            Err(error) => return Some(Err(error)),
        };
        if let Some(body) = replied.body().filter(|body| body.len() <= certain) {
            self.go_ahead(body, max).await;
        }
        let answer = Box::pin(self.sender.receive(replied, Form::Value)).await;
        Some(answer.and_then(|(content, _permit)| content.into_value()).map(|answer| {
            let empty = items(&answer).is_none_or(Vec::is_empty);
            let repeated = self.pager.advance(cursor(&answer), empty).err();
            Page { answer, repeated_cursor: repeated.map(|repeated| repeated.cursor) }
        }))
    }

    fn request(&self, call: CheckedCall) -> Pending<'a> {
        let sender = self.sender;
        Box::pin(async move {
            sender.client().wait_for_rate_limit(call.operation()).await;
            sender.request(Cow::Owned(call), Decision::Allowed).await
        })
    }

    /// Lets the request of the page leave that follows this one.
    async fn go_ahead(&mut self, body: &[u8], max: usize) {
        let Some(Next { items, after }) = next_page(body).filter(|next| next.items < max) else { return };
        let Some(mut call) = self.pager.behind(&after) else { return };
        call.set_limit(self.limit.min(max - items));
        let mut request = Box::pin(maybe_done(self.request(call)));
        // So far that it is on its way: this task and that of the connection take turns.
        for _ in 0..2 {
            let _ = poll_immediate(request.as_mut()).await;
            tokio::task::yield_now().await;
        }
        self.ahead = Some(Ahead { after, since: Instant::now(), request });
    }

    /// The request that has left ahead, if it is that of the next page. While a page is written that
    /// nobody takes, time goes on for the next: an old request would only be told as too slow.
    fn take_ahead(&mut self) -> Option<Pin<Box<MaybeDone<Pending<'a>>>>> {
        let ahead = self.ahead.take()?;
        let is_next = self.pager.after() == Some(ahead.after.as_str()) && ahead.since.elapsed() < MAX_AHEAD;
        is_next.then_some(ahead.request)
    }
}

/// What a page says of the one behind it.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    /// How many items there are before it.
    items: usize,
    after: String,
}

/// Reads of a page where the next begins, and no more than that takes; none if there is no next one,
/// or anything is unusual.
fn next_page(body: &[u8]) -> Option<Next> {
    #[derive(serde::Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
        list_metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    struct Metadata {
        after: String,
    }
    let Body { data, list_metadata: Metadata { after } } = serde_json::from_slice(body).ok()?;
    // Cursors go on as they are shown.
    let is_cursor = !after.is_empty() && matches!(sanitize(&after), Cow::Borrowed(_));
    (is_cursor && !data.is_empty()).then_some(Next { items: data.len(), after })
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
/// The first page failed, or nothing has such fields.
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
    // A first page may tell that there are no such fields.
    let certain = if projection.paths().is_empty() { max_bytes / MAX_GROWTH } else { 0 };
    let Some(first) = pages.next(max_items, certain).await else {
        return Err(CallError::NotReady("there is no page".to_owned()));
    };
    let Page { mut answer, repeated_cursor: mut repeated } = first?;
    let mut ids = ids(&answer);
    let mut sightings = projection.sightings(operation);
    if call.after().is_some() {
        sightings = sightings.of_rest();
    }
    look(&mut sightings, operation, &answer);
    let faults = sightings.early_faults();
    if !faults.is_empty() {
        return Err(CallError::fields(&faults));
    }
    let mut left_out = projection.prune(operation, &mut answer);
    let mut failed = None;
    let mut bytes = length(&answer);
    // What is beyond the longest answer would only be cut off again.
    while ids.len() < max_items && !ids.is_empty() && bytes <= max_bytes {
        if let Some(progress) = progress
            && !pages.ended()
        {
            progress(ids.len(), max_items).await;
        }
        let certain = (max_bytes - bytes) / MAX_GROWTH;
        let mut page = match timeout_at(deadline, pages.next(max_items - ids.len(), certain)).await {
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
        look(&mut sightings, operation, &page);
        let remark = projection.prune(operation, &mut page);
        left_out = left_out.or(remark);
        bytes += length(&page);
        set_cursor(&mut answer, cursor(&page).map(str::to_owned));
        if let (Some(Value::Array(items)), Some(Value::Array(more))) =
            (answer.get_mut("data"), page.get_mut("data"))
        {
            items.append(more);
        }
    }
    let faults = sightings.faults();
    if !faults.is_empty() {
        return Err(CallError::fields(&faults));
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
    for remark in [left_out, sightings.remark()].into_iter().flatten() {
        note(&mut answer, &remark);
    }
    if let Some(why) = failed {
        let count = ids.len();
        note(&mut answer, &format!("{count} items are here, and there are more: {why} Go on with `after`."));
    }
    Ok(Collected { answer, ids })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_next_page_begins_is_read_from_the_body() {
        let next = |body: &str| next_page(body.as_bytes()).map(|next| (next.items, next.after));
        assert_eq!(
            next(r#" {"object":"list","data":[{"id":"a"},{}],"list_metadata":{"before":null,"after":"b"}} "#),
            Some((2, "b".to_owned()))
        );
        for unusual in [
            "",
            "[]",
            r#"{"data":[],"list_metadata":{"after":"b"}}"#,
            r#"{"data":[1],"list_metadata":{"after":null}}"#,
            r#"{"data":[1],"list_metadata":{"after":""}}"#,
            r#"{"data":[1],"list_metadata":{"after":5}}"#,
            r#"{"data":[1],"list_metadata":{}}"#,
            r#"{"data":[1]}"#,
            r#"{"data":{"a":1},"list_metadata":{"after":"b"}}"#,
            r#"{"data":[1],"list_metadata":{"after":"b","after":"c"}}"#,
            r#"{"data":[1],"data":[],"list_metadata":{"after":"b"}}"#,
            r#"{"data":[1],"list_metadata":{"after":"b"}"#,
            "{\"data\":[1],\"list_metadata\":{\"after\":\"b\u{200b}\"}}",
        ] {
            assert_eq!(next(unusual), None, "{unusual}");
        }
    }
}
