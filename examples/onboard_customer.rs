//! Onboards a customer: an organization, its domain, and a link with which the customer's IT
//! admin sets up single sign-on.
//!
//! ```text
//! cargo run --example onboard_customer
//! WORKOS_API_KEY=sk_test_… cargo run --example onboard_customer -- --real
//! ```
//!
//! Without `--real` it runs on the embedded sandbox: no account, no network.

#![expect(clippy::print_stdout, reason = "what it did is all that it has to show")]

use std::env;
use std::error::Error;

use workos_mcp::api::admin_portal::{GeneratePortalLink, PortalIntent};
use workos_mcp::api::organizations::{CreateOrganization, CreateOrganizationDomain, GetOrganization};
use workos_mcp::client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = client()?;

    // `new` takes what is required; everything else is a field that may be set.
    let organization = client
        .send(&CreateOrganization {
            external_id: Some("customer-17".to_owned()),
            ..CreateOrganization::new("Example Corp")
        })
        .await?;
    println!("organization {}", organization.id);

    let domain = client.send(&CreateOrganizationDomain::new(&*organization.id, "example.com")).await?;
    if let Some(token) = domain.verification_token {
        println!("domain       {}: DNS record {token}", domain.domain);
    }

    let portal = client
        .send(&GeneratePortalLink {
            intent: Some(PortalIntent::Sso),
            ..GeneratePortalLink::new(&*organization.id)
        })
        .await?;
    println!("portal link  {}", portal.link);

    let organization = client.send(&GetOrganization::new(organization.id)).await?;
    println!("read back    {}, domains: {}", organization.name, organization.domains.len());
    Ok(())
}

/// The sandbox, unless a real environment was asked for; never one of production.
fn client() -> Result<Client, Box<dyn Error>> {
    if !env::args().any(|argument| argument == "--real") {
        return Ok(Client::builder().sandbox(true).build());
    }
    match env::var("WORKOS_API_KEY") {
        Ok(key) if key.starts_with("sk_test_") => Ok(Client::builder().api_key(key).build()),
        _ => Err("--real needs WORKOS_API_KEY with a key of a test environment, sk_test_…".into()),
    }
}
