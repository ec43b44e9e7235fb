//! Roles and permissions: <https://workos.com/docs/reference/roles>.

use super::common::List;

operations! {
    roles: "Roles and permissions (RBAC)";

    /// Create a custom role that only one organization has. It starts without
    /// permissions: add them one by one with `add_organization_role_permission`, or set all with
    /// `set_organization_role_permissions`.
    POST "/authorization/organizations/{organization_id}/roles" => CreateOrganizationRole -> Role {
        organization_id: String,
        /// Name shown to people, at most 48 characters.
        name: String,
        /// Begins with `org-`, at most 48 characters; made from the name if left out.
        slug?: String,
        /// What the role is for, at most 150 characters.
        description?: String,
        /// Resource type that the role is for.
        resource_type_slug?: String,
    }

    /// List all roles of an organization, its own and those of the environment, in priority order.
    GET "/authorization/organizations/{organization_id}/roles" => ListOrganizationRoles -> List<Role>, everyday {
        organization_id: String,
    }

    /// Get a role of an organization by its slug, be it a custom role or one of the environment.
    GET "/authorization/organizations/{organization_id}/roles/{slug}" => GetOrganizationRole -> Role {
        organization_id: String,
        role_slug: String as rename("slug"),
    }

    /// Change the name or description of a custom role.
    PATCH "/authorization/organizations/{organization_id}/roles/{slug}" => UpdateOrganizationRole -> Role {
        organization_id: String,
        role_slug: String as rename("slug"),
        /// Name shown to people, at most 48 characters.
        name?: String,
        /// What the role is for, at most 150 characters.
        description?: String | null,
    }

    /// Delete a custom role of an organization. Refused while it is assigned to
    /// somebody or mapped to a group. This cannot be undone.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}" => DeleteOrganizationRole -> () {
        organization_id: String,
        role_slug: String as rename("slug"),
    }

    /// Set the permissions of a custom role. The list replaces all that it has.
    PUT "/authorization/organizations/{organization_id}/roles/{slug}/permissions"
        => SetOrganizationRolePermissions -> Role, deletes
    {
        organization_id: String,
        role_slug: String as rename("slug"),
        /// All permission slugs of the role; those not listed are removed.
        permissions: Vec<String>,
    }

    /// Add one permission to a custom role. Does nothing if the role has it already.
    POST "/authorization/organizations/{organization_id}/roles/{role_slug}/permissions"
        => AddOrganizationRolePermission -> Role
    {
        organization_id: String,
        role_slug: String,
        permission_slug: String as rename("slug"),
    }

    /// Remove one permission from a custom role.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}/permissions/{permission_slug}"
        => RemoveOrganizationRolePermission -> Role
    {
        organization_id: String,
        role_slug: String as rename("slug"),
        permission_slug: String,
    }

    /// List the permissions of the environment.
    GET "/authorization/permissions" => ListPermissions -> List<Permission> {
        ..Page,
    }

    /// Create a permission. It has no effect until roles have it.
    POST "/authorization/permissions" => CreatePermission -> Permission {
        /// Unique key of lowercase letters, digits and `-_:.*`, at most 48 characters.
        slug: String,
        /// Name shown to people, at most 48 characters.
        name: String,
        /// What it permits, at most 150 characters.
        description?: String,
        /// Resource type that the permission is for.
        resource_type_slug?: String,
    }

    /// Get a permission by its slug.
    GET "/authorization/permissions/{slug}" => GetPermission -> Permission {
        permission_slug: String as rename("slug"),
    }

    /// Change the name or description of a permission.
    PATCH "/authorization/permissions/{slug}" => UpdatePermission -> Permission {
        permission_slug: String as rename("slug"),
        /// Name shown to people, at most 48 characters.
        name?: String,
        /// What it permits, at most 150 characters.
        description?: String | null,
    }

    /// Delete a permission. Those of WorkOS itself (`system`) cannot be deleted.
    /// This cannot be undone.
    DELETE "/authorization/permissions/{slug}" => DeletePermission -> () {
        permission_slug: String as rename("slug"),
    }

    /// Create a role that all organizations of the environment have. It starts without
    /// permissions: add them one by one with `add_environment_role_permission`, or set all with
    /// `set_environment_role_permissions`.
    POST "/authorization/roles" => CreateEnvironmentRole -> Role {
        /// Role slug, unique in the environment, at most 48 characters.
        slug: String,
        /// Name shown to people, at most 48 characters.
        name: String,
        /// What the role is for, at most 150 characters.
        description?: String,
        /// Resource type that the role is for.
        resource_type_slug?: String,
    }

    /// List the roles of the environment in priority order.
    GET "/authorization/roles" => ListEnvironmentRoles -> List<Role> {}

    /// Get a role of the environment by its slug.
    GET "/authorization/roles/{slug}" => GetEnvironmentRole -> Role {
        role_slug: String as rename("slug"),
    }

    /// Change the name or description of a role of the environment.
    PATCH "/authorization/roles/{slug}" => UpdateEnvironmentRole -> Role {
        role_slug: String as rename("slug"),
        /// Name shown to people, at most 48 characters.
        name?: String,
        /// What the role is for, at most 150 characters.
        description?: String | null,
    }

    /// Set the permissions of a role of the environment. The list replaces all that it
    /// has, for every organization.
    PUT "/authorization/roles/{slug}/permissions" => SetEnvironmentRolePermissions -> Role, deletes {
        role_slug: String as rename("slug"),
        /// All permission slugs of the role; those not listed are removed.
        permissions: Vec<String>,
    }

    /// Add one permission to a role of the environment. Does nothing if the role has it already.
    POST "/authorization/roles/{role_slug}/permissions" => AddEnvironmentRolePermission -> Role {
        role_slug: String,
        permission_slug: String as rename("slug"),
    }
}

choices! {
    /// Whether a role belongs to the environment or to one organization.
    RoleType {
        EnvironmentRole = "EnvironmentRole",
        OrganizationRole = "OrganizationRole",
    }
}

objects! {
    /// A named set of permissions.
    Role {
        id: String,
        slug: String,
        name: String,
        description?: String,
        r#type: RoleType,
        resource_type_slug: String,
        /// Slugs of the permissions that it has.
        permissions: Vec<String>,
        created_at: String,
        updated_at: String,
    }

    /// Something that roles allow to do.
    Permission {
        id: String,
        slug: String,
        name: String,
        description?: String,
        /// Kept by WorkOS; cannot be deleted.
        system: bool,
        resource_type_slug: String,
        created_at: String,
        updated_at: String,
    }
}
