//! The requests that were started and are not yet done, and how many more fit.
//!
//! rmcp knows a request by a number of ours, not by the client's id: a client may use the
//! id of a cancelled call again while the old call still winds up, and must not be given
//! what that one says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::RequestId;
use tokio::sync::Notify;

use crate::client::Room;

/// Calls worked on at the same time.
pub const MOST_IN_FLIGHT: usize = 64;
/// Other requests answered at the same time: lists, pings. They do not wait for calls.
const MOST_OTHERS: usize = 16;
/// Memory that requests in flight may ask for, all together, unless one alone asks for more.
const MOST_HELD: usize = 32 << 20;

/// Calls go to the network and wait; others are answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Call,
    Other,
}

/// A number for a request, never used twice.
pub type Ticket = i64;

#[derive(Debug, Default)]
pub struct Flight {
    inner: Mutex<Inner>,
    /// Something was done.
    pub landed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    last: Ticket,
    open: HashMap<Ticket, Slot>,
    /// The ids that are waited for, those of requests that wait their turn among them.
    ids: HashMap<RequestId, Ticket>,
    calls: Load,
    others: Load,
}

/// A request in flight: until its answer is written or, if it was cancelled, until the work
/// on it has ended.
#[derive(Debug)]
struct Slot {
    /// The client's id; none once it was cancelled.
    id: Option<RequestId>,
    kind: Kind,
    weight: usize,
    running: bool,
    /// The memory that the answer takes until it is written.
    room: Room,
}

#[derive(Debug, Default)]
struct Load {
    count: usize,
    weight: usize,
}

impl Inner {
    fn load(&mut self, kind: Kind) -> &mut Load {
        match kind {
            Kind::Call => &mut self.calls,
            Kind::Other => &mut self.others,
        }
    }

    fn free(&mut self, ticket: Ticket) {
        if let Some(slot) = self.open.remove(&ticket) {
            let load = self.load(slot.kind);
            load.count -= 1;
            load.weight -= slot.weight;
            if let Some(id) = slot.id {
                self.ids.remove(&id);
            }
        }
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_empty(&self) -> bool {
        self.lock().open.is_empty()
    }

    pub fn fits(&self, kind: Kind, weight: usize) -> bool {
        let most = if kind == Kind::Call { MOST_IN_FLIGHT } else { MOST_OTHERS };
        let mut inner = self.lock();
        let load = inner.load(kind);
        load.count == 0 || (load.count < most && load.weight + weight <= MOST_HELD)
    }

    /// A ticket for this id; none if the id is waited for already.
    pub fn admit(&self, id: &RequestId) -> Option<Ticket> {
        let mut inner = self.lock();
        if inner.ids.contains_key(id) {
            return None;
        }
        inner.last += 1;
        let ticket = inner.last;
        inner.ids.insert(id.clone(), ticket);
        Some(ticket)
    }

    /// The ticket of an id that is waited for.
    pub fn ticket(&self, id: &RequestId) -> Option<Ticket> {
        self.lock().ids.get(id).copied()
    }

    /// The request of this ticket will never be started.
    pub fn dismiss(&self, id: &RequestId) {
        self.lock().ids.remove(id);
    }

    /// The request of this ticket is handed on; work on it ends when what this gives is dropped.
    pub fn start(self: &Arc<Self>, ticket: Ticket, id: RequestId, kind: Kind, weight: usize) -> Running {
        let mut inner = self.lock();
        let load = inner.load(kind);
        load.count += 1;
        load.weight += weight;
        inner.open.insert(ticket, Slot { id: Some(id), kind, weight, running: true, room: Room::default() });
        Running(Arc::new(Work { flight: self.clone(), ticket }))
    }

    /// Nobody waits for this any more, and its id is free. Its place is not, while work on it goes on.
    pub fn cancel(&self, ticket: Ticket) {
        let mut inner = self.lock();
        let Some(slot) = inner.open.get_mut(&ticket) else { return };
        let running = slot.running;
        if let Some(id) = slot.id.take() {
            inner.ids.remove(&id);
        }
        if !running {
            inner.free(ticket);
            self.landed.notify_one();
        }
    }

    /// Keeps the room of an answer until that is written. A request that was cancelled has none.
    pub fn keep(&self, id: &RequestId, room: Room) {
        if let RequestId::Number(ticket) = id
            && let Some(slot) = self.lock().open.get_mut(ticket)
        {
            slot.room = room;
        }
    }

    /// Whose answer this is; none if it was cancelled.
    pub fn id(&self, ticket: Ticket) -> Option<RequestId> {
        self.lock().open.get(&ticket)?.id.clone()
    }

    /// The answer is written.
    pub fn land(&self, ticket: Ticket) {
        self.lock().free(ticket);
        self.landed.notify_one();
    }

    fn ended(&self, ticket: Ticket) {
        let mut inner = self.lock();
        let Some(slot) = inner.open.get_mut(&ticket) else { return };
        slot.running = false;
        if slot.id.is_none() {
            inner.free(ticket);
            self.landed.notify_one();
        }
    }
}

/// Goes along with a request; when the last is gone, so is the work on it.
#[derive(Clone)]
pub struct Running(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Work>);

struct Work {
    flight: Arc<Flight>,
    ticket: Ticket,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.flight.ended(self.ticket);
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
        let flight = Arc::new(Flight::default());
        let first = flight.admit(&id(7)).expect("a ticket");
        assert_eq!(flight.admit(&id(7)), None);
        let work = flight.start(first, id(7), Kind::Call, 1);
        flight.cancel(first);
        assert_eq!((flight.id(first), flight.is_empty()), (None, false));
        let second = flight.admit(&id(7)).expect("the id is free");
        assert_ne!(first, second);
        let more = flight.start(second, id(7), Kind::Call, 1);
        drop(work);
        assert_eq!(flight.id(second), Some(id(7)));
        drop(more);
        assert!(!flight.is_empty(), "its answer is not written");
        flight.land(second);
        assert!(flight.is_empty() && flight.ticket(&id(7)).is_none());
    }

    #[test]
    fn a_call_that_is_cancelled_after_its_work_leaves_nothing() {
        let flight = Arc::new(Flight::default());
        let ticket = flight.admit(&id(1)).expect("a ticket");
        drop(flight.start(ticket, id(1), Kind::Call, 5));
        flight.cancel(ticket);
        flight.land(ticket);
        assert!(flight.is_empty() && flight.fits(Kind::Call, MOST_HELD));
    }

    #[test]
    fn what_does_not_fit_in_memory_waits_unless_it_is_alone() {
        let flight = Arc::new(Flight::default());
        assert!(flight.fits(Kind::Call, 2 * MOST_HELD));
        let ticket = flight.admit(&id(1)).expect("a ticket");
        let _work = flight.start(ticket, id(1), Kind::Call, MOST_HELD - 10);
        assert!(flight.fits(Kind::Call, 10) && !flight.fits(Kind::Call, 11));
        assert!(flight.fits(Kind::Other, MOST_HELD), "others do not wait for calls");
    }
}
