//! What several toolsets share: lists, links, metadata.

use std::collections::BTreeMap;

pub use crate::list::{List, ListMetadata, Order};

/// Key-value pairs of your own.
pub type Metadata = BTreeMap<String, String>;

objects! {
    /// A URL that was built here, without a request.
    Link {
        /// The URL to open in a browser.
        url: String,
        /// The PKCE verifier that the code exchange needs; keep it secret until then.
        code_verifier?: String,
    }

    /// A role by its slug.
    SlimRole {
        slug: String,
    }
}
