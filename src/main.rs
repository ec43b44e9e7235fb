fn main() {
    for o in workos_mcp::api::operations() {
        eprintln!("{} {:?} {} {}", o.name, o.verb, o.path, o.about);
    }
}
