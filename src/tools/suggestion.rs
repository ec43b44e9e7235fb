//! The name that was most likely meant.

/// Longer names are nobody's typing error.
const MAX_NAME: usize = 80;

/// The known name that is nearest to a mistyped one, if one is near enough: the lowest edit
/// distance, up to a third of its length.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME {
        return None;
    }
    known
        .map(|candidate| (strsim::levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_suggested_and_nothing_else() {
        let known = || ["get_user", "list_users", "name"].into_iter();
        assert_eq!(nearest("list_user", known()), Some("list_users"));
        assert_eq!(nearest("nme", known()), Some("name"));
        assert_eq!(nearest("delete_everything", known()), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known()), None);
        assert_eq!(nearest("", std::iter::empty()), None);
    }
}
