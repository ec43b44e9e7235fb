//! Directories, their users and groups: <https://workos.com/docs/reference/directory-sync>.

use serde_json::{Map, Value};

use super::common::{List, SlimRole};

operations! {
    directory_sync: "Directories (SCIM, HR systems), their users and groups";

    /// List directories, newest first.
    GET "/directories" => ListDirectories -> List<Directory>, everyday {
        organization_id?: String,
        /// Text in the name.
        search?: String,
        /// Deprecated.
        domain?: String as seldom,
        ..Page,
    }

    /// Get a directory.
    GET "/directories/{id}" => GetDirectory -> Directory {
        /// `directory_…`.
        id: String,
    }

    /// Delete a directory with its users and groups. This cannot be undone. It may finish a little later.
    DELETE "/directories/{id}" => DeleteDirectory -> () {
        /// `directory_…`.
        id: String,
    }

    /// Queue a sync of a directory from its provider. Only for Google Workspace directories that
    /// are linked or validating, once in five minutes.
    POST "/directories/{id}/sync" => SyncDirectory -> DirectorySync, updates {
        /// `directory_…`.
        id: String,
    }

    /// List the groups of a directory, or those that a directory user belongs to, newest first.
    GET "/directory_groups" => ListDirectoryGroups -> List<DirectoryGroup> {
        directory_id?: String as rename("directory"),
        directory_user_id?: String as rename("user"),
        ..Page,
    }

    /// Get a directory group; `list_directory_users` with `directory_group_id` lists its members.
    GET "/directory_groups/{id}" => GetDirectoryGroup -> DirectoryGroup {
        /// `directory_group_…`.
        id: String,
    }

    /// List the users of a directory or of a directory group, newest first.
    GET "/directory_users" => ListDirectoryUsers -> List<DirectoryUser>, everyday, rate_limited
    where needs(idp_id: directory_id), needs(email: directory_id) {
        directory_id?: String as rename("directory"),
        directory_group_id?: String as rename("group"),
        /// Only this ID at the provider; needs `directory_id`.
        idp_id?: String as seldom,
        /// Only this primary e-mail; needs `directory_id`.
        email?: String,
        ..Page,
    }

    /// Get a directory user. For the user's groups call `list_directory_groups`.
    GET "/directory_users/{id}" => GetDirectoryUser -> DirectoryUser, everyday {
        /// `directory_user_…`.
        id: String,
    }
}

choices! {
    /// The provider behind a directory.
    DirectoryType {
        AzureScim = "azure scim v2.0",
        BambooHr = "bamboohr",
        BreatheHr = "breathe hr",
        CezanneHr = "cezanne hr",
        CyberArkScim = "cyberark scim v2.0",
        FourthHr = "fourth hr",
        GenericScim = "generic scim v2.0",
        GoogleWorkspace = "gsuite directory",
        Hibob = "hibob",
        SailPointScim = "sailpoint scim v2.0",
        JumpCloudScim = "jump cloud scim v2.0",
        OktaScim = "okta scim v2.0",
        OneLoginScim = "onelogin scim v2.0",
        PeopleHr = "people hr",
        Personio = "personio",
        PingFederateScim = "pingfederate scim v2.0",
        RipplingScim = "rippling scim v2.0",
        S3 = "s3",
        Sftp = "sftp",
        SftpWorkday = "sftp workday",
        Workday = "workday",
    }

    /// Whether a directory is connected to its provider.
    DirectoryState {
        Linked = "linked",
        Validating = "validating",
        InvalidCredentials = "invalid_credentials",
        Unlinked = "unlinked",
        Deleting = "deleting",
    }

    /// Whether a directory user may be active.
    DirectoryUserState {
        Active = "active",
        Suspended = "suspended",
        Inactive = "inactive",
    }

    /// How far a sync that was asked for has come.
    DirectorySyncStatus {
        Queued = "queued",
    }
}

objects! {
    /// An organization's link to a directory provider.
    Directory {
        id: String,
        organization_id: String,
        external_key: String,
        r#type: DirectoryType,
        state: DirectoryState,
        name: String,
        domain?: String,
        /// How many users and groups have been synced.
        metadata?: DirectoryMetadata,
        created_at: String,
        updated_at: String,
    }

    /// Counts of a directory.
    DirectoryMetadata {
        users: DirectoryUserCounts,
        groups: i64,
    }

    /// Counts of a directory's users.
    DirectoryUserCounts {
        active: i64,
        inactive: i64,
    }

    /// A sync that was asked for.
    DirectorySync {
        status: DirectorySyncStatus,
    }

    /// A group of a directory.
    DirectoryGroup {
        id: String,
        /// The group's ID at the provider.
        idp_id: String,
        directory_id: String,
        organization_id: String,
        name: String,
        raw_attributes?: Map<String, Value> as bulky,
        created_at: String,
        updated_at: String,
    }

    /// A user of a directory.
    DirectoryUser {
        id: String,
        directory_id: String,
        organization_id: String,
        /// The user's ID at the provider.
        idp_id: String,
        email?: String,
        first_name?: String,
        last_name?: String,
        name?: String,
        /// Deprecated.
        emails?: Vec<DirectoryUserEmail> as bulky deprecated,
        /// Deprecated.
        job_title?: String as deprecated,
        /// Deprecated.
        username?: String as deprecated,
        state: DirectoryUserState,
        /// Deprecated; see `custom_attributes`.
        raw_attributes?: Map<String, Value> as bulky deprecated,
        custom_attributes: Map<String, Value>,
        role?: SlimRole,
        roles?: Vec<SlimRole>,
        /// Deprecated and empty for newer teams; see `list_directory_groups`.
        groups?: Vec<DirectoryGroup> as deprecated,
        created_at: String,
        updated_at: String,
    }

    /// An e-mail address of a directory user.
    DirectoryUserEmail {
        primary?: bool,
        r#type?: String,
        value?: String,
    }
}
