//! API keys for your own API: <https://workos.com/docs/reference/authkit/api-keys>.

use super::common::List;

operations! {
    api_keys: "API keys of your customers";

    /// Check an API key that a customer sent to your API. The answer has the key's
    /// owner and permissions, or no `api_key` if it is not valid.
    POST "/api_keys/validations" => ValidateApiKey -> ApiKeyValidation, reads {
        /// The API key as the customer sent it.
        value: String as secret,
    }

    /// Delete an API key, which stops working at once. This cannot be undone.
    DELETE "/api_keys/{id}" => DeleteApiKey -> (), everyday {
        /// `api_key_…`.
        id: String,
    }

    /// Let an API key expire, now or at a later time, or cancel an expiry that is still
    /// to come. A key that has expired stays so.
    POST "/api_keys/{id}/expire" => ExpireApiKey -> ApiKey, deletes {
        /// `api_key_…`.
        id: String,
        /// When to expire: at once if left out or past. `clear` it to cancel a planned expiry.
        expires_at?: String | null as time,
    }

    /// List the API keys of an organization, newest first.
    GET "/organizations/{organization_id}/api_keys" => ListOrganizationApiKeys -> List<ApiKey>, everyday {
        organization_id: String,
        ..Page,
    }

    /// Create an API key for an organization. Only this answer has its `value`.
    POST "/organizations/{organization_id}/api_keys" => CreateOrganizationApiKey -> NewApiKey, everyday {
        organization_id: String,
        name: String,
        /// Slugs; none if left out.
        permissions?: Vec<String>,
        /// Never if left out.
        expires_at?: String as time,
    }

    /// List the API keys of a user, newest first.
    GET "/user_management/users/{user_id}/api_keys" => ListUserApiKeys -> List<ApiKey> {
        user_id: String,
        /// Only keys for this organization, `org_…`.
        organization_id?: String,
        ..Page,
    }

    /// Create an API key for a user who is an active member of the organization. Only
    /// this answer has its `value`.
    POST "/user_management/users/{user_id}/api_keys" => CreateUserApiKey -> NewApiKey {
        user_id: String,
        /// ID of the organization that the key gives access to, `org_…`.
        organization_id: String,
        /// Name shown to people.
        name: String,
        /// Slugs of permissions that are enabled for user API keys.
        permissions?: Vec<String>,
        /// When it expires, in the future; never if left out.
        expires_at?: String as time,
    }
}

choices! {
    /// Who owns an API key.
    ApiKeyOwnerType {
        Organization = "organization",
        User = "user",
    }
}

objects! {
    /// The organization or user that owns an API key.
    ApiKeyOwner {
        r#type: ApiKeyOwnerType,
        id: String,
        /// The organization that a user's key gives access to.
        organization_id?: String,
    }

    /// An API key without its value.
    ApiKey {
        id: String,
        owner: ApiKeyOwner,
        name: String,
        /// Beginning and end of the value.
        obfuscated_value: String,
        last_used_at?: String,
        /// Missing if the key does not expire.
        expires_at?: String,
        /// Slugs of its permissions.
        permissions: Vec<String>,
        created_at: String,
        updated_at: String,
    }

    /// An API key that was just created.
    NewApiKey {
        id: String,
        owner: ApiKeyOwner,
        name: String,
        /// Beginning and end of the value.
        obfuscated_value: String,
        last_used_at?: String,
        /// Missing if the key does not expire.
        expires_at?: String,
        /// Slugs of its permissions.
        permissions: Vec<String>,
        /// The key itself.
        value: String as shown_once,
        created_at: String,
        updated_at: String,
    }

    /// What is known of an API key that was checked.
    ApiKeyValidation {
        /// Missing if the value is not that of a valid key.
        api_key?: ApiKey,
        /// The agent registration that the key was issued for.
        agent_registration_id?: String,
    }
}
