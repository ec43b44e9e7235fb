//! The one way through a parsed value beside its schema: visitors say what is done at each place.
//!
//! Coercion, redaction, projection, output schemas and the audit log all have to know what
//! stands at a place in a value, and what the table says of it. They are visitors; how a value
//! is gone through, and what describes a place where value and schema do not fit together, is
//! decided here alone:
//!
//! - arguments come in the order of the table, where they are reported, then the names that no field
//!   has; answers come in their own order;
//! - items of a list that no schema calls a list are described as the list is, and an object
//!   that stands where a list belongs as an item of that list: what is marked in the one
//!   is not overlooked in the other;
//! - what nothing describes has the schema [`Schema::Any`], below an event [`Schema::Payload`].

use serde_json::{Map, Value};

use crate::schema::{Field, Schema};

static ANY: Schema = Schema::Any;
static PAYLOAD: Schema = Schema::Payload;

/// By which of its two names a field stands in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// As a caller writes it.
    Arguments,
    /// As WorkOS writes it.
    Answers,
}

impl Names {
    /// The name of a field.
    pub const fn of(self, field: &Field) -> &'static str {
        match self {
            Self::Arguments => field.name,
            Self::Answers => field.api_name,
        }
    }
}

/// How a value is reached from the one around it.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// It is a field that the schema knows.
    Field(&'static Field),
    /// It has a name that no field has: a key of a map, something new, something nobody describes.
    Key(&'a str),
    /// It is an item of a list.
    Item(usize),
}

/// A place in a value.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// How it is reached.
    pub step: Step<'a>,
    /// What describes it.
    pub schema: &'static Schema,
    /// What describes the object or the list around it.
    pub around: &'static Schema,
}

/// What becomes of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// On into it; [`Visitor::leave`] is told when that is done.
    Into,
    /// On behind it.
    Over,
    /// It is taken out.
    Remove,
}

/// What is done at each place.
pub trait Visitor {
    /// Comes to a value.
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next;

    /// Has been through what is inside of a value.
    fn leave(&mut self) {}

    /// Finds that an object of arguments has no such field.
    fn absent(&mut self, _field: &'static Field) {}
}

/// Goes through what is inside of a value.
pub fn walk(names: Names, schema: &'static Schema, value: &mut Value, visitor: &mut impl Visitor) {
    match value {
        Value::Object(object) => entries(names, &[schema.fields()], schema, object, visitor),
        Value::Array(items) => {
            let schema = schema.present();
            let item = if let Schema::List(item) = schema { item } else { schema };
            let mut index = 0;
            items.retain_mut(|value| {
                let place = Place { step: Step::Item(index), schema: item, around: schema };
                index += 1;
                go(names, place, value, visitor)
            });
        }
        _ => {}
    }
}

/// Goes through an object that has the fields of all these slices.
pub fn walk_fields(
    names: Names,
    fields: &[&'static [Field]],
    object: &mut Map<String, Value>,
    visitor: &mut impl Visitor,
) {
    static ROOT: Schema = Schema::Object(&[], &[]);
    entries(names, fields, &ROOT, object, visitor);
}

fn entries(
    names: Names,
    fields: &[&'static [Field]],
    around: &'static Schema,
    object: &mut Map<String, Value>,
    visitor: &mut impl Visitor,
) {
    let around = match around.present() {
        Schema::List(item) => item.present(),
        other => other,
    };
    let schema = match around {
        Schema::Map(item) => item,
        Schema::Payload => &PAYLOAD,
        _ => &ANY,
    };
    let field_of = |name: &str| fields.iter().copied().flatten().find(|field| names.of(field) == name);
    if names == Names::Answers {
        object.retain(|name, value| {
            let place = match field_of(name) {
                Some(field) => Place { step: Step::Field(field), schema: &field.schema, around },
                None => Place { step: Step::Key(name), schema, around },
            };
            go(names, place, value, visitor)
        });
        return;
    }
    let mut removed = Vec::new();
    for field in fields.iter().copied().flatten() {
        let Some(value) = object.get_mut(field.name) else {
            visitor.absent(field);
            continue;
        };
        if !go(names, Place { step: Step::Field(field), schema: &field.schema, around }, value, visitor) {
            removed.push(field.name);
        }
    }
    object.retain(|name, value| match field_of(name) {
        Some(field) => !removed.contains(&field.name),
        None => go(names, Place { step: Step::Key(name), schema, around }, value, visitor),
    });
}

/// Whether a value stays.
fn go(names: Names, place: Place<'_>, value: &mut Value, visitor: &mut impl Visitor) -> bool {
    match visitor.enter(place, value) {
        Next::Into => {
            walk(names, place.schema, value, visitor);
            visitor.leave();
            true
        }
        Next::Over => true,
        Next::Remove => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::directory_sync::DirectoryUser;
    use crate::schema::Typed;

    /// Writes down where it has been.
    #[derive(Default)]
    struct Trace {
        path: Vec<String>,
        seen: Vec<String>,
        removes: Option<&'static str>,
    }

    impl Visitor for Trace {
        fn enter(&mut self, place: Place<'_>, _: &mut Value) -> Next {
            let (step, kind) = match place.step {
                Step::Field(field) => (field.api_name.to_owned(), "field"),
                Step::Key(name) => (name.to_owned(), "key"),
                Step::Item(index) => (index.to_string(), "item"),
            };
            if self.removes == Some(step.as_str()) {
                return Next::Remove;
            }
            self.path.push(step);
            self.seen.push(format!("{} {kind}", self.path.join(".")));
            Next::Into
        }

        fn leave(&mut self) {
            self.path.pop();
        }
    }

    fn seen(names: Names, mut value: Value, removes: Option<&'static str>) -> (Vec<String>, Value) {
        let mut trace = Trace { removes, ..Trace::default() };
        walk(names, &<Vec<DirectoryUser> as Typed>::SCHEMA, &mut value, &mut trace);
        assert!(trace.path.is_empty(), "every place that is gone into is left");
        (trace.seen, value)
    }

    #[test]
    fn arguments_come_in_the_order_of_the_table_and_answers_in_their_own() {
        let value = json!([{"new": {"a": 1}, "groups": [{"id": "g"}], "id": "u"}]);
        let (id, new) = (["0.id field"], ["0.new key", "0.new.a key"]);
        let groups = ["0.groups field", "0.groups.0 item", "0.groups.0.id field"];
        let (arguments, _) = seen(Names::Arguments, value.clone(), None);
        assert_eq!(arguments, [&["0 item"], &id[..], &groups, &new].concat());
        let (answers, _) = seen(Names::Answers, value, None);
        assert_eq!(answers, [&["0 item"], &new[..], &groups, &id].concat());
    }

    #[test]
    fn what_does_not_fit_is_described_by_what_is_nearest() {
        // An object for a list of such, and a list for one object.
        let (first, _) = seen(Names::Answers, json!({"id": "u"}), None);
        assert_eq!(first, ["id field"]);
        let (second, _) = seen(Names::Answers, json!([{"role": [{"slug": "admin"}]}]), None);
        assert_eq!(second, ["0 item", "0.role field", "0.role.0 item", "0.role.0.slug field"]);
    }

    #[test]
    fn what_is_removed_is_gone_and_the_rest_keeps_its_order() {
        let value = json!([{"b": 1, "id": "u", "email": "e", "a": 2}]);
        for names in [Names::Arguments, Names::Answers] {
            let left = |removes| seen(names, value.clone(), Some(removes)).1;
            assert_eq!(left("id"), json!([{"b": 1, "email": "e", "a": 2}]));
            assert_eq!(left("b"), json!([{"id": "u", "email": "e", "a": 2}]));
            assert_eq!(left("0"), json!([]));
        }
    }
}
