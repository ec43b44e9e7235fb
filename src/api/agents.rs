//! Agents, their registrations and blueprints: <https://workos.com/docs/reference/agents>.

use super::common::List;

operations! {
    agents: "AI agents: registrations, blueprints, tokens, sessions";

    /// Link an agent's claim attempt to one of your users, and get the code that completes
    /// the claim. The user is found by external ID, or created.
    PATCH "/agents/claims/attempts" => LinkAgentClaimAttempt -> AgentClaimAttempt
    where sends(r#type = "link_external_user") {
        /// Token of the claim attempt, `cla_tkn_…`.
        claim_attempt_token: String as secret,
        /// The user who claims the agent.
        user: AgentClaimUser,
        /// Where the agent belongs, `org_…`; needed if the user has several organizations.
        organization_id?: String,
    }

    /// Check whether an agent's API key or access token is valid in this environment.
    /// The credential is not used up.
    POST "/agents/credentials/validate" => ValidateAgentCredential -> AgentCredentialValidation, reads {
        /// What the credential is.
        r#type: AgentCredentialType,
        /// The API key or access token.
        credential: String as secret,
        /// Audience that an access token must have; not for API keys.
        audience?: String,
    }

    /// Get the registration of an agent.
    GET "/agents/registrations/{id}" => GetAgentRegistration -> AgentRegistration {
        /// `agent_reg_…`.
        id: String,
    }

    /// Revoke the registration of an agent with all its tokens and API keys.
    /// The agent has to register anew; this cannot be undone.
    POST "/agents/registrations/{id}/revoke" => RevokeAgentRegistration -> AgentRegistration, deletes {
        /// `agent_reg_…`.
        id: String,
    }

    /// List agent blueprints.
    GET "/agents/blueprints" => ListAgentBlueprints -> List<AgentBlueprint> {
        ..Page,
    }

    /// Create an agent blueprint: what an agent may do, who may run it and how long its
    /// sessions last.
    POST "/agents/blueprints" => CreateAgentBlueprint -> AgentBlueprint {
        /// Name shown to people.
        name: String,
        /// What the agent is for.
        description?: String,
        /// Slugs of existing permissions: the most that a session may do; none if left out.
        permissions?: Vec<String>,
        /// Who may start sessions; anybody if left out.
        invocable_by?: InvocableBy,
        /// Whom sessions may act as.
        invocable_as?: InvocableAs,
        /// Lifetimes; 3600, 300 and 3600 seconds if left out.
        session_settings?: SessionSettings,
    }

    /// Get an agent blueprint.
    GET "/agents/blueprints/{agent_blueprint_id}" => GetAgentBlueprint -> AgentBlueprint {
        agent_blueprint_id: String,
    }

    /// Change an agent blueprint. What is left out stays as it is; a list replaces the one
    /// that is there.
    PATCH "/agents/blueprints/{agent_blueprint_id}" => UpdateAgentBlueprint -> AgentBlueprint {
        agent_blueprint_id: String,
        /// Name shown to people.
        name?: String,
        /// What the agent is for.
        description?: String | null,
        /// Slugs of existing permissions: the most that a session may do.
        permissions?: Vec<String> as destroys,
        /// Who may start sessions.
        invocable_by?: InvocableBy as destroys,
        /// Whom sessions may act as; sessions of a type no longer listed end at their next refresh.
        invocable_as?: InvocableAs as destroys,
        /// Lifetimes to change.
        session_settings?: SessionSettingsChange,
    }

    /// Delete an agent blueprint with its instances and sessions. This cannot be undone.
    DELETE "/agents/blueprints/{agent_blueprint_id}" => DeleteAgentBlueprint -> () {
        agent_blueprint_id: String,
    }

    /// Mint an access token for an agent, with a session behind it. It acts for a user
    /// (`user_delegated`) or as itself (`autonomous`); `agent_delegated` starts another
    /// session of the same instance, `refresh` continues a session.
    POST "/agents/blueprints/{agent_blueprint_id}/tokens" => MintAgentToken -> AgentToken,
        // A token that it is minted from is used up or gives its rights away.
        updates
    where
        at_most_one_of(user_access_token | organization_id | agent_access_token | refresh_token),
        when(r#type = "user_delegated": user_access_token),
        when(r#type = "autonomous": organization_id),
        when(r#type = "agent_delegated": agent_access_token),
        when(r#type = "refresh": refresh_token)
    {
        agent_blueprint_id: String,
        /// How to mint.
        r#type: AgentTokenGrant,
        /// For `user_delegated`: access token of the user to act for.
        user_access_token?: String as secret,
        /// For `autonomous`: organization to act in, `org_…`.
        organization_id?: String,
        /// For `agent_delegated`: the agent's own token, minted from this blueprint.
        agent_access_token?: String as secret,
        /// For `refresh`: refresh token of the session; it works once.
        refresh_token?: String as secret destroys,
        /// What the session is for; goes into the token.
        intent?: String,
    }

    /// Check an agent's access token: its signature, its blueprint and that its session is
    /// live. An invalid token is answered with an error.
    POST "/agents/blueprints/{agent_blueprint_id}/tokens/validate" => ValidateAgentToken -> AgentTokenValidation, reads {
        agent_blueprint_id: String,
        /// The token to check.
        agent_access_token: String as secret,
    }

    /// List agent instances. Each appears with the first token minted for it.
    GET "/agents/instances" => ListAgentInstances -> List<AgentInstance> {
        organization_id?: String,
        /// Only instances of this blueprint, `agent_blueprint_…`.
        agent_blueprint_id?: String,
        ..Page,
    }

    /// Get an agent instance.
    GET "/agents/instances/{agent_instance_id}" => GetAgentInstance -> AgentInstance {
        agent_instance_id: String,
    }

    /// Delete an agent instance with its sessions; their refresh tokens stop working.
    /// This cannot be undone.
    DELETE "/agents/instances/{agent_instance_id}" => DeleteAgentInstance -> () {
        agent_instance_id: String,
    }

    /// List the sessions of agent instances.
    GET "/agents/sessions" => ListAgentSessions -> List<AgentInstanceSession> {
        organization_id?: String,
        /// Only sessions of this blueprint, `agent_blueprint_…`.
        agent_blueprint_id?: String,
        /// Only sessions of this instance, `agent_instance_…`.
        agent_instance_id?: String,
        ..Page,
    }

    /// Get a session of an agent instance.
    GET "/agents/sessions/{agent_instance_session_id}" => GetAgentSession -> AgentInstanceSession {
        agent_instance_session_id: String,
    }

    /// Revoke a session of an agent instance with all its tokens. This cannot be undone;
    /// an expired session stays `expired`.
    POST "/agents/sessions/{agent_instance_session_id}/revoke" => RevokeAgentSession -> AgentInstanceSession, deletes {
        agent_instance_session_id: String,
    }
}

choices! {
    /// The kinds of credentials that a registered agent has.
    AgentCredentialType {
        ApiKey = "api_key",
        AccessToken = "access_token",
    }

    /// The ways to mint a token.
    AgentTokenGrant {
        UserDelegated = "user_delegated",
        Autonomous = "autonomous",
        AgentDelegated = "agent_delegated",
        Refresh = "refresh",
    }

    /// Whether an instance acts for a user or as itself.
    AgentInstanceType {
        Delegated = "delegated",
        Autonomous = "autonomous",
    }

    /// The state of a registration.
    AgentRegistrationStatus {
        Unverified = "unverified",
        Verified = "verified",
        Expired = "expired",
        Revoked = "revoked",
    }

    /// How an agent registered.
    AgentRegistrationKind {
        Anonymous = "anonymous",
        ServiceAuth = "service_auth",
        IdentityAssertion = "identity_assertion",
    }

    /// The state of a session.
    AgentInstanceSessionStatus {
        Active = "active",
        Revoked = "revoked",
        Expired = "expired",
    }
}

objects! {
    /// A user of yours who claims an agent.
    AgentClaimUser {
        /// E-mail address.
        email: String,
        /// Your own ID for the user.
        external_id: String,
    }

    /// A claim attempt that is linked to a user.
    AgentClaimAttempt {
        /// ID of the registration.
        id: String,
        /// State of the registration.
        status: AgentRegistrationStatus,
        /// The code that the agent completes the claim with.
        user_code: String as shown_once,
        /// The user's organizations, to choose from.
        organizations: Vec<AgentClaimOrganization>,
    }

    /// An organization that an agent may be placed in.
    AgentClaimOrganization {
        id: String,
        name: String,
    }

    /// The result of a check of a credential.
    AgentCredentialValidation {
        valid: bool,
        /// ID of the registration that the credential belongs to.
        registration_id?: String,
        expires_at?: String,
    }

    /// An agent that registered itself with an organization.
    AgentRegistration {
        id: String,
        agent_identity: AgentIdentity,
        organization_id: String,
        status: AgentRegistrationStatus,
        kind: AgentRegistrationKind,
        claim?: AgentRegistrationClaim,
        revoked_at?: String,
        created_at: String,
        updated_at: String,
    }

    /// Who a registered agent is.
    AgentIdentity {
        id: String,
        /// ID of the user that the agent is bound to.
        userland_user_id?: String,
        created_at: String,
        updated_at: String,
    }

    /// A claim on a registration.
    AgentRegistrationClaim {
        id: String,
        claim_completion?: AgentClaimCompletion,
        expires_at: String,
        created_at: String,
        updated_at: String,
    }

    /// The completion of a claim.
    AgentClaimCompletion {
        id: String,
        claimed_at: String,
        expires_at: String,
        created_at: String,
        updated_at: String,
    }

    /// Who may start sessions of a blueprint.
    InvocableBy {
        /// Roles whose members may, for themselves; any member if empty.
        role_slugs?: Vec<String>,
        /// Organizations to run in, `org_…`; any if empty.
        organization_ids?: Vec<String>,
    }

    /// Whom sessions of a blueprint may act as.
    InvocableAs {
        /// At least one; both if never set.
        instance_types?: Vec<AgentInstanceType>,
    }

    /// Lifetimes of the sessions of a blueprint.
    SessionSettings {
        /// Longest life of a session in seconds, refreshed or not.
        max_age_seconds: i64 as range(1, 31_536_000),
        /// Life of an access token in seconds.
        access_token_ttl_seconds: i64 as range(1, 3_600),
        /// Life of a refresh token in seconds.
        refresh_token_ttl_seconds: i64 as range(1, 5_184_000),
    }

    /// A change to lifetimes; what is left out stays as it is.
    SessionSettingsChange {
        /// Longest life of a session in seconds, refreshed or not.
        max_age_seconds?: i64 as range(1, 31_536_000),
        /// Life of an access token in seconds.
        access_token_ttl_seconds?: i64 as range(1, 3_600),
        /// Life of a refresh token in seconds.
        refresh_token_ttl_seconds?: i64 as range(1, 5_184_000),
    }

    /// What an agent of yours may do, who may run it and for how long.
    AgentBlueprint {
        id: String,
        name: String,
        description?: String,
        /// The most that a session may do.
        permissions: Vec<String>,
        invocable_by: AgentBlueprintInvocableBy,
        invocable_as: AgentBlueprintInvocableAs,
        session_settings: SessionSettings,
        created_at: String,
        updated_at: String,
    }

    /// Who may start sessions; an empty list allows all.
    AgentBlueprintInvocableBy {
        role_slugs: Vec<String>,
        organization_ids: Vec<String>,
    }

    /// Whom sessions may act as.
    AgentBlueprintInvocableAs {
        instance_types: Vec<AgentInstanceType>,
    }

    /// The tokens of a session, shown this once.
    AgentToken {
        access_token: String as shown_once,
        /// Always `Bearer`.
        token_type: String,
        /// Seconds until the access token expires.
        expires_in: i64,
        /// Works once; each refresh answers a new one.
        refresh_token: String as shown_once,
        agent_instance_id: String,
        /// Whether the instance appeared with this token.
        new_instance: bool,
        agent_instance_session_id: String,
        /// What the token may do.
        permissions: Vec<String>,
    }

    /// A valid token and the session behind it.
    AgentTokenValidation {
        /// Always true.
        valid: bool,
        agent_instance_id: String,
        agent_instance_session_id: String,
        organization_id: String,
        /// What the token may do.
        permissions: Vec<String>,
        intent?: String,
        /// ID of the user that the agent acts for.
        acting_user_id?: String,
        session_expires_at: String,
    }

    /// A blueprint at work in an organization, for a user or as itself.
    AgentInstance {
        id: String,
        agent_blueprint_id: String,
        organization_id: String,
        /// Membership of the user that a delegated instance acts for.
        organization_membership_id?: String,
        r#type: AgentInstanceType,
        created_at: String,
        updated_at: String,
    }

    /// What the tokens of an agent instance live and end with.
    AgentInstanceSession {
        id: String,
        agent_instance_id: String,
        status: AgentInstanceSessionStatus,
        expires_at: String,
        revoked_at?: String,
        created_at: String,
        updated_at: String,
    }
}
