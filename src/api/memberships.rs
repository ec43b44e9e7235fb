//! Memberships of users in organizations: <https://workos.com/docs/reference/authkit/organization-membership>.

use serde_json::{Map, Value};

use super::common::{List, SlimRole};
use super::users::User;

operations! {
    memberships: "Memberships of users in organizations";

    /// List the memberships of a user, or of an organization; one of the two is needed. Only the active
    /// ones, unless `statuses` says otherwise.
    GET "/user_management/organization_memberships" => ListOrganizationMemberships -> List<OrganizationMembership>, everyday {
        user_id?: String,
        organization_id?: String,
        statuses?: Vec<MembershipStatus>,
        ..Page,
    }

    /// Make a user an active member of an organization. An inactive membership of the
    /// two is activated, with the roles given here.
    POST "/user_management/organization_memberships" => CreateOrganizationMembership -> OrganizationMembership, everyday,
        // An inactive membership comes back to life, with other roles.
        updates
    where at_most_one_of(role_slug | role_slugs) {
        user_id: String,
        organization_id: String,
        /// Default: the default role.
        role_slug?: String,
        /// Where multiple roles are enabled.
        role_slugs?: Vec<String>,
    }

    /// Get a membership by its ID.
    GET "/user_management/organization_memberships/{id}" => GetOrganizationMembership -> OrganizationMembership {
        /// `om_…`.
        id: String,
    }

    /// Delete a membership: the user leaves the organization. This cannot be undone;
    /// deactivate the membership to keep it for later.
    DELETE "/user_management/organization_memberships/{id}" => DeleteOrganizationMembership -> () {
        /// `om_…`.
        id: String,
    }

    /// Change the roles of a membership. Those given here replace those it has.
    PUT "/user_management/organization_memberships/{id}" => UpdateOrganizationMembership -> OrganizationMembership, everyday
    where at_most_one_of(role_slug | role_slugs) {
        /// `om_…`.
        id: String,
        role_slug?: String as destroys,
        /// Where multiple roles are enabled.
        role_slugs?: Vec<String> as destroys,
    }

    /// Deactivate an active membership: the user loses access to the organization until
    /// it is reactivated. All sessions of the user end, those in other organizations too. Pending
    /// memberships are refused; delete those.
    PUT "/user_management/organization_memberships/{id}/deactivate" => DeactivateOrganizationMembership
        -> OrganizationMembership, everyday, deletes
    {
        /// `om_…`.
        id: String,
    }

    /// Reactivate an inactive membership, with the roles it had. Pending memberships
    /// are refused: the user has to accept the invitation.
    PUT "/user_management/organization_memberships/{id}/reactivate" => ReactivateOrganizationMembership
        -> OrganizationMembership, everyday
    {
        /// `om_…`.
        id: String,
    }
}

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
        /// Missing where memberships are listed without roles.
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
        /// May be missing in lists of group members.
        user?: User,
        created_at: String,
        updated_at: String,
    }
}
