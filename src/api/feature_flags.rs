//! Feature flags and their targets: <https://workos.com/docs/reference/feature-flags>.

use super::common::List;

operations! {
    feature_flags: "Feature flags and their targets";

    /// List all feature flags.
    GET "/feature-flags" => ListFeatureFlags -> List<FeatureFlag> {
        ..Page,
    }

    /// Get a feature flag by its slug.
    GET "/feature-flags/{slug}" => GetFeatureFlag -> FeatureFlag {
        /// Slug of the flag.
        slug: String,
    }

    /// Turn a feature flag on in the environment: its targets get the feature, all others
    /// its default value.
    PUT "/feature-flags/{slug}/enable" => EnableFeatureFlag -> FeatureFlag {
        /// Slug of the flag.
        slug: String,
    }

    /// Turn a feature flag off in the environment: everybody loses the feature.
    /// `enable_feature_flag` turns it on again.
    PUT "/feature-flags/{slug}/disable" => DisableFeatureFlag -> FeatureFlag, deletes {
        /// Slug of the flag.
        slug: String,
    }

    /// Turn a feature flag on for one user or organization.
    POST "/feature-flags/{slug}/targets/{resource_id}" => AddFeatureFlagTarget -> (), creates {
        feature_flag_slug: String as rename("slug"),
        /// `user_…` or `org_…`.
        target_id: String as rename("resource_id"),
    }

    /// Take a user or organization off the targets of a feature flag. It keeps the
    /// feature if the flag's default grants it, a user also if one of their organizations has it.
    DELETE "/feature-flags/{slug}/targets/{resource_id}" => RemoveFeatureFlagTarget -> () {
        feature_flag_slug: String as rename("slug"),
        /// `user_…` or `org_…`.
        target_id: String as rename("resource_id"),
    }

    /// List the feature flags that are on for an organization.
    GET "/organizations/{organization_id}/feature-flags" => ListOrganizationFeatureFlags -> List<FeatureFlag> {
        organization_id: String,
        ..Page,
    }

    /// List the feature flags that are on for a user, also through the user's organizations.
    GET "/user_management/users/{user_id}/feature-flags" => ListUserFeatureFlags -> List<FeatureFlag> {
        user_id: String,
        ..Page,
    }
}

objects! {
    /// A switch for a feature in your application.
    FeatureFlag {
        id: String,
        slug: String,
        name: String,
        description?: String,
        owner?: FeatureFlagOwner,
        tags: Vec<String>,
        /// Whether the flag is on in this environment.
        enabled: bool,
        /// Its value for whoever is no target.
        default_value: bool,
        created_at: String,
        updated_at: String,
    }

    /// The person in your team who owns a flag.
    FeatureFlagOwner {
        email: String,
        first_name?: String,
        last_name?: String,
    }
}
