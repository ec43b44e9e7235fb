//! The typed client: operations in, answers out.
//!
//! ```no_run
//! use workos_mcp::api::organizations::CreateOrganization;
//! use workos_mcp::client::Client;
//!
//! # async fn example() -> Result<(), workos_mcp::client::Error> {
//! let client = Client::from_env()?;
//! let organization = client
//!     .send(&CreateOrganization::new("Example Corp"))
//!     .await?;
//! println!("{}", organization.id);
//! # Ok(())
//! # }
//! ```

// What this room is for: it sends any operation of the table to WorkOS, as a type or by the names
// of its arguments, and gives back what WorkOS answered, or one error. Which operations there are,
// who asks for them and what is shown to whom is not known here: errors tell by their fields what
// happened, and whoever stands above words its own advice.
//
// Of the crate it uses `schema`, `operation` and `list`.
//
// The files, in the order in which a call passes them. No two use each other, directly or in a
// circle, and each names the files that it uses, not what is exported here.
//
//   builder          collects settings for a client
//   settings         what a client is set up with, and what stands in for arguments
//   base_url         which addresses may be the API
//   key              where the API key comes from, and when it is read again
//   key_command, read_file, key_text, key_error
//                    running a command, reading files that may never come; what a key looks like,
//                    and what is wrong with it
//   handle           the client in the caller's hand: typed operations, pages, items
//   check            the rules of an operation, held against arguments: a checked call
//   violation        what is wrong with arguments
//   paging           from page to page of a list, and that it ends
//   execute          the one way of every call, from here on the same for all operations
//   request, url     from a checked call to a request; where it leads
//   exchange         a request on its way, as all its attempts share it
//   proxy            the proxy that the environment names
//   tls              what is trusted, and how TLS is spoken
//   one_connection   who may connect, and who waits for what others connect
//   transport        the HTTP client, and one attempt
//   memory           how much of it answers may take
//   response         reads an answer, and judges it
//   redact_key, encoded
//                    takes the API key out of what is repeated of it
//   retry            whether and when to try again
//   rate_limit       how many requests a second
//   outcome          what a failed call has left behind
//   setup_error, transport_error, response_error, api_error, error
//                    what went wrong: on this machine, on the way, in the answer, at WorkOS; any
//                    of it
//
// Retries, deadlines and refusals are promises: what must not happen twice is sent once. Whoever
// changes `retry`, `response` or `execute` starts with `tests`.

mod api_error;
mod base_url;
mod builder;
mod check;
mod encoded;
mod error;
mod exchange;
mod execute;
mod handle;
mod key;
mod key_command;
mod key_error;
mod key_text;
#[cfg(test)]
mod loopback;
mod memory;
mod one_connection;
mod outcome;
mod paging;
mod proxy;
mod rate_limit;
mod read_file;
mod redact_key;
mod request;
mod response;
mod response_error;
mod retry;
mod sentence;
mod settings;
mod setup_error;
mod subject;
#[cfg(test)]
mod tests;
mod tls;
mod transport;
mod transport_error;
mod url;
mod violation;

pub use self::api_error::ApiError;
pub use self::base_url::{BaseUrl, BaseUrlError};
pub use self::builder::ClientBuilder;
pub use self::check::{Arguments, CheckedCall, Rejected};
pub use self::error::{Error, RepeatedCursor};
pub use self::handle::Client;
pub use self::key::KeySource;
pub use self::key_error::{KeyError, KeyFault, KeyOrigin};
pub use self::key_text::is_live;
pub use self::outcome::Outcome;
pub use self::proxy::{proxy_fault, shown_proxy};
pub use self::response::Reply;
pub use self::response_error::{ResponseError, ResponseErrorKind};
pub use self::settings::{DEFAULT_TIMEOUT, Defaults};
pub use self::setup_error::SetupError;
pub use self::subject::{Named, Subject};
pub use self::transport_error::{TlsFault, TransportError, TransportErrorKind};
pub use self::violation::{Violation, ViolationKind};

pub use crate::sandbox::{FileError as SandboxFileError, FileFault as SandboxFileFault};

#[cfg(feature = "server")]
pub(crate) use self::api_error::{Shown, excerpt};
#[cfg(feature = "server")]
pub(crate) use self::encoded::holds as repeats;
#[cfg(feature = "server")]
pub(crate) use self::memory::MemoryPermit;
#[cfg(feature = "server")]
pub(crate) use self::paging::Pager;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::request::prepare;
#[cfg(feature = "server")]
pub(crate) use self::retry::RetryPolicy;
#[cfg(feature = "server")]
pub(crate) use self::sentence::sentence;
