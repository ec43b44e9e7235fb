//! Settings of AuthKit in an environment: <https://workos.com/docs/reference/authkit>.

use super::common::List;

operations! {
    authkit_config: "CORS origins, redirect URIs, JWT template, MCP resources";

    /// Allow the web pages of an origin to call the WorkOS API from the browser.
    POST "/user_management/cors_origins" => CreateCorsOrigin -> CorsOrigin {
        /// The origin, `https://example.com`.
        origin: String,
    }

    /// List the CORS origins of the environment.
    GET "/user_management/cors_origins" => ListCorsOrigins -> List<CorsOrigin> {
        ..Page,
    }

    /// Get the template that adds claims to the access tokens of the environment.
    GET "/user_management/jwt_template" => GetJwtTemplate -> JwtTemplate {}

    /// Replace the template that adds claims to all access tokens of the environment. The
    /// old template is lost; get it first with `get_jwt_template`.
    PUT "/user_management/jwt_template" => UpdateJwtTemplate -> JwtTemplate, deletes {
        /// Liquid template that renders to a JSON object of claims, at most 3,072 bytes, none of them
        /// `iss`, `sub`, `exp`, `iat`, `nbf` or `jti`.
        content: String,
    }

    /// Register a redirect URI that sign-ins may return to.
    POST "/user_management/redirect_uris" => CreateRedirectUri -> RedirectUri {
        /// The URI, `https://example.com/callback`.
        uri: String,
    }

    /// List the redirect URIs of the environment.
    GET "/user_management/redirect_uris" => ListRedirectUris -> List<RedirectUri> {
        ..Page,
    }

    /// Delete a redirect URI; sign-ins that return to it fail from then on. The default one
    /// cannot be deleted.
    DELETE "/user_management/redirect_uris/{id}" => DeleteRedirectUri -> () {
        /// `redir_…`.
        id: String,
    }

    /// List the MCP resource indicators of the environment.
    GET "/user_management/authkit_oauth_resources"
        => ListMcpResourceIndicators -> List<McpResourceIndicator>
    {
        ..Page,
    }

    /// Add an MCP resource indicator (RFC 8707): a server that access tokens may be issued for.
    POST "/user_management/authkit_oauth_resources" => CreateMcpResourceIndicator -> McpResourceIndicator,
        // A new default takes the place of the present one.
        updates
    {
        /// URI of the resource; where enabled, one `*` for the first host label or last path segment.
        uri: String,
        /// Make it the default in place of the present one; not with `*`.
        default?: bool,
    }

    /// Delete an MCP resource indicator and the consents that users gave for it. This cannot
    /// be undone.
    DELETE "/user_management/authkit_oauth_resources/{id}" => DeleteMcpResourceIndicator -> () {
        /// ID from `list_mcp_resource_indicators`.
        id: String,
    }
}

objects! {
    /// An origin whose web pages may call the WorkOS API.
    CorsOrigin {
        id: String,
        origin: String,
        created_at: String,
        updated_at: String,
    }

    /// The claims that access tokens get, as a Liquid template.
    JwtTemplate {
        content: String,
        created_at: String,
        updated_at: String,
    }

    /// A URI that sign-ins may return to.
    RedirectUri {
        id: String,
        uri: String,
        /// Used where none is asked for.
        default: bool,
        created_at: String,
        updated_at: String,
    }

    /// A resource that access tokens may be issued for.
    McpResourceIndicator {
        id: String,
        uri: String,
        /// Used where none is asked for.
        default: bool,
        created_at: String,
        updated_at: String,
    }
}
