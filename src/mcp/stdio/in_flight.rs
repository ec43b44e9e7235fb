//! The requests that were started and are not yet done, and whether one more fits.
//!
//! rmcp knows a request by a number of ours, not by the client's id: a client may use the
//! id of a cancelled call again while the old call still winds up, and must not be given
//! what that one says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::RequestId;
use tokio::sync::Notify;

use crate::client::MemoryPermit;

/// Calls worked on at the same time.
pub const MAX_IN_FLIGHT: usize = 64;
/// Other requests answered at the same time: lists, pings. They do not wait for calls.
const MAX_OTHERS: usize = 16;
/// Memory that requests in flight may ask for, all together, unless one alone asks for more.
const MAX_HELD: usize = 32 << 20;

/// Calls go to the network and wait; others are answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Call,
    Other,
}

/// A number for a request, never used twice.
pub type Token = i64;

#[derive(Debug, Default)]
pub struct InFlight {
    inner: Mutex<Inner>,
    /// Something was done.
    pub changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    last: Token,
    requests: HashMap<Token, Request>,
    /// The ids that are waited for, those of requests that wait their turn among them.
    ids: HashMap<RequestId, Token>,
    calls: Load,
    others: Load,
}

/// A request in flight: until its answer is written or, if it was cancelled, until the work
/// on it has ended.
#[derive(Debug)]
struct Request {
    /// The client's id; none once it was cancelled.
    id: Option<RequestId>,
    kind: Kind,
    size: usize,
    running: bool,
    /// The memory that the answer takes until it is written.
    memory: MemoryPermit,
}

#[derive(Debug, Default)]
struct Load {
    count: usize,
    size: usize,
}

impl Inner {
    fn load(&mut self, kind: Kind) -> &mut Load {
        match kind {
            Kind::Call => &mut self.calls,
            Kind::Other => &mut self.others,
        }
    }

    fn free(&mut self, token: Token) {
        if let Some(request) = self.requests.remove(&token) {
            let load = self.load(request.kind);
            load.count -= 1;
            load.size -= request.size;
            if let Some(id) = request.id {
                self.ids.remove(&id);
            }
        }
    }
}

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_empty(&self) -> bool {
        self.lock().requests.is_empty()
    }

    pub fn fits(&self, kind: Kind, size: usize) -> bool {
        let max = if kind == Kind::Call { MAX_IN_FLIGHT } else { MAX_OTHERS };
        let mut inner = self.lock();
        let load = inner.load(kind);
        load.count == 0 || (load.count < max && load.size + size <= MAX_HELD)
    }

    /// A token for this id; none if the id is waited for already.
    pub fn register(&self, id: &RequestId) -> Option<Token> {
        let mut inner = self.lock();
        if inner.ids.contains_key(id) {
            return None;
        }
        inner.last += 1;
        let token = inner.last;
        inner.ids.insert(id.clone(), token);
        Some(token)
    }

    /// The token of an id that is waited for.
    pub fn token(&self, id: &RequestId) -> Option<Token> {
        self.lock().ids.get(id).copied()
    }

    /// The request of this id will never be started.
    pub fn forget(&self, id: &RequestId) {
        self.lock().ids.remove(id);
    }

    /// The request of this token is handed on; work on it ends when what this gives is dropped.
    pub fn start(self: &Arc<Self>, token: Token, id: RequestId, kind: Kind, size: usize) -> Running {
        let mut inner = self.lock();
        let load = inner.load(kind);
        load.count += 1;
        load.size += size;
        inner.requests.insert(
            token,
            Request { id: Some(id), kind, size, running: true, memory: MemoryPermit::default() },
        );
        Running(Arc::new(Work { in_flight: self.clone(), token }))
    }

    /// Nobody waits for this any more, and its id is free. Its place is not, while work on it goes on.
    pub fn cancel(&self, token: Token) {
        let mut inner = self.lock();
        let Some(request) = inner.requests.get_mut(&token) else { return };
        let running = request.running;
        if let Some(id) = request.id.take() {
            inner.ids.remove(&id);
        }
        if !running {
            inner.free(token);
            self.changed.notify_one();
        }
    }

    /// Keeps the room of an answer until that is written. A request that was cancelled has none.
    pub fn keep(&self, id: &RequestId, memory: MemoryPermit) {
        if let RequestId::Number(token) = id
            && let Some(request) = self.lock().requests.get_mut(token)
        {
            request.memory = memory;
        }
    }

    /// Whose answer this is; none if it was cancelled.
    pub fn id(&self, token: Token) -> Option<RequestId> {
        self.lock().requests.get(&token)?.id.clone()
    }

    /// The answer is written.
    pub fn answered(&self, token: Token) {
        self.lock().free(token);
        self.changed.notify_one();
    }

    fn ended(&self, token: Token) {
        let mut inner = self.lock();
        let Some(request) = inner.requests.get_mut(&token) else { return };
        request.running = false;
        if request.id.is_none() {
            inner.free(token);
            self.changed.notify_one();
        }
    }
}

/// Goes along with a request; when the last is gone, so is the work on it.
#[derive(Clone)]
pub struct Running(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Work>);

struct Work {
    in_flight: Arc<InFlight>,
    token: Token,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.in_flight.ended(self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> RequestId {
        RequestId::Number(number)
    }

    #[test]
    fn a_cancelled_call_frees_its_id_at_once_and_its_place_when_it_ends() {
        let in_flight = Arc::new(InFlight::default());
        let first = in_flight.register(&id(7)).expect("a token");
        assert_eq!(in_flight.register(&id(7)), None);
        let work = in_flight.start(first, id(7), Kind::Call, 1);
        in_flight.cancel(first);
        assert_eq!((in_flight.id(first), in_flight.is_empty()), (None, false));
        let second = in_flight.register(&id(7)).expect("the id is free");
        assert_ne!(first, second);
        let more = in_flight.start(second, id(7), Kind::Call, 1);
        drop(work);
        assert_eq!(in_flight.id(second), Some(id(7)));
        drop(more);
        assert!(!in_flight.is_empty(), "its answer is not written");
        in_flight.answered(second);
        assert!(in_flight.is_empty() && in_flight.token(&id(7)).is_none());
    }

    #[test]
    fn a_call_that_is_cancelled_after_its_work_leaves_nothing() {
        let in_flight = Arc::new(InFlight::default());
        let token = in_flight.register(&id(1)).expect("a token");
        drop(in_flight.start(token, id(1), Kind::Call, 5));
        in_flight.cancel(token);
        in_flight.answered(token);
        assert!(in_flight.is_empty() && in_flight.fits(Kind::Call, MAX_HELD));
    }

    #[test]
    fn what_does_not_fit_in_memory_waits_unless_it_is_alone() {
        let in_flight = Arc::new(InFlight::default());
        assert!(in_flight.fits(Kind::Call, 2 * MAX_HELD));
        let token = in_flight.register(&id(1)).expect("a token");
        let _work = in_flight.start(token, id(1), Kind::Call, MAX_HELD - 10);
        assert!(in_flight.fits(Kind::Call, 10) && !in_flight.fits(Kind::Call, 11));
        assert!(in_flight.fits(Kind::Other, MAX_HELD), "others do not wait for calls");
    }
}
