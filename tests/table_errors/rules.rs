//! Mistakes in the rules of an operation.

operations! {
    things: "Things";

    /// Names that are no arguments.
    POST "/things" => UnknownNames -> ()
    where one_of(name | nam), // ERROR: no field `nam` on type `&UnknownNames`
        at_most_one_of(name | size + siz), // ERROR: no field `siz` on type `&UnknownNames`
        any_of(nom | size), // ERROR: no field `nom` on type `&UnknownNames`
        needs(name: sise), // ERROR: no field `sise` on type `&UnknownNames`
        needs(nme: size), // ERROR: no field `nme` on type `&UnknownNames`
        when(knd = "x": size), // ERROR: no field `knd` on type `&UnknownNames`
        sends(source = "x" if sice), // ERROR: no field `sice` on type `&UnknownNames`
        replaces(name: sijze), // ERROR: no field `sijze` on type `&UnknownNames`
        when(kind = "x": size, zise) { // ERROR: no field `zise` on type `&UnknownNames`
        name?: String,
        size?: u32,
        kind?: String,
    }

    /// A rule that there is not.
    POST "/things" => UnknownRule -> ()
    where name_of(name) { // ERROR: no method named `name_of` found
        name?: String,
    }

    /// A rule that is written otherwise.
    POST "/things" => Unreadable -> ()
    where needs(name, size) { // ERROR: this rule is written otherwise
        name?: String,
        size?: u32,
    }

    /// Another one.
    POST "/things" => UnreadableBelow -> ()
    where one_of(name | size),
        when(name: size) { // ERROR: this rule is written otherwise
        name?: String,
        size?: u32,
    }
}

objects! {
    /// Rules of objects are checked as those of operations are.
    Part
    where at_most_one_of(name | nam), // ERROR: no field `nam` on type `&Part`
        needs(name, size) { // ERROR: this rule is written otherwise
        name?: String,
        size?: u32,
    }

    /// What is always sent is a matter of the operation.
    SentPart // ERROR: only an operation `sends` a fixed value or `replaces` an argument
    where sends(kind = "x") {
        name?: String,
    }
}
