//! placeholder
use crate::operation::Operation;
pub fn search(query: &str, among: impl Iterator<Item = &'static Operation>) -> Vec<&'static Operation> {
    among.filter(|o| o.name.contains(query)).collect()
}
