//! One connection for what one can carry: while somebody connects, others wait and share what
//! comes of it.
//!
//! The HTTP library opens a connection for every request that finds none, and drops all but one
//! of them once it turns out that each carries any number of requests. Here it connects once. When
//! that is done, the library hands the connection to every request that waits for one; a request
//! that got one is polled elsewhere, no longer within [`wanted`], and its own turn to connect is
//! given up.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::Connection;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

/// How long a connection that was made may take to reach those who wait for it. It takes no time,
/// unless it broke at once.
const HANDOVER_TIMEOUT: Duration = Duration::from_millis(200);

/// How long others wait for one who connects before one of them tries beside it: what takes so
/// long may never come.
const PATIENCE: Duration = Duration::from_secs(3);

type BoxError = Box<dyn StdError + Send + Sync>;

tokio::task_local! {
    /// Set where somebody waits for a connection.
    static WANTED: ();
}

/// Sends a request: connections that are opened for it are wanted while it waits.
pub(super) async fn wanted<F: Future>(request: F) -> F::Output {
    WANTED.scope((), request).await
}

/// What the connections carry that were made so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Carries {
    /// There was none.
    #[default]
    Unknown,
    /// One request at a time: everybody needs one.
    One,
    /// Any number; this many such connections were made.
    Many(u64),
}

/// Lets one request connect at a time, as long as the others may share what it opens.
#[derive(Debug, Clone, Default)]
pub(super) struct OneConnection {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    turn: Mutex<()>,
    /// The turn of one more, while the first is stuck.
    beside: Mutex<()>,
    carries: watch::Sender<Carries>,
}

impl OneConnection {
    /// Waits until a connection is made, from now on, that others can share.
    pub fn made(&self) -> impl Future<Output = ()> + use<> {
        let mut carries = self.shared.carries.subscribe();
        let before = *carries.borrow_and_update();
        async move {
            let made = |now: &Carries| matches!(now, Carries::Many(_)) && *now != before;
            if carries.wait_for(made).await.is_err() {
                // Nobody makes any more.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Shared {
    /// Waits for a turn to connect; none is needed where nothing can be shared.
    async fn turn(&self) -> Result<Option<MutexGuard<'_, ()>>, NotWanted> {
        let carries = || *self.carries.borrow();
        let mut before = carries();
        loop {
            if before == Carries::One {
                return Ok(None);
            }
            let turn = match timeout(PATIENCE, while_wanted(self.turn.lock())).await {
                Ok(turn) => turn?,
                Err(_) => while_wanted(self.beside.lock()).await?,
            };
            let now = carries();
            if now == before {
                return Ok(Some(turn));
            }
            drop(turn);
            if let Carries::Many(_) = now {
                // It is on its way here; whoever gets it does not come back.
                let _ = timeout(HANDOVER_TIMEOUT, while_wanted(std::future::pending::<()>())).await;
            }
            before = now;
        }
    }

    fn made(&self, connection: &impl Connection) {
        let many = connection.connected().is_negotiated_h2();
        self.carries.send_modify(|carries| {
            *carries = match *carries {
                _ if !many => Carries::One,
                Carries::Many(count) => Carries::Many(count.wrapping_add(1)),
                Carries::Unknown | Carries::One => Carries::Many(0),
            };
        });
    }
}

/// Waits for something as long as a request waits for a connection.
async fn while_wanted<F: Future>(future: F) -> Result<F::Output, NotWanted> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if WANTED.try_with(|()| ()).is_err() {
            return Poll::Ready(Err(NotWanted));
        }
        future.as_mut().poll(cx).map(Ok)
    })
    .await
}

/// The request got a connection that another one opened.
#[derive(Debug)]
struct NotWanted;

impl fmt::Display for NotWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another connection came first")
    }
}

impl StdError for NotWanted {}

impl<S> Layer<S> for OneConnection {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector { inner, shared: self.shared.clone() }
    }
}

/// What connects, in turn.
#[derive(Debug, Clone)]
pub(super) struct Connector<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, T> Service<T> for Connector<S>
where
    S: Service<T, Error = BoxError> + Clone + Send + 'static,
    S::Response: Connection,
    S::Future: Send,
    T: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: T) -> Self::Future {
        // The one that is ready goes; its clone stays.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let shared = self.shared.clone();
        Box::pin(async move {
            let _turn = shared.turn().await?;
            let connection = inner.call(target).await?;
            shared.made(&connection);
            Ok(connection)
        })
    }
}
