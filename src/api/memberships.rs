//! Memberships of users in organizations: <https://workos.com/docs/reference/authkit/organization-membership>.

use serde_json::{Map, Value};

use super::common::SlimRole;
use super::users::User;

choices! {
    /// Whether a membership is in force.
    MembershipStatus {
        Active = "active",
        Inactive = "inactive",
        Pending = "pending",
    }
}

objects! {
    /// A user's membership in an organization.
    OrganizationMembership {
        id: String,
        user_id: String,
        organization_id: String,
        organization_name?: String,
        status: MembershipStatus,
        /// Kept by a directory; change it there.
        directory_managed: bool,
        /// Attributes from the directory user or SSO profile.
        custom_attributes?: Map<String, Value>,
        /// Missing where WorkOS lists memberships without roles.
        role?: SlimRole,
        roles?: Vec<SlimRole>,
        user?: User,
        created_at: String,
        updated_at: String,
    }

    /// A membership as the lists of resources and groups show it: without roles.
    MembershipWithoutRoles {
        id: String,
        user_id: String,
        organization_id: String,
        organization_name?: String,
        status: MembershipStatus,
        /// Kept by a directory; change it there.
        directory_managed: bool,
        /// Attributes from the directory user or SSO profile.
        custom_attributes?: Map<String, Value>,
        /// Missing in lists of group members.
        user?: User,
        created_at: String,
        updated_at: String,
    }
}
