//! What all lists of the API have: pages, the cursors between them, and an order. Part of the
//! notation, where `..Page` stands for the arguments of a list.

use serde::{Deserialize, Serialize};

use crate::schema::{Field, Presence, Schema, Typed};

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
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List<T> {
    /// The objects, newest first unless another order was asked for.
    #[serde(default = "Vec::new")]
    pub data: Vec<T>,
    /// Cursors to the neighbouring pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_metadata: Option<ListMetadata>,
}

impl<T> List<T> {
    /// A page with these objects, and none before or after it.
    pub fn new(data: impl Into<Vec<T>>) -> Self {
        Self { data: data.into(), list_metadata: None }
    }
}

impl<T: Typed> Typed for List<T> {
    const SCHEMA: Schema = Schema::Object(
        &[
            Field::new("data", "The objects of this page.", <Vec<T> as Typed>::SCHEMA, Presence::Required),
            Field::new(
                "list_metadata",
                "Cursors to the neighbouring pages.",
                ListMetadata::SCHEMA,
                Presence::Optional,
            ),
        ],
        &[],
    );

    fn fallback() -> Self {
        Self::new(Vec::new())
    }
}
