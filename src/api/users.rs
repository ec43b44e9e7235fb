//! Users and waitlists: <https://workos.com/docs/reference/authkit/user>.

use std::collections::BTreeMap;

use super::common::{List, Metadata};

operations! {
    users: "Users and waitlists";

    /// List users, newest first.
    GET "/user_management/users" => ListUsers -> List<User>, everyday {
        email?: String,
        organization_id?: String as was("organization"),
        ..Page,
    }

    /// Create a user, with a password, with a password hash from another system, or
    /// with neither. Membership of an organization is created separately.
    POST "/user_management/users" => CreateUser -> NewUser, everyday
    where at_most_one_of(password | password_hash + password_hash_type),
        needs(password_salt_position: password_hash) {
        email: String,
        first_name?: String,
        last_name?: String,
        name?: String,
        /// Known to be the user's own.
        email_verified?: bool,
        /// At most 50 keys of 40 and values of 600 characters.
        metadata?: Metadata,
        /// Your own unique ID for the user.
        external_id?: String,
        /// In plain text.
        password?: String as secret,
        /// Hash of the password, as the other system stored it.
        password_hash?: String as secret seldom,
        /// Algorithm of `password_hash`.
        password_hash_type?: PasswordHashType as seldom,
        /// Where the salt was, for `ssha256` only; `suffix` if left out.
        password_salt_position?: PasswordSaltPosition as seldom,
        /// IP address of the person's request; needed where Radar decides.
        ip_address?: String as seldom,
        /// User agent of the person's request, for Radar.
        user_agent?: String as seldom,
        /// Radar signals ID from the person's browser.
        signals_id?: String as seldom,
    }

    /// Get a user by the external ID that you gave it.
    GET "/user_management/users/external_id/{external_id}" => GetUserByExternalId -> User {
        /// Your own ID for the user.
        external_id: String,
    }

    /// Change a user. What is left out stays as it is; names cannot be removed. A new e-mail address is
    /// unverified, and identities at providers that do not match it are unlinked.
    PUT "/user_management/users/{id}" => UpdateUser -> User, everyday
    where at_most_one_of(password | password_hash + password_hash_type),
        needs(password_salt_position: password_hash) {
        /// `user_…`.
        id: String,
        /// Refused for users whom an identity provider manages.
        email?: String as destroys,
        first_name?: String,
        last_name?: String,
        name?: String,
        /// Known to be the user's own.
        email_verified?: bool,
        /// Keys left out stay; `{}` removes all.
        metadata?: BTreeMap<String, Option<String>> | null,
        /// Your own ID for the user.
        external_id?: String | null,
        /// As `en-US`.
        locale?: String | null,
        /// In plain text.
        password?: String as secret destroys,
        /// Hash of the password, as another system stored it.
        password_hash?: String as secret destroys seldom,
        /// Algorithm of `password_hash`.
        password_hash_type?: PasswordHashType as seldom,
        /// Where the salt was, for `ssha256` only; `suffix` if left out.
        password_salt_position?: PasswordSaltPosition as seldom,
    }

    /// Get a user by its ID.
    GET "/user_management/users/{id}" => GetUser -> User, everyday {
        /// `user_…`.
        id: String,
    }

    /// Delete a user from the environment, and so from every organization. This cannot
    /// be undone. To end access to one organization, deactivate the membership instead.
    DELETE "/user_management/users/{id}" => DeleteUser -> () {
        /// `user_…`.
        id: String,
    }

    /// List the OAuth accounts, such as Google or GitHub, that are linked to a user.
    GET "/user_management/users/{id}/identities" => ListUserIdentities -> Vec<UserIdentity> {
        user_id: String as rename("id"),
    }

    /// Remove an entry from its waitlist. The address can join again; an invitation
    /// from an approval stays valid until it is revoked.
    DELETE "/user_management/waitlist_entries/{id}" => DeleteWaitlistEntry -> () {
        /// `wl_user_…`.
        id: String,
    }

    /// Approve a waitlist entry, pending or denied, and e-mail an invitation to its
    /// address. The approval stands even if the invitation fails: then send or resend
    /// the invitation instead of approving again.
    POST "/user_management/waitlist_entries/{id}/approve" => ApproveWaitlistEntry -> WaitlistEntry,
        updates, emails
    {
        /// `wl_user_…`.
        id: String,
    }

    /// Deny a pending waitlist entry. Approving it later reverses that.
    POST "/user_management/waitlist_entries/{id}/deny" => DenyWaitlistEntry -> WaitlistEntry, updates {
        /// `wl_user_…`.
        id: String,
    }

    /// List all waitlists of the environment at once.
    GET "/user_management/waitlists" => ListWaitlists -> List<Waitlist> {}

    /// Get a waitlist. The default one does not exist before its first entry.
    GET "/user_management/waitlists/{id}" => GetWaitlist -> Waitlist {
        /// Waitlist ID, `waitlist_…`, or `default`.
        id: String,
    }

    /// List the entries of a waitlist, newest first.
    GET "/user_management/waitlists/{id}/entries" => ListWaitlistEntries -> List<WaitlistEntry> {
        /// Waitlist ID, `waitlist_…`, or `default`.
        waitlist_id: String as rename("id"),
        /// Only entries in this state.
        state?: WaitlistEntryState,
        /// Only the entry with exactly this e-mail address.
        email?: String,
        ..Page,
    }

    /// Add an e-mail address to a waitlist. An address that is on one already is
    /// answered with its entry, unchanged; that of an existing user is refused.
    POST "/user_management/waitlists/{id}/entries" => CreateWaitlistEntry -> WaitlistEntry, emails {
        /// Waitlist ID, `waitlist_…`, or `default`.
        waitlist_id: String as rename("id"),
        /// E-mail address of the person.
        email: String,
        /// What else the person told you: at most 50 keys and values of 40 and 600 characters.
        additional_fields?: BTreeMap<String, String>,
        /// Whether to e-mail the person a confirmation; not if left out, and never where the
        /// environment has this e-mail turned off.
        send_confirmation_email?: bool,
    }
}

choices! {
    /// The algorithm of a password hash.
    PasswordHashType {
        Bcrypt = "bcrypt",
        FirebaseScrypt = "firebase-scrypt",
        Ssha = "ssha",
        Ssha256 = "ssha256",
        Scrypt = "scrypt",
        Pbkdf2 = "pbkdf2",
        Argon2 = "argon2",
    }

    /// Where the salt stood when a password was hashed.
    PasswordSaltPosition {
        Prefix = "prefix",
        Suffix = "suffix",
    }

    /// The type of an identity.
    IdentityType {
        OAuth = "OAuth",
    }

    /// Where an identity is from.
    IdentityProvider {
        Apple = "AppleOAuth",
        Bitbucket = "BitbucketOAuth",
        Github = "GithubOAuth",
        GitLab = "GitLabOAuth",
        Google = "GoogleOAuth",
        Intuit = "IntuitOAuth",
        LinkedIn = "LinkedInOAuth",
        Microsoft = "MicrosoftOAuth",
        Salesforce = "SalesforceOAuth",
        Slack = "SlackOAuth",
        VercelMarketplace = "VercelMarketplaceOAuth",
        Vercel = "VercelOAuth",
        Xero = "XeroOAuth",
    }

    /// What was decided on a waitlist entry.
    WaitlistEntryState {
        Pending = "pending",
        Approved = "approved",
        Denied = "denied",
    }
}

objects! {
    /// A person who signs in to your application.
    User {
        id: String,
        email: String,
        email_verified: bool,
        first_name?: String,
        last_name?: String,
        name?: String,
        profile_picture_url?: String,
        external_id?: String,
        metadata?: Metadata,
        last_sign_in_at?: String,
        locale?: String,
        created_at: String,
        updated_at: String,
    }

    /// A user that was just created.
    NewUser {
        id: String,
        email: String,
        email_verified: bool,
        first_name?: String,
        last_name?: String,
        name?: String,
        profile_picture_url?: String,
        external_id?: String,
        metadata?: Metadata,
        last_sign_in_at?: String,
        locale?: String,
        /// Pass it on when this user authenticates next; only with Radar.
        radar_auth_attempt_id?: String,
        created_at: String,
        updated_at: String,
    }

    /// An account elsewhere that is linked to a user.
    UserIdentity {
        /// ID of the user at the provider.
        idp_id: String,
        r#type: IdentityType,
        provider: IdentityProvider,
    }

    /// A list of people who wait for an invitation.
    Waitlist {
        id: String,
        created_at: String,
        updated_at: String,
    }

    /// A person on a waitlist.
    WaitlistEntry {
        id: String,
        email: String,
        state: WaitlistEntryState,
        approved_at?: String,
        /// In the person's own words: not to be trusted.
        additional_fields?: BTreeMap<String, String>,
        waitlist_id?: String,
        created_at: String,
        updated_at: String,
    }
}
