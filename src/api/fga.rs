//! Fine-grained authorization: resources, roles on them, access checks:
//! <https://workos.com/docs/reference/fga>.

use super::common::{List, SlimRole};
use super::memberships::MembershipWithoutRoles;
use super::roles::Permission;

operations! {
    fga: "Fine-grained authorization: resources, assignments, checks";

    /// List the role assignments of a group.
    GET "/authorization/groups/{group_id}/role_assignments"
        => ListGroupRoleAssignments -> List<GroupRoleAssignment>
    {
        group_id: String,
        ..Page,
    }

    /// Assign a role to a group on a resource, or on the organization itself if no
    /// resource is given. All members of the group have the role there.
    POST "/authorization/groups/{group_id}/role_assignments" => AssignRoleToGroup -> GroupRoleAssignment
    where at_most_one_of(resource_id | resource_external_id + resource_type_slug) {
        group_id: String,
        role_slug: String,
        /// `authz_resource_…`.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// Set the role assignments of a group. The list replaces all that it has.
    PUT "/authorization/groups/{group_id}/role_assignments"
        => ReplaceGroupRoleAssignments -> List<GroupRoleAssignment>, deletes
    {
        group_id: String,
        /// All assignments of the group, at most 100; those not listed are removed.
        role_assignments: Vec<GroupRole>,
    }

    /// Add and remove role assignments of a group in one step: all or nothing, at most
    /// 100 in both lists. What is there already, or is missing already, is skipped; the
    /// same assignment in both lists is refused.
    PATCH "/authorization/groups/{group_id}/role_assignments" => UpdateGroupRoleAssignments -> (), deletes
    where any_of(add | remove) {
        group_id: String,
        /// Assignments to add.
        add?: Vec<GroupRole>,
        /// Assignments to remove.
        remove?: Vec<GroupRole>,
    }

    /// Remove a role from a group by role and resource. Fails if no assignment matches.
    DELETE "/authorization/groups/{group_id}/role_assignments" => RemoveGroupRoleAssignments -> (), body
    where at_most_one_of(resource_id | resource_external_id + resource_type_slug) {
        group_id: String,
        role_slug: String,
        /// `authz_resource_…`.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// Get a role assignment of a group.
    GET "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        => GetGroupRoleAssignment -> GroupRoleAssignment
    {
        group_id: String,
        /// `gra_…`.
        group_role_assignment_id: String as rename("role_assignment_id"),
    }

    /// Remove a role assignment from a group by its ID.
    DELETE "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        => DeleteGroupRoleAssignment -> ()
    {
        group_id: String,
        /// `gra_…`.
        group_role_assignment_id: String as rename("role_assignment_id"),
    }

    /// Check whether a membership has a permission on a resource, directly or inherited.
    POST "/authorization/organization_memberships/{organization_membership_id}/check"
        => CheckAuthorization -> AuthorizationCheck, reads
    where one_of(resource_id | resource_external_id + resource_type_slug) {
        organization_membership_id: String,
        permission_slug: String,
        /// `authz_resource_…`.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// List the children of a resource on which a membership has a permission.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources"
        => ListResourcesForMembership -> List<AuthorizationResource>
    where one_of(parent_resource_id | parent_resource_external_id + parent_resource_type_slug) {
        organization_membership_id: String,
        permission_slug: String,
        /// Parent's resource ID, `authz_resource_…`.
        parent_resource_id?: String,
        /// Parent's resource type; goes with its external ID.
        parent_resource_type_slug?: String,
        /// Your own ID for the parent, in place of `parent_resource_id`.
        parent_resource_external_id?: String,
        ..Page,
    }

    /// List the permissions that a membership has on a resource, inherited ones included.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_id}/permissions"
        => ListEffectivePermissions -> List<Permission>
    {
        organization_membership_id: String,
        /// `authz_resource_…`.
        resource_id: String,
        ..Page,
    }

    /// List the permissions that a membership has on a resource known by your own ID,
    /// inherited ones included.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_type_slug}/{external_id}/permissions"
        => ListEffectivePermissionsByExternalId -> List<Permission>
    {
        organization_membership_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        resource_external_id: String as rename("external_id"),
        ..Page,
    }

    /// List the roles that a membership has on resources and on the organization itself.
    GET "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => ListMembershipRoleAssignments -> List<RoleAssignment>
    {
        organization_membership_id: String,
        /// Only on this resource, `authz_resource_…`.
        resource_id?: String,
        /// Only on the resource with this ID of your own.
        resource_external_id?: String,
        /// Only on resources of this type.
        resource_type_slug?: String,
        ..Page,
    }

    /// Assign a role to a membership on a resource. It holds for the resource's descendants too.
    POST "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => AssignResourceRole -> RoleAssignment
    where one_of(resource_id | resource_external_id + resource_type_slug) {
        organization_membership_id: String,
        role_slug: String,
        /// `authz_resource_…`.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// Remove a role that a membership has on a resource.
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => RemoveResourceRole -> (), body
    where one_of(resource_id | resource_external_id + resource_type_slug) {
        organization_membership_id: String,
        role_slug: String,
        /// `authz_resource_…`.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// Remove a role assignment from a membership by its ID.
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments/{role_assignment_id}"
        => DeleteRoleAssignment -> ()
    {
        organization_membership_id: String,
        /// `role_assignment_…`.
        role_assignment_id: String,
    }

    /// Get a resource by your own ID for it.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => GetAuthorizationResourceByExternalId -> AuthorizationResource
    {
        organization_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        external_id: String,
    }

    /// Change a resource known by your own ID, or move it to another parent.
    PATCH "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => UpdateAuthorizationResourceByExternalId -> AuthorizationResource
    where at_most_one_of(parent_resource_id | parent_resource_external_id + parent_resource_type_slug) {
        organization_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        external_id: String,
        /// Name shown to people, at most 48 characters.
        name?: String,
        /// At most 150 characters.
        description?: String | null,
        /// New parent's resource ID, `authz_resource_…`.
        parent_resource_id?: String as destroys,
        /// Your own ID for the new parent, in place of `parent_resource_id`.
        parent_resource_external_id?: String as destroys,
        /// New parent's resource type; goes with its external ID.
        parent_resource_type_slug?: String,
    }

    /// Delete a resource known by your own ID. Refused while it has children or role
    /// assignments, unless `cascade_delete` is true. This cannot be undone.
    DELETE "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}"
        => DeleteAuthorizationResourceByExternalId -> ()
    {
        organization_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        external_id: String,
        /// Also delete all its descendants and role assignments.
        cascade_delete?: bool,
    }

    /// List the memberships that have a permission on a resource known by your own ID.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/organization_memberships"
        => ListMembershipsForResourceByExternalId -> List<MembershipWithoutRoles>
    {
        organization_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        resource_external_id: String as rename("external_id"),
        permission_slug: String,
        /// `direct`: only roles on the resource itself; `indirect`: inherited ones too.
        assignment?: Assignment,
        ..Page,
    }

    /// List the role assignments on a resource known by your own ID.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/role_assignments"
        => ListRoleAssignmentsForResourceByExternalId -> List<RoleAssignment>
    {
        organization_id: String,
        /// Resource type.
        resource_type_slug: String,
        /// Your own ID for the resource.
        resource_external_id: String as rename("external_id"),
        /// Only assignments of this role.
        role_slug?: String,
        ..Page,
    }

    /// List resources. WorkOS may refuse the list without an organization or a resource type.
    GET "/authorization/resources" => ListAuthorizationResources -> List<AuthorizationResource>
    where at_most_one_of(parent_resource_id | parent_resource_external_id + parent_resource_type_slug) {
        /// Only of this organization, `org_…`.
        organization_id?: String,
        /// Only of this resource type.
        resource_type_slug?: String,
        /// Only with this ID of your own.
        resource_external_id?: String,
        /// Only children of this resource, `authz_resource_…`.
        parent_resource_id?: String,
        /// Parent's resource type; goes with its external ID.
        parent_resource_type_slug?: String,
        /// Your own ID for the parent, in place of `parent_resource_id`.
        parent_resource_external_id?: String as rename("parent_external_id"),
        ..Page,
    }

    /// Create a resource, below a parent resource or else directly below the
    /// organization. Resource types are set up in the WorkOS dashboard beforehand.
    POST "/authorization/resources" => CreateAuthorizationResource -> AuthorizationResource
    where at_most_one_of(parent_resource_id | parent_resource_external_id + parent_resource_type_slug) {
        /// Your own ID for the resource, unique in organization and type; ASCII only.
        external_id: String,
        /// Name shown to people, at most 48 characters.
        name: String,
        /// At most 150 characters.
        description?: String,
        /// Resource type.
        resource_type_slug: String,
        organization_id: String,
        /// Parent's resource ID, `authz_resource_…`.
        parent_resource_id?: String,
        /// Your own ID for the parent, in place of `parent_resource_id`.
        parent_resource_external_id?: String,
        /// Parent's resource type; goes with its external ID.
        parent_resource_type_slug?: String,
    }

    /// Get a resource by its ID.
    GET "/authorization/resources/{resource_id}" => GetAuthorizationResource -> AuthorizationResource {
        /// `authz_resource_…`.
        resource_id: String,
    }

    /// Change a resource, or move it to another parent.
    PATCH "/authorization/resources/{resource_id}" => UpdateAuthorizationResource -> AuthorizationResource
    where at_most_one_of(parent_resource_id | parent_resource_external_id + parent_resource_type_slug) {
        /// `authz_resource_…`.
        resource_id: String,
        /// Name shown to people, at most 48 characters.
        name?: String,
        /// At most 150 characters.
        description?: String | null,
        /// New parent's resource ID, `authz_resource_…`.
        parent_resource_id?: String as destroys,
        /// Your own ID for the new parent, in place of `parent_resource_id`.
        parent_resource_external_id?: String as destroys,
        /// New parent's resource type; goes with its external ID.
        parent_resource_type_slug?: String,
    }

    /// Delete a resource. Refused while it has children or role assignments, unless
    /// `cascade_delete` is true. This cannot be undone.
    DELETE "/authorization/resources/{resource_id}" => DeleteAuthorizationResource -> () {
        /// `authz_resource_…`.
        resource_id: String,
        /// Also delete all its descendants and role assignments.
        cascade_delete?: bool,
    }

    /// List the memberships that have a permission on a resource.
    GET "/authorization/resources/{resource_id}/organization_memberships"
        => ListMembershipsForResource -> List<MembershipWithoutRoles>
    {
        /// `authz_resource_…`.
        resource_id: String,
        permission_slug: String,
        /// `direct`: only roles on the resource itself; `indirect`: inherited ones too.
        assignment?: Assignment,
        ..Page,
    }

    /// List the role assignments on a resource.
    GET "/authorization/resources/{resource_id}/role_assignments"
        => ListRoleAssignmentsForResource -> List<RoleAssignment>
    {
        /// `authz_resource_…`.
        resource_id: String,
        /// Only assignments of this role.
        role_slug?: String,
        ..Page,
    }
}

choices! {
    /// Which role assignments count.
    Assignment {
        Direct = "direct",
        Indirect = "indirect",
    }

    /// Whether a role was assigned to the membership itself or to a group.
    RoleSourceType {
        Direct = "direct",
        Group = "group",
    }
}

objects! {
    /// A role for a group, on a resource or on the organization itself.
    GroupRole
    where at_most_one_of(resource_id | resource_external_id + resource_type_slug) {
        role_slug: String,
        /// `authz_resource_…`; no resource means the organization itself.
        resource_id?: String,
        /// Your own ID for the resource, in place of `resource_id`.
        resource_external_id?: String,
        /// Resource type; goes with `resource_external_id`.
        resource_type_slug?: String,
    }

    /// Something in your application that access is granted to.
    AuthorizationResource {
        id: String,
        external_id: String,
        organization_id: String,
        resource_type_slug: String,
        name: String,
        description?: String,
        /// Missing directly below the organization.
        parent_resource_id?: String,
        created_at: String,
        updated_at: String,
    }

    /// Whether access is granted.
    AuthorizationCheck {
        authorized: bool,
    }

    /// A role that a membership has on a resource.
    RoleAssignment {
        id: String,
        organization_membership_id: String,
        role: SlimRole,
        resource: AssignedResource,
        source: RoleSource,
        created_at: String,
        updated_at: String,
    }

    /// A role that a group has on a resource.
    GroupRoleAssignment {
        id: String,
        group_id: String,
        role: SlimRole,
        resource: AssignedResource,
        created_at: String,
        updated_at: String,
    }

    /// The resource that a role is assigned on.
    AssignedResource {
        id: String,
        external_id: String,
        resource_type_slug: String,
    }

    /// Where a membership has a role from.
    RoleSource {
        r#type: RoleSourceType,
        /// Missing if the role was assigned directly.
        group_role_assignment_id?: String,
        /// Missing if the role was assigned directly.
        group?: RoleSourceGroup,
    }

    /// The group that a role comes from.
    RoleSourceGroup {
        id: String,
        name: String,
    }
}
