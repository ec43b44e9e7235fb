//! Invitations by e-mail: <https://workos.com/docs/reference/authkit/invitation>.

use super::common::List;

operations! {
    invitations: "E-mail invitations";

    /// List invitations, newest first.
    GET "/user_management/invitations" => ListInvitations -> List<Invitation>, everyday {
        organization_id?: String,
        email?: String,
        ..Page,
    }

    /// E-mail an invitation to the application or, with `organization_id`, to an organization.
    /// Where WorkOS's e-mails are turned off, send `accept_invitation_url` of the answer yourself.
    POST "/user_management/invitations" => SendInvitation -> Invitation, everyday, emails {
        email: String,
        organization_id?: String,
        /// In the organization.
        role_slug?: String,
        /// Default: 7.
        expires_in_days?: i64 as range(1, 30),
        /// The e-mail names them, `user_…`.
        inviter_user_id?: String,
        /// Of the e-mail, `de` or `pt-BR`.
        locale?: String as seldom,
    }

    /// Get an invitation by the token in its link.
    GET "/user_management/invitations/by_token/{token}" => FindInvitationByToken -> Invitation {
        /// Token of the invitation.
        token: String as secret,
    }

    /// Get an invitation by its ID.
    GET "/user_management/invitations/{id}" => GetInvitation -> Invitation {
        /// `invitation_…`.
        id: String,
    }

    /// Accept a pending invitation in its recipient's place, and activate the membership in its
    /// organization.
    POST "/user_management/invitations/{id}/accept" => AcceptInvitation -> Invitation, updates {
        /// `invitation_…`.
        id: String,
    }

    /// E-mail a pending invitation again, or return its link where WorkOS's own e-mails are turned off.
    POST "/user_management/invitations/{id}/resend" => ResendInvitation -> Invitation, everyday, updates, emails {
        /// `invitation_…`.
        id: String,
        /// Of the e-mail, `de` or `pt-BR`.
        locale?: String as seldom,
    }

    /// Revoke a pending invitation, so that nobody can accept it. This cannot be undone.
    POST "/user_management/invitations/{id}/revoke" => RevokeInvitation -> Invitation, everyday, deletes {
        /// `invitation_…`.
        id: String,
    }
}

choices! {
    /// What has become of an invitation.
    InvitationState {
        Pending = "pending",
        Accepted = "accepted",
        Expired = "expired",
        Revoked = "revoked",
    }
}

objects! {
    /// An invitation by e-mail.
    Invitation {
        id: String,
        email: String,
        state: InvitationState,
        accepted_at?: String,
        revoked_at?: String,
        expires_at: String,
        organization_id?: String,
        inviter_user_id?: String,
        accepted_user_id?: String,
        /// Role on acceptance; the member's current role afterwards.
        role_slug?: String,
        token: String as secret,
        /// Contains the token.
        accept_invitation_url: String as secret,
        created_at: String,
        updated_at: String,
    }
}
