//! What WorkOS's API cannot do. Checked against the table of operations and WorkOS's documentation
//! in November 2026; an entry that an operation has been added for is to be removed.
//!
//! A pattern is words that must all be in the question, in any order and form: `a|b` is one of them, `!a`
//! none of them, `MAKE`, `CHANGE`, `DELETE` and `WRITE` are words for that, and `SET` says that the question is
//! no wish to see something.

/// Something that the API cannot do.
#[derive(Debug)]
pub struct Limit {
    /// By which words it is recognized: one pattern is enough (`limits/table.rs`).
    pub(super) asked: &'static [&'static str],
    /// That it cannot be done.
    pub cannot: &'static str,
    /// Where it is done.
    pub instead: &'static str,
    /// The operations that come nearest, the best first; there may be none.
    pub nearest: &'static [&'static str],
}

const DASHBOARD_AUTHENTICATION: &str = "In the WorkOS dashboard, under Authentication.";
const DASHBOARD: &str = "In the WorkOS dashboard.";
const SETUP_LINK: &str = "The customer's admin does it in the Admin Portal (`generate_portal_link`), or you in the WorkOS dashboard.";

/// All that is known.
pub const LIMITS: &[Limit] = &[
    // Directories mirror what others hold.
    Limit {
        asked: &[
            "WRITE|set|assign directory|scim|dsync|ldap|hris|hr user|person|people|employee|profile|department|title|manager \
             !group !membership !webhook",
            "WRITE directory|scim attribute|field !map !mapping",
        ],
        cannot: "Directory users cannot be created, changed or deleted through the API: they mirror the customer's \
                 identity provider or HR system.",
        instead: "Change them there; the next sync brings it here.",
        nearest: &["list_directory_users", "get_directory_user"],
    },
    Limit {
        asked: &[
            "MAKE|CHANGE|put|assign directory|scim|dsync group !mapping !map !role",
            "DELETE directory|scim|dsync group !mapping !map !role !user",
        ],
        cannot: "Directory groups and who is in them cannot be changed through the API: they mirror the customer's \
                 identity provider.",
        instead: "Change them there; groups of your own are organization groups.",
        nearest: &["list_directory_groups", "create_organization_group"],
    },
    Limit {
        asked: &[
            "create|add|new|make|register|update|rename|change|edit|configure SET directory|scim|dsync !user !group !person !employee !sync !admin !link !self",
        ],
        cannot: "A directory cannot be created or changed through the API.",
        instead: SETUP_LINK,
        nearest: &["generate_portal_link", "list_directories"],
    },
    Limit {
        asked: &["scim|directory|dsync token|bearer|endpoint|credential !webhook !portal !widget"],
        cannot: "SCIM endpoints and bearer tokens of a directory can neither be read nor renewed through the API.",
        instead: SETUP_LINK,
        nearest: &["generate_portal_link", "get_directory"],
    },
    Limit {
        asked: &[
            "WRITE|set|configure|map|mapping directory|scim|dsync|idp|okta|entra map|mapping group|role|attribute|field !saml !oidc !connection !sso",
        ],
        cannot: "Which directory attributes and groups become which attributes and roles cannot be set through the API.",
        instead: "In the WorkOS dashboard, or in the Admin Portal (`generate_portal_link`); `attribute_maps` of \
                  `update_connection` are those of an SSO connection.",
        nearest: &["list_directory_groups", "assign_role_to_group"],
    },
    // How people sign in.
    Limit {
        asked: &[
            "password policy|strength|complexity|requirement|rule|history|rotation|character|strong|weak !hash",
            "password SET minimum|length|require|enforce|expire|expiration|long|forbid|breached !reset !token",
        ],
        cannot: "The password policy cannot be read or set through the API.",
        instead: DASHBOARD_AUTHENTICATION,
        nearest: &["create_password_reset", "update_user"],
    },
    Limit {
        asked: &[
            "mfa|2fa|factor SET enforce|require|policy|mandatory|force|compulsory|obligatory|everyone|everybody|must",
            "mfa|2fa policy|enforcement|required|requirement",
            "SET enable|disable|turn|switch mfa|2fa organization|environment|everyone|all",
        ],
        cannot: "That people must use a second factor cannot be read or set through the API.",
        instead: "In the WorkOS dashboard: for all under Authentication, for one organization in its policy.",
        nearest: &["list_user_auth_factors", "enroll_user_auth_factor"],
    },
    Limit {
        asked: &[
            "SET social|google|github|microsoft|apple|passkey|magic|password enable|disable|turn|switch|allow|activate|forbid signin|provider|method|oauth|social|environment|authentication|sso|passkey|auth !radar !code",
            "SET organization|customer|tenant restrict|limit|allow|only|force|require|enforce|policy signin|authentication|idp|method|sso !url !portal !ip !link !mfa !2fa",
            "SET authentication|signin method|policy|option !token",
            "organization|domain authentication|signin|membership policy",
        ],
        cannot: "Ways to sign in, and an organization's authentication policy, cannot be read or set through the API.",
        instead: "In the WorkOS dashboard: for all under Authentication, for one organization on its page.",
        nearest: &["list_connections", "get_organization"],
    },
    Limit {
        asked: &[
            "SET signup disable|enable|switch|turn|close|open|allow|restrict|forbid|prevent|off|stop|block !email !ip !waitlist !domain",
            "self registration|signup disable|enable|off|close",
        ],
        cannot: "Whether people may sign up by themselves cannot be set through the API.",
        instead: DASHBOARD_AUTHENTICATION,
        nearest: &["send_invitation", "list_waitlists"],
    },
    Limit {
        asked: &[
            "auto|automatic|automatically SET join|provision|membership|member organization|domain|connection|sso|customer !waitlist !invitation !invite",
            "just time provision SET",
            "jit SET",
        ],
        cannot: "Just-in-time provisioning and joining by e-mail domain cannot be set through the API.",
        instead: "In the WorkOS dashboard, in the policy of the organization.",
        nearest: &["create_organization_membership", "create_organization_domain"],
    },
    Limit {
        asked: &[
            "session long|last last|valid|live|expire !agent !blueprint !user !his !her",
            "session timeout|lifetime|inactivity|idle|duration !agent !blueprint !device !portal",
            "SET session length|long|last|maximum|expire|days|minutes|hours|short|longer|shorter|policy !agent !blueprint !revoke !end !kill",
            "access token lifetime|duration|ttl|lifespan !agent !blueprint !api",
        ],
        cannot: "How long sessions and access tokens last cannot be read or set through the API.",
        instead: DASHBOARD_AUTHENTICATION,
        nearest: &["list_user_sessions", "revoke_session"],
    },
    Limit {
        asked: &[
            "SET session one|single only|just|per !list !revoke !end",
            "SET session concurrent|simultaneous|parallel|limit !agent !list",
            "concurrent session",
        ],
        cannot: "The number of sessions a user may have cannot be limited through the API, or at WorkOS at all.",
        instead: "List a user's sessions and revoke the oldest.",
        nearest: &["list_user_sessions", "revoke_session"],
    },
    Limit {
        asked: &[
            "impersonate|impersonation !list !who !event",
            "signin as user|customer|somebody|someone|them|him|her|another !list",
        ],
        cannot: "A user cannot be impersonated through the API.",
        instead: "In the WorkOS dashboard, on the user's page, once it is enabled under Authentication.",
        nearest: &["list_user_sessions", "list_events"],
    },
    Limit {
        asked: &[
            "passkey|webauthn|fido2|yubikey !who !when",
            "push|hardware|biometric mfa|factor|token|key !notification",
        ],
        cannot: "Passkeys, hardware keys and push factors cannot be listed, enrolled or removed through the API; it \
                 knows TOTP and SMS.",
        instead: "Users add passkeys on AuthKit's hosted page; they are enabled in the WorkOS dashboard, under Authentication.",
        nearest: &["list_user_auth_factors", "enroll_user_auth_factor"],
    },
    Limit {
        asked: &[
            "SET unlink|link|remove|delete|disconnect|detach|MAKE identity|identities !provider !agent",
            "unlink google|github|microsoft|apple user|account|signin !drive !pipe",
        ],
        cannot: "A user's identities (Google, GitHub and others) can be listed, but not linked or unlinked through the API.",
        instead: "WorkOS links them by verified e-mail address when the user signs in.",
        nearest: &["list_user_identities"],
    },
    Limit {
        asked: &[
            "SET radar|bot|brute|bruteforce|stuffing|travel|credential detection|rule|setting|protection|configure|threshold|sensitivity",
        ],
        cannot: "What Radar detects, and what it does then, cannot be set through the API; its lists can.",
        instead: "In the WorkOS dashboard, under Radar.",
        nearest: &["add_radar_list_entry", "remove_radar_list_entry"],
    },
    Limit {
        asked: &[
            "ip|network|vpn allowlist|whitelist|restrict|restriction|range|limit|only organization|customer|tenant|company",
        ],
        cannot: "IP addresses cannot be allowed or blocked for one organization: Radar's lists hold for the whole \
                 environment.",
        instead: "Check addresses in your application, or use Radar's lists for all.",
        nearest: &["add_radar_list_entry"],
    },
    // How it looks, and where it is.
    Limit {
        asked: &[
            "branding|brand|logo|color|colour|font|favicon|css|stylesheet|appearance !application !connect",
            "customize|customise|restyle page|portal|authkit|screen|look|login|signin",
            "white label",
        ],
        cannot: "Branding (logo, colors, CSS, texts) of AuthKit and the Admin Portal cannot be read or set through the API.",
        instead: "In the WorkOS dashboard, under Branding.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "custom|own|vanity domain|hostname|subdomain|url authkit|login|signin|portal|auth|api|page|email|hosted",
            "SET signin|authkit|login domain|hostname|subdomain|cname !radar !hint !organization !block !verify !allowlist !blocklist !from",
            "custom|vanity domain|hostname !organization !customer",
        ],
        cannot: "Custom domains (AuthKit, Admin Portal, authentication API, e-mail) cannot be set up through the API.",
        instead: "In the WorkOS dashboard, under Domains, with DNS records at your provider.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "email|invitation|invite|reset|magic template|wording|content|subject|layout|sender|customize|customise",
            "SET text|edit|rewrite|translate|reword email|invitation|invite !sms !message",
        ],
        cannot: "The e-mails that WorkOS sends cannot be edited through the API.",
        instead: "In the WorkOS dashboard you can switch them off and send your own, with the link or code that the \
                  operations or events give you.",
        nearest: &["send_invitation", "create_magic_auth", "create_password_reset"],
    },
    Limit {
        asked: &[
            "smtp|sendgrid|mailgun|postmark",
            "own mail|email server|smtp|provider",
            "email|sms|twilio provider SET !radar !user !oauth !connected",
        ],
        cannot: "E-mail and SMS providers cannot be configured through the API.",
        instead: DASHBOARD,
        nearest: &[],
    },
    Limit {
        asked: &[
            "SET signout|homepage|logout redirect|url|uri default|configure|add|change|set|register !saml !get !build",
        ],
        cannot: "Sign-out redirects and the homepage URL cannot be configured through the API; sign-in redirect URIs can.",
        instead: "In the WorkOS dashboard, under Redirects.",
        nearest: &["create_redirect_uri", "list_redirect_uris"],
    },
    Limit {
        asked: &["DELETE cors|origin"],
        cannot: "CORS origins can be added and listed, but not removed through the API.",
        instead: DASHBOARD,
        nearest: &["list_cors_origins"],
    },
    // People and organizations.
    Limit {
        asked: &[
            "merge|consolidate|deduplicate|dedupe user|account|organization|person|people|duplicate|customer|profile|identity",
            "combine two user|account|organization",
        ],
        cannot: "Two users, or two organizations, cannot be merged through the API.",
        instead: "Carry over memberships, metadata and IDs of your own to the one that stays, then delete the other.",
        nearest: &["update_user", "create_organization_membership", "list_organization_memberships"],
    },
    Limit {
        asked: &[
            "bring|get back deleted|delete|removed|erased !member !membership !suspended",
            "restore|undelete|undo|recover|unarchive|revert|rollback deleted|delete|deletion|removed|organization|user|connection|directory|customer|change !password !member !membership !suspended !access !code !deactivated",
        ],
        cannot: "What was deleted cannot be restored through the API, or at WorkOS at all.",
        instead: "`list_events` shows what was deleted in the last 90 days; create it anew.",
        nearest: &["list_events"],
    },
    Limit {
        asked: &[
            "suspend|ban|lock|disable|deactivate|block|freeze user|account|person globally|everywhere|entirely|completely|altogether|environment|environmentwide|overall",
            "lock|unlock|ban|freeze user|account !ip !radar !list !member !membership !email !domain",
        ],
        cannot: "A user cannot be locked or suspended as a whole through the API, only in each organization.",
        instead: "Deactivate the memberships and revoke the sessions; Radar can block an e-mail address.",
        nearest: &["deactivate_organization_membership", "revoke_session", "add_radar_list_entry"],
    },
    Limit {
        asked: &[
            "show|see|read|view|get|retrieve|reveal|what|current|plain|plaintext|decrypt|know|tell password !reset !hash !vault !policy !without !token !forgot",
        ],
        cannot: "Nobody can read a user's password: WorkOS keeps only its hash.",
        instead: "Set another one, or let the user do it.",
        nearest: &["create_password_reset", "update_user"],
    },
    Limit {
        asked: &["password hash export|list|read|get|download|dump|extract|all !import !bcrypt !create"],
        cannot: "Password hashes cannot be read through the API.",
        instead: "Ask WorkOS support when you leave; everything else of a user `list_users` gives.",
        nearest: &["list_users"],
    },
    Limit {
        asked: &[
            "show|see|read|view|get|fetch|give|retrieve|reveal|lost|forgot|recover|again|look secret|key|token again|full|plain|plaintext|lost|forgot|once|whole !vault !object !stored !store !encrypt !name !data !valid !leak",
        ],
        cannot: "Client secrets and API keys are shown once, when they are made, and cannot be read again.",
        instead: "Make a new one, and revoke the lost one.",
        nearest: &[
            "create_connect_application_secret",
            "create_organization_api_key",
            "list_connect_application_secrets",
        ],
    },
    Limit {
        asked: &[
            "move|transfer|migrate|copy|promote|clone|sync|export organization|user|customer|tenant|data|configuration|setting|role|everything environment|staging|production|sandbox !saml !sso",
        ],
        cannot: "Nothing can be moved or copied between environments through the API: each has its own data and key.",
        instead: "Read it with one key and create it with the other.",
        nearest: &["list_organizations", "create_organization", "create_user"],
    },
    Limit {
        asked: &[
            "move|transfer|reassign|hand connection|directory|domain another|other|different|between|new organization|customer|tenant",
        ],
        cannot: "A connection or directory cannot be moved to another organization through the API.",
        instead: "Set it up anew there; a domain is deleted here and added there.",
        nearest: &["create_connection", "create_organization_domain", "generate_portal_link"],
    },
    Limit {
        asked: &[
            "federation|federate trust|organization|tenant|domain|between|rule|member !identity",
            "cross organization|tenant access|trust|permission|sharing|grant",
            "share user|access|session|data between|across organization|tenant",
        ],
        cannot: "WorkOS knows no federation or trust between organizations.",
        instead: "Give a user a membership, with a role, in each of them.",
        nearest: &["create_organization_membership", "list_organization_memberships"],
    },
    Limit {
        asked: &[
            "SET activate|deactivate|enable|disable|pause|suspend|turn|switch connection|sso|saml|directory !flag !jit !member !membership !user !sign !link",
        ],
        cannot: "A connection or directory cannot be switched on or off through the API: it becomes active when its set-up \
                 is complete.",
        instead: SETUP_LINK,
        nearest: &["get_connection", "update_connection", "generate_portal_link"],
    },
    // What belongs to the account at WorkOS.
    Limit {
        asked: &[
            "dashboard|console team|member|user|access|colleague|teammate|admin|seat|account|login|invite|role !organization !widget !customer",
            "workos team|teammate|colleague|account|seat !organization !customer",
        ],
        cannot: "Members of your team in the WorkOS dashboard cannot be listed, invited or removed through the API.",
        instead: "In the WorkOS dashboard, under Settings, Members.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "rotate|roll|renew|regenerate|replace our|own|sk|workos secret|sk key",
            "WRITE|rotate|roll|renew|regenerate|list|revoke|replace|new own|our|workos|environment|secret|sk|server|this api key !organization !customer !user !tenant !for !agent !pipe !integration !provider !leak !validate",
        ],
        cannot: "The environment's own API keys (`sk_…`) cannot be managed through the API.",
        instead: "In the WorkOS dashboard, under API Keys. Keys of your customers and users are tools here.",
        nearest: &["list_organization_api_keys", "create_organization_api_key"],
    },
    Limit {
        asked: &[
            "MAKE|DELETE|CHANGE|list|clone|duplicate|switch|which environment|staging|production !waitlist !mcp !indicator !role !permission !key !redirect !cors !webhook !flag !template !variable !wide !user !organization !customer !into !event !log !block !allow !in",
        ],
        cannot: "Environments cannot be listed, created, changed or deleted through the API: a key belongs to one.",
        instead: "In the WorkOS dashboard; for another environment start this server with that environment's key.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "invoice|refund|checkout|chargeback !order !allow !permission !role !log !audit !event !metadata !record",
            "billing|payment !reference !id !role !permission !group !team !flag !application !member !admin !event !schema !metadata !log !audit !record !setting",
            "upgrade|downgrade|cancel|buy|purchase plan|subscription|seat !webhook !event",
            "pricing|price|cost !application",
            "credit card",
        ],
        cannot: "Billing, plans and invoices are not in the API.",
        instead: "In the WorkOS dashboard, under Settings, Billing.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "rate limit|limits|limiting",
            "quota|throttling",
            "raise|increase|higher api limit",
            "request second|minute",
        ],
        cannot: "Rate limits can neither be read nor changed through the API.",
        instead: "They are in WorkOS's API reference; WorkOS support can raise them. This server waits and tries again.",
        nearest: &[],
    },
    Limit {
        asked: &[
            "mau|monthly active user",
            "usage|analytics|statistics|metric|dashboards api|workos|request|signin|session|user !flag !key !secret",
        ],
        cannot: "Usage figures are not in the API.",
        instead: "In the WorkOS dashboard; sign-ins and changes of the last 90 days can be counted from events.",
        nearest: &["list_events", "list_users"],
    },
    Limit {
        asked: &[
            "data|server residency|region|location|datacenter|hosting|eu|europe !ip !export",
            "residency",
        ],
        cannot: "Where data is kept cannot be chosen through the API.",
        instead: "Ask WorkOS.",
        nearest: &[],
    },
    // Logs, events and flags.
    Limit {
        asked: &[
            "SET log|logs|audit|siem|splunk|datadog|sentinel stream|streaming|siem|splunk|datadog|s3|sentinel|forward !is !does !list !webhook",
        ],
        cannot: "A log stream cannot be set up, changed or stopped through the API; its state can be read.",
        instead: SETUP_LINK,
        nearest: &["generate_portal_link", "get_audit_log_configuration"],
    },
    Limit {
        asked: &[
            "DELETE|CHANGE|redact|erase audit|log event|entry|entries|record|trail !that !write !define !keep !kept !long !retention !schema !action !configuration !stream !export !agent !days !year",
        ],
        cannot: "Audit log events cannot be changed or deleted; they end with the retention period.",
        instead: "Set the retention period, or record another event that corrects the first.",
        nearest: &["set_audit_logs_retention", "create_audit_log_event"],
    },
    Limit {
        asked: &["DELETE audit action|schema"],
        cannot: "Audit log actions and schemas cannot be deleted through the API; a new schema is a new version.",
        instead: "In the WorkOS dashboard, under Audit Logs.",
        nearest: &["list_audit_log_actions", "create_audit_log_schema"],
    },
    Limit {
        asked: &[
            "webhook delivery|deliveries|replay|redeliver|resend|retry|attempt|failed|failure|history|log|test|again",
            "SET replay|redeliver event",
        ],
        cannot: "Deliveries of webhooks can neither be listed nor repeated through the API.",
        instead: "In the WorkOS dashboard, under Webhooks; `list_events` has every event of the last 90 days.",
        nearest: &["list_events", "list_webhook_endpoints"],
    },
    Limit {
        asked: &[
            "create|delete|rename|new|make|define|archive|duplicate|edit|schedule feature|flag flag|toggle !target !company !customer !organization !user !tenant !off !on !for !enable !disable",
        ],
        cannot: "Feature flags cannot be created, renamed or deleted through the API; they are switched on and off, and \
                 given targets.",
        instead: "In the WorkOS dashboard, under Feature Flags.",
        nearest: &["list_feature_flags", "enable_feature_flag", "add_feature_flag_target"],
    },
    Limit {
        asked: &["percentage|percent|gradual|gradually rollout|flag|feature", "flag rule|variant|segment"],
        cannot: "Rollouts by percentage or rule cannot be set through the API; single organizations and users can be targets.",
        instead: "In the WorkOS dashboard, under Feature Flags.",
        nearest: &["add_feature_flag_target", "get_feature_flag"],
    },
    // Roles and resources.
    Limit {
        asked: &["DELETE environment|global role !permission !permissions !organization"],
        cannot: "Roles of the environment cannot be deleted through the API; those of an organization can.",
        instead: "In the WorkOS dashboard, under Roles and permissions.",
        nearest: &["update_environment_role", "set_environment_role_permissions", "delete_organization_role"],
    },
    Limit {
        asked: &[
            "default role SET|new|member|membership|signup !group",
            "what|which default role",
            "role priority|rank SET",
        ],
        cannot: "The default role, and which role comes first, cannot be read or set through the API.",
        instead: "In the WorkOS dashboard, under Roles and permissions; `role_slug` of a membership or invitation gives another.",
        nearest: &["list_environment_roles", "update_organization_membership"],
    },
    Limit {
        asked: &["MAKE|CHANGE|DELETE|list|define resource type !assignment"],
        cannot: "Resource types cannot be listed, created or changed through the API.",
        instead: "In the WorkOS dashboard, under Authorization.",
        nearest: &["list_authorization_resources", "create_authorization_resource"],
    },
    Limit {
        asked: &[
            "create|delete|make|rename waitlist !entry !person !someone !somebody !user !email !on !to !off !from !request !people !add",
        ],
        cannot: "Waitlists cannot be created, changed or deleted through the API; their entries can.",
        instead: DASHBOARD,
        nearest: &["list_waitlists", "create_waitlist_entry"],
    },
    Limit {
        asked: &[
            "byok|cmk|kms SET key|configure|connect|set|bring|rotate|customer !data !object !encrypt !decrypt",
        ],
        cannot: "Customer-managed keys (BYOK) cannot be set up through the API.",
        instead: SETUP_LINK,
        nearest: &["generate_portal_link", "create_vault_data_key"],
    },
    Limit {
        asked: &["wildcard domain|permission"],
        cannot: "WorkOS knows no wildcards in domains or permissions.",
        instead: "Add each domain, and give each permission.",
        nearest: &["create_organization_domain", "list_permissions"],
    },
    // What others do.
    Limit {
        asked: &[
            "send|post|write slack|teams|discord|whatsapp|channel message|channel|notification",
            "pull request",
            "git commit|branch|push",
            "MAKE jira|github|linear|notion|trello|asana ticket|issue|page|card|task|repository",
            "newsletter|marketing|announcement",
            "SET file|photo|video upload|download|dropbox|drive",
        ],
        cannot: "WorkOS does not act at other services: Pipes keeps the accounts that your users connected, and gives \
                 their tokens.",
        instead: "Get the token, and call the provider's own API.",
        nearest: &["get_data_integration_access_token", "list_user_data_providers"],
    },
];
