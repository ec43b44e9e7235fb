//! Lists all users, page after page, as a stream.
//!
//! ```text
//! cargo run --example list_users
//! WORKOS_API_KEY=sk_test_… cargo run --example list_users -- --real
//! ```
//!
//! Without `--real` it runs on the embedded sandbox: no account, no network.

#![expect(clippy::print_stdout, reason = "the list is all that it has to show")]

use std::env;
use std::error::Error;
use std::pin::pin;

use futures_util::TryStreamExt;
use workos_mcp::api::users::ListUsers;
use workos_mcp::client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = if env::args().any(|argument| argument == "--real") {
        Client::from_env()?
    } else {
        Client::builder().sandbox(true).build()
    };
    // Each page is asked for when the one before it has been read.
    let mut users = pin!(client.items(ListUsers { limit: Some(100), ..Default::default() }));
    while let Some(user) = users.try_next().await? {
        println!("{}  {}", user.id, user.email);
    }
    Ok(())
}
