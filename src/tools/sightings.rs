//! Which of the paths that a call names were seen in what came, and what is there in their place.
//!
//! A path that nothing has is a mistake that must be told: what comes of it otherwise looks like an
//! answer. In objects with keys of somebody else's choice a later item may have it, so there the
//! verdict is that of all that was read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::{Known, Path, flatten, joined};
use super::sanitize::sanitize_line;
use super::suggestion::nearest;
use crate::client::Violation;
use crate::schema::Schema;

/// The most keys that are remembered of one place, and that are shown.
const MAX_KEYS: usize = 500;
const MAX_SHOWN: usize = 40;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Whatever is there is taken as it is.
    Whole,
    /// It is compared with something: an object would never do.
    Compared,
}

/// What was seen of paths.
#[derive(Debug)]
pub struct Sightings<'p> {
    schema: &'static Schema,
    lists: bool,
    /// What came before is not known: it may have what nothing has here.
    is_rest: bool,
    objects: usize,
    each: Vec<Sighting<'p>>,
}

#[derive(Debug)]
struct Sighting<'p> {
    argument: &'static str,
    path: &'p Path,
    known: Known,
    compared: bool,
    found: bool,
    /// A value that is no object.
    scalar: bool,
    /// How far the path led, in steps, and the keys that are there.
    depth: usize,
    keys: BTreeSet<String>,
    /// The keys of objects that stand at its end.
    inner: BTreeSet<String>,
}

impl<'p> Sightings<'p> {
    /// Nothing yet, of objects of this shape: items of a list, or one alone.
    pub fn new(schema: &'static Schema, lists: bool) -> Self {
        Self { schema, lists, is_rest: false, objects: 0, each: Vec::new() }
    }

    /// The same of a list that is gone on with behind a cursor.
    pub fn of_rest(mut self) -> Self {
        self.is_rest = true;
        self
    }

    /// Looks out for a path, too.
    pub fn add(&mut self, argument: &'static str, path: &'p Path, used: Use) {
        self.each.push(Sighting {
            argument,
            path,
            known: path.known(self.schema),
            compared: used == Use::Compared,
            found: false,
            scalar: false,
            depth: 0,
            keys: BTreeSet::new(),
            inner: BTreeSet::new(),
        });
    }

    /// Whether the first objects may already tell of a mistake.
    pub fn may_fail_early(&self) -> bool {
        self.each.iter().any(|one| matches!(one.known, Known::Unknown(..)))
    }

    /// Looks at an object.
    pub fn look(&mut self, object: &Value) {
        self.objects += 1;
        self.each.iter_mut().for_each(|one| one.look(object));
    }

    /// The paths that the documentation does not know, before anything was looked at.
    pub fn undocumented(&self) -> Vec<Violation> {
        self.each.iter().filter_map(Sighting::unknown).collect()
    }

    /// What is certainly wrong, however many objects are still to come.
    pub fn early_faults(&self) -> Vec<Violation> {
        self.each.iter().filter_map(|one| one.unknown().or_else(|| one.only_objects())).collect()
    }

    /// What is wrong, now that all was seen.
    pub fn faults(&self) -> Vec<Violation> {
        let fault = |one: &Sighting<'_>| {
            let missing = || one.missing(self.lists).filter(|_| !self.is_rest);
            one.unknown().or_else(|| one.only_objects()).or_else(missing)
        };
        self.each.iter().filter_map(fault).collect()
    }

    /// What is worth saying although it may be right: nothing has the path, and nothing else is there.
    pub fn remark(&self) -> Option<String> {
        let nowhere =
            self.each.iter().filter(|one| one.is_missing() && (self.is_rest || !one.has_neighbours()));
        let mut paths: Vec<String> =
            nowhere.map(|one| format!("`{}`", sanitize_line(one.path.as_str()))).collect();
        paths.sort();
        paths.dedup();
        if self.objects == 0 || paths.is_empty() {
            return None;
        }
        let paths = paths.join(", ");
        Some(match (self.lists, self.is_rest) {
            (true, true) => format!("No item here has {paths}."),
            (true, false) => format!("No item has {paths}, nor anything else in its place."),
            (false, _) => format!("Nothing is at {paths}, nor anything else in its place."),
        })
    }
}

impl Sighting<'_> {
    fn look(&mut self, object: &Value) {
        if self.found && (self.scalar || !self.compared) {
            return;
        }
        let (compared, mut scalar) = (self.compared, false);
        let inner = &mut self.inner;
        let found = self.path.visit(object, &mut |value| {
            if compared {
                let mut values = Vec::new();
                flatten(value, &mut values);
                for value in values {
                    match value {
                        Value::Object(object) => remember(inner, object.keys()),
                        _ => scalar = true,
                    }
                }
            }
        });
        self.found |= found;
        self.scalar |= scalar;
        if found || matches!(self.known, Known::Documented(_)) {
            return;
        }
        let (depth, keys) = (&mut self.depth, &mut self.keys);
        self.path.objects(object, &mut |steps, object| {
            if steps > *depth {
                *depth = steps;
                keys.clear();
            }
            if steps == *depth {
                remember(keys, object.keys());
            }
        });
    }

    /// Nothing has it, where it could have been.
    fn is_missing(&self) -> bool {
        !self.found
            && match self.known {
                Known::Documented(_) => false,
                Known::Open(_) => true,
                // The documentation does not know what it leads into, but it is there.
                Known::Unknown(steps, _) => self.depth > steps,
            }
    }

    /// Whether there are other keys where the path leaves what is documented, or behind that.
    fn has_neighbours(&self) -> bool {
        matches!(self.known, Known::Open(steps) | Known::Unknown(steps, _) if self.depth >= steps)
            && !self.keys.is_empty()
    }

    /// Neither the documentation nor any object has it.
    fn unknown(&self) -> Option<Violation> {
        let Known::Unknown(steps, fields) = self.known else { return None };
        if self.found || self.is_missing() {
            return None;
        }
        let (argument, name) = (self.argument, sanitize_line(self.path.as_str()));
        let known = self.path.beginning(steps);
        if fields.is_empty() {
            return Some(Violation::new(format!(
                "`{argument}`: `{name}` goes too far; `{}` has no fields of its own",
                sanitize_line(&known)
            )));
        }
        let prefix = if known.is_empty() { known } else { format!("{known}.") };
        let names = fields.iter().map(|field| field.api_name);
        let hint = match nearest(self.path.name(steps), names.clone()) {
            Some(near) => format!("did you mean `{prefix}{near}`? Known are"),
            None => "known are".to_owned(),
        };
        let known: Vec<String> = names.map(|name| format!("{prefix}{name}")).collect();
        Some(Violation::new(format!(
            "`{argument}`: `{name}` is no field of this answer; {hint} {}",
            known.join(", ")
        )))
    }

    /// No object has it, and others are in its place.
    fn missing(&self, lists: bool) -> Option<Violation> {
        if !self.is_missing() || !self.has_neighbours() {
            return None;
        }
        let (argument, name) = (self.argument, sanitize_line(self.path.as_str()));
        let whose = if lists { "no item has" } else { "there is no" };
        let prefix = self.path.beginning(self.depth);
        let hint = match nearest(self.path.rest(self.depth), self.keys.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{}`? There are", joined(&prefix, near)),
            None => "there are".to_owned(),
        };
        Some(Violation::new(format!("`{argument}`: {whose} `{name}`; {hint} {}", shown(&prefix, &self.keys))))
    }

    /// What it leads to has fields of its own, and is nothing to compare.
    fn only_objects(&self) -> Option<Violation> {
        if self.scalar || self.inner.is_empty() {
            return None;
        }
        let (argument, name) = (self.argument, sanitize_line(self.path.as_str()));
        Some(Violation::new(format!(
            "`{argument}`: `{name}` is an object; name one of its fields: {}",
            shown(self.path.as_str(), &self.inner)
        )))
    }
}

fn remember<'k>(keys: &mut BTreeSet<String>, names: impl Iterator<Item = &'k String>) {
    for name in names {
        if keys.len() >= MAX_KEYS {
            return;
        }
        if !keys.contains(name) {
            keys.insert(name.clone());
        }
    }
}

fn shown(prefix: &str, keys: &BTreeSet<String>) -> String {
    let more = keys.len().saturating_sub(MAX_SHOWN);
    let names: Vec<String> = keys.iter().take(MAX_SHOWN).map(|key| joined(prefix, key)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::directory_sync::DirectoryUser;
    use crate::schema::Typed;

    /// What is said early, at the end, and by the way.
    fn seen(text: &str, used: Use, items: &[Value]) -> (String, String, Option<String>) {
        let path = Path::parse(text).expect("a path");
        let mut sightings = Sightings::new(&DirectoryUser::SCHEMA, true);
        sightings.add("fields", &path, used);
        for item in items {
            sightings.look(item);
        }
        let text = |faults: Vec<Violation>| faults.iter().map(ToString::to_string).collect::<String>();
        (text(sightings.early_faults()), text(sightings.faults()), sightings.remark())
    }

    #[test]
    fn what_no_item_has_is_answered_with_what_is_there() {
        let items = [
            json!({"id": "a", "custom_attributes": {"department": "x", "level": 1}}),
            json!({"id": "b", "custom_attributes": {"a.b": "x", "level": null}, "new": 1}),
        ];
        let whole = |text: &str| seen(text, Use::Whole, &items);
        for there in ["id", "custom_attributes.department", "custom_attributes.a.b", "new", "last_name"] {
            assert_eq!(whole(there), (String::new(), String::new(), None), "{there}");
        }
        let (early, late, remark) = whole("custom_attributes.departmnt");
        assert_eq!((early.as_str(), remark), ("", None));
        assert_eq!(
            late,
            "`fields`: no item has `custom_attributes.departmnt`; did you mean `custom_attributes.department`? \
             There are custom_attributes[\"a.b\"], custom_attributes.department, custom_attributes.level"
        );
        let (early, late, _) = whole("emal");
        assert!(early.contains("did you mean `email`? Known are id, "), "{early}");
        assert_eq!(early, late);
        assert!(whole("email.domain").0.contains("`email` has no fields of its own"));
        assert!(whole("roles.name").0.contains("known are roles.slug"));
        // What only WorkOS knows yet.
        let items = [json!({"brand_new": {"a": 1}})];
        let (early, late, _) = seen("brand_new.b", Use::Whole, &items);
        assert_eq!(early, "");
        assert!(late.contains("no item has `brand_new.b`; did you mean `brand_new.a`?"), "{late}");
    }

    #[test]
    fn the_rest_of_a_list_need_not_have_what_came_before() {
        let path = Path::parse("custom_attributes.x").expect("a path");
        let unknown = Path::parse("emal").expect("a path");
        let mut sightings = Sightings::new(&DirectoryUser::SCHEMA, true).of_rest();
        sightings.add("fields", &path, Use::Whole);
        sightings.look(&json!({"custom_attributes": {"y": 1}}));
        assert!(sightings.faults().is_empty());
        assert_eq!(sightings.remark().as_deref(), Some("No item here has `custom_attributes.x`."));
        sightings.add("fields", &unknown, Use::Whole);
        sightings.look(&json!({}));
        assert_eq!(sightings.faults().len(), 1);
    }

    #[test]
    fn where_nothing_is_nothing_is_wrong() {
        assert_eq!(seen("custom_attributes.x", Use::Whole, &[]), (String::new(), String::new(), None));
        // What no documentation knows and nothing has is a mistake wherever it is made.
        assert!(seen("emal", Use::Whole, &[]).1.contains("did you mean `email`?"));
        let items = [json!({"id": "a", "custom_attributes": {}}), json!({"id": "b"})];
        let (early, late, remark) = seen("custom_attributes.x", Use::Whole, &items);
        assert_eq!((early.as_str(), late.as_str()), ("", ""));
        assert_eq!(
            remark.as_deref(),
            Some("No item has `custom_attributes.x`, nor anything else in its place.")
        );
    }

    #[test]
    fn an_object_is_nothing_to_compare() {
        let items = [json!({"custom_attributes": {"manager": {"name": "x", "id": 1}, "level": 1}})];
        let (early, late, _) = seen("custom_attributes.manager", Use::Compared, &items);
        assert_eq!(early, late);
        assert_eq!(
            early,
            "`fields`: `custom_attributes.manager` is an object; name one of its fields: \
             custom_attributes.manager.id, custom_attributes.manager.name"
        );
        assert_eq!(seen("custom_attributes.manager", Use::Whole, &items).1, "");
        assert_eq!(seen("custom_attributes.level", Use::Compared, &items).1, "");
    }

    #[test]
    fn of_many_keys_some_are_shown() {
        let keys: serde_json::Map<String, Value> =
            (0..600).map(|key| (format!("k{key}\u{202e}"), json!(1))).collect();
        let (_, late, _) = seen("custom_attributes.x", Use::Whole, &[json!({ "custom_attributes": keys })]);
        assert!(late.ends_with(" and 460 more") && late.len() < 2_000, "{late}");
        assert!(!late.contains('\u{202e}'));
    }
}
