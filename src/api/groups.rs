//! Groups of members within an organization: <https://workos.com/docs/reference/groups>.

use super::common::List;
use super::memberships::MembershipWithoutRoles;

operations! {
    groups: "Groups of members within an organization";

    /// Create a group in an organization. It starts without members.
    POST "/organizations/{organization_id}/groups" => CreateOrganizationGroup -> Group {
        organization_id: String,
        /// Name, at most 256 characters.
        name: String,
        /// Description, at most 150 characters.
        description?: String,
    }

    /// List the groups of an organization, newest first.
    GET "/organizations/{organization_id}/groups" => ListOrganizationGroups -> List<Group> {
        organization_id: String,
        /// Text in the name, or a group ID.
        search?: String,
        ..Page,
    }

    /// Get a group of an organization.
    GET "/organizations/{organization_id}/groups/{group_id}" => GetOrganizationGroup -> Group {
        organization_id: String,
        group_id: String,
    }

    /// Change the name or description of a group. What is left out stays as it is.
    PATCH "/organizations/{organization_id}/groups/{group_id}" => UpdateOrganizationGroup -> Group {
        organization_id: String,
        group_id: String,
        /// Name, at most 256 characters.
        name?: String,
        /// Description, at most 150 characters.
        description?: String | null,
    }

    /// Delete a group. Its members stay in the organization. This cannot be undone.
    DELETE "/organizations/{organization_id}/groups/{group_id}" => DeleteOrganizationGroup -> () {
        organization_id: String,
        group_id: String,
    }

    /// Add one member of the organization to a group.
    POST "/organizations/{organization_id}/groups/{group_id}/organization-memberships" => AddGroupMember -> Group
    {
        organization_id: String,
        group_id: String,
        /// ID of the membership to add, `om_…`.
        organization_membership_id: String,
    }

    /// List the members of a group, as memberships without their roles.
    GET "/organizations/{organization_id}/groups/{group_id}/organization-memberships" => ListGroupMembers
        -> List<MembershipWithoutRoles>
    {
        organization_id: String,
        group_id: String,
        ..Page,
    }

    /// Remove one member from a group. The membership in the organization stays.
    DELETE "/organizations/{organization_id}/groups/{group_id}/organization-memberships/{om_id}" => RemoveGroupMember
        -> ()
    {
        organization_id: String,
        group_id: String,
        /// ID of the membership to remove, `om_…`.
        organization_membership_id: String as rename("om_id"),
    }

    /// List the groups that a member of an organization belongs to.
    GET "/user_management/organization_memberships/{om_id}/groups" => ListMembershipGroups -> List<Group> {
        organization_membership_id: String as rename("om_id"),
        ..Page,
    }

    /// Add and remove members of a group in one step; all others stay. At most 100
    /// memberships in both lists together, and none in both.
    PATCH "/organizations/{organization_id}/groups/{group_id}/organization-memberships" => UpdateGroupMembers
        -> (), deletes
    where any_of(add | remove) {
        organization_id: String,
        group_id: String,
        /// IDs of the memberships to add, `om_…`.
        add?: Vec<String>,
        /// IDs of the memberships to remove, `om_…`.
        remove?: Vec<String>,
    }
}

objects! {
    /// Members of an organization, grouped by you.
    Group {
        id: String,
        organization_id: String,
        name: String,
        description?: String,
        created_at: String,
        updated_at: String,
    }
}
