//! Which of many calls may be on their way at the same time.
//!
//! Calls start in their order. Reads go together. What changes something goes alone, or together with calls
//! of the same operation on other objects: what was written in an order arrives in that order.

use crate::client::Arguments;
use crate::operation::{Destination, Effect, Operation};

/// The most reads at a time: WorkOS counts the requests of a second, and others use the key too.
pub const READS: usize = 8;
/// The most changes at a time.
pub const WRITES: usize = 4;

/// What a call is about, while it is on its way.
#[derive(Debug)]
pub struct Lane {
    operation: &'static Operation,
    /// What it names in its path; nothing if that names no object.
    target: Vec<String>,
}

impl Lane {
    /// That of a call.
    pub fn of(operation: &'static Operation, arguments: &Arguments) -> Self {
        let named = operation.fields.iter().filter(|field| operation.destination(field) == Destination::Path);
        let target = named.filter_map(|field| arguments.get(field.name)).map(ToString::to_string).collect();
        Self { operation, target }
    }

    /// Whether a call may start beside those that are on their way, with so many at a time at most.
    pub fn fits_beside<'a>(
        &self,
        running: impl Iterator<Item = &'a Self>,
        reads: usize,
        writes: usize,
    ) -> bool {
        let is_read = |lane: &Self| lane.operation.effect == Effect::Read;
        let most = if is_read(self) { reads } else { writes };
        let mut count = 0;
        for other in running {
            count += 1;
            let together = if is_read(self) { is_read(other) } else { self.is_independent_of(other) };
            if !together {
                return false;
            }
        }
        count < most
    }

    /// Whether two changes are the same one to different objects.
    fn is_independent_of(&self, other: &Self) -> bool {
        self.operation.name == other.operation.name && (self.target.is_empty() || self.target != other.target)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn lane(name: &str, arguments: Value) -> Lane {
        let operation = crate::api::operations().find(|operation| operation.name == name).expect("one");
        let Value::Object(arguments) = arguments else { panic!("an object") };
        Lane::of(operation, &arguments)
    }

    #[test]
    fn what_may_go_together() {
        let user = |id: &str| lane("update_user", json!({"id": id, "first_name": id}));
        let fits = |lane: &Lane, running: &[&Lane]| lane.fits_beside(running.iter().copied(), 3, 2);
        let (read, list) = (lane("get_user", json!({"id": "u"})), lane("list_users", json!({})));
        assert!(fits(&read, &[]) && fits(&read, &[&list, &read]) && !fits(&read, &[&list, &read, &list]));
        assert!(!fits(&read, &[&user("a")]) && !fits(&user("a"), &[&read]));
        assert!(fits(&user("a"), &[&user("b")]) && !fits(&user("a"), &[&user("a")]));
        assert!(!fits(&user("a"), &[&user("b"), &user("c")]), "no more than two");
        let create = |email: &str| lane("create_user", json!({"email": email}));
        assert!(fits(&create("a"), &[&create("b")]) && !fits(&create("a"), &[&user("a")]));
        assert!(!fits(&lane("delete_user", json!({"id": "x"})), &[&user("a")]));
    }
}
