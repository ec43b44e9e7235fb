//! What a kind of object has in particular, beyond what follows from the table. Whatever a kind does
//! not say is done as for all.

use serde_json::Value;

use super::call::Call;
use super::fault::Fault;
use super::world::{Object, World};

/// What one kind of object has in particular.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Its tag, as `organization_domain`.
    pub name: &'static str,
    /// The noun of its events, as `organization` in `organization.created`; none if it has no events.
    pub events: Option<&'static str>,
    /// Where the events are not `created`, `updated` and `deleted` of one noun: the one that tells one of
    /// these three, if any does.
    pub event: fn(&Object, &str) -> Option<&'static str>,
    /// Completes an object that is being created. Its arguments, ID and times are there.
    pub made: fn(&mut World, &Call<'_>, &mut Object) -> Result<(), Fault>,
    /// Completes an object that is being changed. The arguments that are fields are there.
    pub changed: fn(&mut World, &Call<'_>, &mut Object) -> Result<(), Fault>,
    /// Refuses an object that cannot be as it is, new or changed: something has its external ID.
    pub checked: fn(&World, &Object) -> Result<(), Fault>,
    /// What else is there with a new or changed object. It is stored, and its event is told afterwards.
    pub stored: fn(&mut World, &Call<'_>, &Object) -> Result<(), Fault>,
    /// Refuses to remove an object: others depend on it. Nothing asks where all goes with its organization.
    pub spared: fn(&World, &Call<'_>, &Object) -> Result<(), Fault>,
    /// What goes with an object that is removed. It is gone already.
    pub removed: fn(&mut World, &Object),
    /// Fills in what is kept elsewhere: the domains of an organization.
    pub seen: Option<fn(&World, &mut Object)>,
    /// Whether an object fits an argument of a list; `None` where the argument is no special one, and
    /// is compared with the field of its name.
    pub fits: fn(&World, &Object, &str, &Value) -> Option<bool>,
}

impl Kind {
    /// With nothing in particular.
    pub const fn plain(name: &'static str) -> Self {
        Self {
            name,
            events: None,
            event: |_, _| None,
            made: |_, _, _| Ok(()),
            changed: |_, _, _| Ok(()),
            checked: |_, _| Ok(()),
            stored: |_, _, _| Ok(()),
            spared: |_, _, _| Ok(()),
            removed: |_, _| (),
            seen: None,
            fits: |_, _, _, _| None,
        }
    }

    /// The name of the event that tells that such an object was `created`, `updated` or `deleted`.
    pub fn event_of(&self, object: &Object, what: &str) -> Option<String> {
        let usual = self.events.map(|noun| format!("{noun}.{what}"));
        usual.or_else(|| (self.event)(object, what).map(str::to_owned))
    }
}
