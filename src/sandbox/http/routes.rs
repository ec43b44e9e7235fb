//! From method and path to the operation, as the table has it.

use percent_encoding::percent_decode_str;

use crate::operation::{Method, Operation};

/// The routes of all operations. What is written out comes before a placeholder:
/// `/users/external_id/{id}` before `/users/{id}/{other}`.
#[derive(Debug)]
pub(super) struct Routes(Vec<(&'static Operation, Vec<Part>)>);

/// A segment of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Written(&'static str),
    Named(&'static str),
}

/// An operation, with what stands for the names in its path.
#[derive(Debug)]
pub(super) struct Route<'a> {
    pub operation: &'static Operation,
    pub path: Vec<(&'static str, std::borrow::Cow<'a, str>)>,
}

impl Routes {
    pub fn new() -> Self {
        let parts = |operation: &'static Operation| {
            let named = |part: &'static str| part.strip_prefix('{')?.strip_suffix('}');
            let part = |part| named(part).map_or(Part::Written(part), Part::Named);
            operation.route().trim_start_matches('/').split('/').map(part).collect()
        };
        let mut routes: Vec<(&'static Operation, Vec<Part>)> =
            crate::api::operations().map(|operation| (operation, parts(operation))).collect();
        routes.sort_by(|(_, left), (_, right)| left.cmp(right));
        Self(routes)
    }

    /// The operation that a request asks for.
    pub fn find<'a>(&self, method: &str, path: &'a str) -> Option<Route<'a>> {
        let segments: Vec<&'a str> = path.strip_prefix('/')?.split('/').collect();
        self.0.iter().find_map(|(operation, parts)| {
            let is_method = match operation.method {
                Method::LINK => method == "GET",
                own => method == own.as_str(),
            };
            if !is_method || parts.len() != segments.len() {
                return None;
            }
            let mut path = Vec::new();
            for (part, segment) in parts.iter().zip(&segments) {
                match part {
                    Part::Written(text) if text == segment => {}
                    Part::Named(name) if !segment.is_empty() => {
                        path.push((*name, percent_decode_str(segment).decode_utf8().ok()?));
                    }
                    _ => return None,
                }
            }
            Some(Route { operation, path })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_route_alone() {
        let routes = Routes::new();
        for operation in crate::api::operations() {
            let path: Vec<&str> = operation
                .route()
                .split('/')
                .map(|part| if part.starts_with('{') { "a%2Fb" } else { part })
                .collect();
            let method = if operation.method == Method::LINK { "GET" } else { operation.method.as_str() };
            let path = path.join("/");
            let found = routes.find(method, &path).expect(operation.name);
            assert_eq!(found.operation.name, operation.name, "{path}");
            assert!(found.path.iter().all(|(_, value)| value == "a/b"), "{path}");
        }
    }

    #[test]
    fn nothing_else_is_a_route() {
        let routes = Routes::new();
        for path in ["", "/", "/organizations/", "/organizations//x", "/Organizations", "/organizations/%ff"]
        {
            assert!(routes.find("GET", path).is_none(), "{path}");
        }
        assert!(routes.find("LINK", "/sso/authorize").is_none());
        assert!(routes.find("PATCH", "/organizations").is_none());
    }
}
