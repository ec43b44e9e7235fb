//! What several toolsets share: lists, links, metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::schema::{Field, Presence, Schema, Typed};

/// Key-value pairs of your own.
pub type Metadata = BTreeMap<String, String>;

choices! {
    /// Order of a list by creation time; `normal` is newest first with cursors reversed.
    Order {
        Asc = "asc",
        Desc = "desc",
        Normal = "normal",
    }
}

objects! {
    /// Cursors to the neighbouring pages; none at the ends of the list.
    ListMetadata {
        /// Pass as `before` for the page before this one.
        before?: String,
        /// Pass as `after` for the page after this one.
        after?: String,
    }

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

/// A page of a list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct List<T> {
    /// The objects, newest first unless another order was asked for.
    #[serde(default = "Vec::new")]
    pub data: Vec<T>,
    /// Cursors to the neighbouring pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_metadata: Option<ListMetadata>,
}

impl<T: Typed> Typed for List<T> {
    const SCHEMA: Schema = Schema::Object(&[
        Field::new("data", "The objects of this page.", <Vec<T> as Typed>::SCHEMA, Presence::Required),
        Field::new(
            "list_metadata",
            "Cursors to the neighbouring pages.",
            ListMetadata::SCHEMA,
            Presence::Optional,
        ),
    ]);
}
