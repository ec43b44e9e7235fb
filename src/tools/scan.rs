//! Goes over a list to answer a question about it: page after page, each dropped when it has been looked
//! at, with what is wanted of it kept alone.

mod items;

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout_at};

use self::items::{Behind, Cursors, Items};
use super::answer::{note, set_cursor};
use super::error::{CallError, Failure};
use super::paging::{MAX_PAGE, Page, Pages, Progress};
use super::projection::Projection;
use super::question::{Counts, First, Question, Wanted};
use super::sanitize::sanitize_name;
use super::sending::Sender;
use super::sightings::Sightings;
use crate::client::{CheckedCall, RetryPolicy, Violation};
use crate::operation::Operation;

/// The most items that one question looks at.
pub const MAX_LOOKED_AT: usize = 50_000;

/// How many items are shown unless somebody says otherwise.
const DEFAULT_ITEMS: usize = 100;

/// How long a question may take where nobody hears of its progress: less than clients wait for an answer
/// without a word.
const QUIETLY: Duration = Duration::from_secs(50);
/// The same where somebody does.
const WITH_PROGRESS: Duration = Duration::from_secs(600);

/// A page that fails for reasons that may pass is asked for so many times more.
const RETRIES: u32 = 3;

/// Bytes for remarks and the cursor.
const REMARKS: usize = 600;

/// Answers a question about a list in at most so many bytes, unless one item alone is longer.
///
/// # Errors
///
/// The first page failed, or nothing has what the question names.
pub async fn scan(
    sender: &Sender,
    call: &CheckedCall,
    projection: &Projection,
    question: &Question,
    max_bytes: usize,
    progress: Progress<'_>,
) -> Result<Value, CallError> {
    let mut scan = Scan::new(call.operation(), projection, question, max_bytes);
    let time = if progress.is_some() { WITH_PROGRESS } else { QUIETLY.max(sender.client().timeout()) };
    let deadline = Instant::now() + time;
    let mut pages = Pages::new(sender, call.clone());
    if call.after().is_some() {
        scan.sightings = scan.sightings.of_rest();
    }
    let mut end = End::OfList;
    loop {
        let begins = pages.after().map(str::to_owned);
        let page = match next_page(&mut pages, &scan, deadline).await {
            Ok(None) => break,
            Ok(Some(page)) => page,
            Err(error) if scan.pages == 0 => return Err(error),
            Err(error) => {
                end = End::Failed(error.to_string());
                break;
            }
        };
        let Page { answer, repeated_cursor } = page;
        let goes_on = scan.page(answer, begins)?;
        if repeated_cursor.is_some() {
            end = End::RoundAndRound;
            break;
        }
        if !goes_on {
            end = End::Enough;
            break;
        }
        if pages.ended() {
            break;
        }
        if scan.looked_at >= MAX_LOOKED_AT {
            end = End::TooMany;
            break;
        }
        if let Some(progress) = progress {
            progress(scan.looked_at, MAX_LOOKED_AT).await;
        }
    }
    let next = pages.after().filter(|_| !pages.ended()).map(str::to_owned);
    scan.answer(&end, next)
}

/// The next page, asked for again where waiting may help. Nobody has waited for anything yet at the
/// first: it fails as any call does.
async fn next_page(
    pages: &mut Pages<'_>,
    scan: &Scan<'_>,
    deadline: Instant,
) -> Result<Option<Page>, CallError> {
    let retry = RetryPolicy::export(RETRIES);
    let (certain, is_first) = (scan.certain(), scan.pages == 0);
    let mut failures = 0;
    loop {
        let failure = match timeout_at(deadline, pages.next(usize::MAX, certain)).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(page))) if page.answer.get("data").is_some_and(Value::is_array) => {
                return Ok(Some(page));
            }
            Ok(Some(Ok(_))) => {
                pages.retry_page();
                let text = "WorkOS answered without a list.".to_owned();
                Failure { text, transient: true, ..Failure::default() }
            }
            Ok(Some(Err(CallError::Failed(failure)))) => failure,
            Ok(Some(Err(error))) => return Err(error),
            Err(_) => {
                let text = "time was up.".to_owned();
                return Err(CallError::Failed(Failure { text, transient: true, ..Failure::default() }));
            }
        };
        let pause = retry.pause(failures, failure.retry_after).filter(|_| failure.transient && !is_first);
        match pause {
            Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
            _ => return Err(CallError::Failed(failure)),
        }
        failures += 1;
    }
}

/// Why a list was read no further.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// There was no more.
    OfList,
    /// What was wanted is there.
    Enough,
    /// More is not looked at in one call.
    TooMany,
    /// WorkOS gave a cursor for a second time.
    RoundAndRound,
    /// A page failed, for this reason.
    Failed(String),
}

/// A question on its way to its answer.
struct Scan<'q> {
    operation: &'static Operation,
    projection: &'q Projection,
    question: &'q Question,
    sightings: Sightings<'q>,
    sink: Sink<'q>,
    max_bytes: usize,
    max_items: Option<usize>,
    pages: usize,
    /// Cursors are not the IDs of items.
    opaque: bool,
    looked_at: usize,
    fitting: usize,
    /// What a condition would have found in another case.
    in_other_case: Vec<Option<String>>,
    left_out: Option<String>,
}

/// What is kept of the items that fit.
enum Sink<'q> {
    Items(Items),
    Counts(Counts<'q>),
    Sorted(First<'q>),
}

impl<'q> Scan<'q> {
    fn new(
        operation: &'static Operation,
        projection: &'q Projection,
        question: &'q Question,
        max: usize,
    ) -> Self {
        let max_bytes = max.saturating_sub(REMARKS);
        let max_items = projection.max_items.or(question.limit);
        let shown = max_items.unwrap_or(DEFAULT_ITEMS);
        let counts = matches!(question.wanted, Wanted::Counts(_));
        let mut sightings = match operation.items() {
            // Counts have no fields.
            Some(item) if counts => Sightings::new(item, true),
            _ => projection.sightings(operation),
        };
        question.watch(&mut sightings);
        Self {
            operation,
            projection,
            question,
            sightings,
            sink: match &question.wanted {
                Wanted::Items => Sink::Items(Items::new(shown, max_bytes)),
                Wanted::Counts(paths) => Sink::Counts(Counts::new(paths)),
                Wanted::Sorted(order) => Sink::Sorted(First::new(order, shown, max_bytes)),
            },
            max_bytes,
            max_items: projection.max_items,
            pages: 0,
            opaque: false,
            looked_at: 0,
            fitting: 0,
            in_other_case: question.conditions().iter().map(|_| None).collect(),
            left_out: None,
        }
    }

    /// How long a page may be, in bytes, for the one behind it to be wanted whatever it holds.
    fn certain(&self) -> usize {
        let may_end_here = match &self.sink {
            Sink::Items(items) => !items.takes_more_than(MAX_PAGE),
            Sink::Counts(_) | Sink::Sorted(_) => false,
        };
        let is_last = self.looked_at + MAX_PAGE >= MAX_LOOKED_AT;
        let may_fail = self.pages == 0 && self.sightings.may_fail_early();
        if may_end_here || is_last || may_fail { 0 } else { usize::MAX }
    }

    /// Looks at a page, which begins behind the cursor `begins`; whether more is wanted.
    fn page(&mut self, mut answer: Value, begins: Option<String>) -> Result<bool, CallError> {
        let cursors = Cursors::of(self.operation, &answer, begins, self.opaque);
        self.opaque |= cursors.are_opaque();
        let Some(Value::Array(items)) = answer.get_mut("data").map(Value::take) else { return Ok(false) };
        for item in &items {
            self.sightings.look(item);
        }
        if self.pages == 0 {
            // What is wrong for certain is told by the first page.
            none_of(&self.sightings.early_faults())?;
        }
        self.pages += 1;
        let looked_at_before = self.looked_at;
        let mut fitting = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            self.looked_at += 1;
            if !self.question.fits(&item) {
                self.near_miss(&item);
                continue;
            }
            self.fitting += 1;
            match &mut self.sink {
                Sink::Items(_) => fitting.push((at, item)),
                Sink::Counts(counts) => {
                    counts.add(&item).map_err(|fault| CallError::fields(&[fault]))?;
                }
                Sink::Sorted(sorted) => {
                    if let Some(standing) = sorted.standing(&item) {
                        sorted
                            .keep(standing, prune(self.operation, self.projection, &mut self.left_out, item));
                    }
                }
            }
        }
        let Sink::Items(kept) = &mut self.sink else { return Ok(true) };
        let end = kept
            .add(fitting, &cursors, |item| prune(self.operation, self.projection, &mut self.left_out, item));
        if let Some(behind) = end {
            self.looked_at = looked_at_before + behind;
            return Ok(false);
        }
        Ok(true)
    }

    /// Remembers what a condition would have found, as long as nothing fits.
    fn near_miss(&mut self, item: &Value) {
        if self.fitting > 0 {
            return;
        }
        for (condition, seen) in self.question.conditions().iter().zip(&mut self.in_other_case) {
            if seen.is_none() && !condition.fits(item) {
                *seen = condition.in_other_case(item).map(sanitize_name);
            }
        }
    }

    /// The answer; `next` is the cursor of the page behind the last.
    fn answer(self, end: &End, next: Option<String>) -> Result<Value, CallError> {
        none_of(&self.sightings.faults())?;
        let mut remarks: Vec<String> = self.left_out.into_iter().collect();
        remarks.extend(self.sightings.remark());
        if self.fitting == 0 && self.looked_at > 0 {
            let conditions = self.question.conditions().iter().zip(&self.in_other_case);
            remarks.extend(conditions.filter_map(|(condition, seen)| {
                let path = condition.path.as_str();
                Some(format!("`{path}` is `{}` in other case there; text must be the same.", seen.as_ref()?))
            }));
            if let Some(item) = self.operation.items() {
                remarks.extend(self.question.doubts(item));
            }
        }
        let looked_at = self.looked_at;
        let filters = self.question.filters();
        let complete = matches!(end, End::OfList | End::Enough);
        let (mut answer, next) = match self.sink {
            Sink::Items(items) => {
                let shown = items.shown.len();
                // Where it ended within a page, that page says where to go on.
                let next = match items.end {
                    None => next,
                    Some(Behind::Cursor(next)) => {
                        remarks.push(format!(
                            "{shown} items that fit are here, of {looked_at} looked at; there may be more: go on with `after`."
                        ));
                        Some(next)
                    }
                    Some(Behind::Nothing) => None,
                    Some(Behind::Unknown) => {
                        remarks.push(format!(
                            "{shown} items that fit are here, of {looked_at} looked at; there may be more, but this list has \
                             no cursor to them: ask again with a higher `max_items`, or for less with `fields`."
                        ));
                        None
                    }
                };
                (data(items.shown), next)
            }
            Sink::Sorted(sorted) => {
                let (seen, most) = (sorted.seen(), sorted.most());
                let items = sorted.into_items();
                let shown = items.len();
                if shown < seen.min(most) {
                    remarks.push(format!("The first {shown} are here: an answer holds no more of them."));
                }
                let mut answer = data(items);
                answer["total"] = seen.into();
                // An order has no next page.
                (answer, None)
            }
            Sink::Counts(counts) => {
                let (answer, remark) = counts.answer(self.max_bytes, self.max_items.unwrap_or(usize::MAX));
                remarks.extend(remark.map(str::to_owned));
                if !self.projection.paths().is_empty() {
                    remarks.push("`fields` says nothing of counts.".to_owned());
                }
                (answer, next.filter(|_| !complete))
            }
        };
        let counts = matches!(self.question.wanted, Wanted::Counts(_));
        if !counts || filters || !complete {
            answer["looked_at"] = looked_at.into();
        }
        if !complete {
            answer["complete"] = false.into();
            remarks.insert(0, incomplete(&self.question.wanted, end, looked_at, next.is_some()));
        }
        if self.operation.is_paged() && (!counts || next.is_some()) {
            set_cursor(&mut answer, next);
        }
        for remark in remarks {
            note(&mut answer, &remark);
        }
        Ok(answer)
    }
}

fn none_of(faults: &[Violation]) -> Result<(), CallError> {
    if faults.is_empty() { Ok(()) } else { Err(CallError::fields(faults)) }
}

/// An item with what is wanted of it.
fn prune(
    operation: &'static Operation,
    projection: &Projection,
    left_out: &mut Option<String>,
    item: Value,
) -> Value {
    let mut page = data(vec![item]);
    let remark = projection.prune(operation, &mut page);
    if left_out.is_none() {
        *left_out = remark;
    }
    match page.get_mut("data").and_then(Value::as_array_mut).and_then(Vec::pop) {
        Some(item) => item,
        None => Value::Null,
    }
}

fn data(items: Vec<Value>) -> Value {
    Value::Object(Map::from_iter([("data".to_owned(), Value::Array(items))]))
}

/// That the answer is not about all of the list, and why.
fn incomplete(wanted: &Wanted, end: &End, looked_at: usize, goes_on: bool) -> String {
    let what = match wanted {
        Wanted::Items => "Not the whole list was looked at",
        Wanted::Counts(_) => "Not the whole list was counted",
        Wanted::Sorted(_) => "Not the whole list was read, so this is the order of a part of it",
    };
    let why = match end {
        End::Failed(why) => why.trim_end().trim_end_matches('.').to_owned(),
        End::RoundAndRound => "WorkOS gave a cursor for a second time".to_owned(),
        _ => format!("one call looks at {MAX_LOOKED_AT} items"),
    };
    let on = match wanted {
        Wanted::Sorted(_) => " Narrow it down with WorkOS's own filters.",
        _ if goes_on => " Go on with `after`.",
        _ => "",
    };
    format!("{what}, only the first {looked_at} items: {why}.{on}")
}
