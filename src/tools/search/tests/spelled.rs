//! Questions that name their operation themselves, and those in other languages.

use super::{names, search};
use crate::api::operations;
use crate::operation::Effect;
use crate::tools::search::Question;

fn first(query: &str) -> &'static str {
    names(query).first().copied().unwrap_or_default()
}

#[test]
fn methods_of_the_sdks_find_their_operation() {
    let lines = include_str!("../../../../tests/questions/sdk_methods.txt");
    let cases: Vec<(&str, &str)> =
        lines.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' ')).collect();
    let wrong: Vec<_> = cases
        .iter()
        .filter(|(method, operation)| first(method) != *operation)
        .map(|(method, _)| method)
        .collect();
    assert!(wrong.len() * 100 <= cases.len(), "{} of {}: {wrong:?}", wrong.len(), cases.len());
    for (method, operation) in [
        ("workos.userManagement.listUsers({ email })", "list_users"),
        ("await workos.userManagement.createUser(", "create_user"),
        ("client.user_management.list_users(limit=10)", "list_users"),
        ("user_management.list_users", "list_users"),
        ("UserManagement.listUsers", "list_users"),
        ("usermanagement.ListUsers(ctx, usermanagement.ListUsersOpts{})", "list_users"),
        ("WorkOS::UserManagement.list_users", "list_users"),
        ("$userManagement->listUsers()", "list_users"),
        ("(new WorkOS\\UserManagement())->createUser", "create_user"),
        ("directorySync.listUsers", "list_directory_users"),
        ("DirectorySync.list_groups", "list_directory_groups"),
        ("WorkOS::Portal.generate_link", "generate_portal_link"),
        ("workos.portal.generateLink", "generate_portal_link"),
        ("workos.sso.getAuthorizationUrl", "get_sso_authorization_url"),
        ("sso.GetProfileAndToken", "get_sso_profile_and_token"),
        ("workos.auditLogs.createEvent", "create_audit_log_event"),
        ("userManagement.authenticateWithCode", "authenticate_user"),
        ("how do I call workos.organizations.getOrganization?", "get_organization"),
        ("listOrganizationMemberships", "list_organization_memberships"),
    ] {
        assert_eq!(first(method), operation, "{method}");
    }
    // What only looks like one.
    for query in ["user.created", "acme.com", "jane@example.com", "client.id", "1.2.3.4", "a.b.c"] {
        let question = Question::new(query);
        assert!(!search(&question, operations()).is_certain(), "{query}");
    }
}

#[test]
fn commands_find_their_operation() {
    for (command, operation) in [
        ("workos organization list", "list_organizations"),
        ("npx workos@latest organization create Acme", "create_organization"),
        ("workos user get user_01EXAMPLE", "get_user"),
        ("workos membership update om_01EXAMPLE --role admin", "update_organization_membership"),
        ("workos invitation send jane@example.com", "send_invitation"),
        ("workos invitation revoke inv_1", "revoke_invitation"),
        ("workos connection list --org org_1", "list_connections"),
        ("workos directory list-users", "list_directory_users"),
        ("workos event list", "list_events"),
        ("workos portal generate-link", "generate_portal_link"),
        ("workos feature-flag enable beta", "enable_feature_flag"),
        ("workos session revoke session_1", "revoke_session"),
        ("workos permission create", "create_permission"),
        ("workos webhook list", "list_webhook_endpoints"),
        ("workos org-domain verify org_domain_1", "verify_organization_domain"),
    ] {
        assert_eq!(first(command), operation, "{command}");
    }
}

#[test]
fn routes_find_their_operation() {
    for operation in operations() {
        let (method, route) = (operation.method.as_str(), operation.route());
        // As it stands, with IDs in it, and as a URL.
        let filled: String = route
            .split('/')
            .map(|segment| if segment.starts_with('{') { "user_01EXAMPLE9" } else { segment })
            .collect::<Vec<_>>()
            .join("/");
        for query in [
            format!("{method} {route}"),
            format!("{method} {filled}"),
            format!("curl -X {method} https://api.workos.com{filled}?limit=10"),
        ] {
            assert_eq!(first(&query), operation.name, "{query}");
        }
    }
    for (query, operation) in [
        ("POST /invitations/{id}/resend", "resend_invitation"),
        ("/user_management/users", "list_users"),
        ("GET /users/:id", "get_user"),
        ("https://api.workos.com/organizations", "list_organizations"),
        (
            "what is PUT /user_management/organization-memberships/om_1/deactivate for",
            "deactivate_organization_membership",
        ),
    ] {
        assert_eq!(first(query), operation, "{query}");
    }
    for query in ["/", "//", "https://example.com/callback", "and/or", "/{id}"] {
        assert!(!search(&Question::new(query), operations()).is_certain(), "{query}");
    }
}

#[test]
fn other_languages_are_understood() {
    for (question, operation) in [
        ("Benutzer auflisten", "list_users"),
        ("Benutzer löschen", "delete_user"),
        ("alle Mitglieder einer Organisation anzeigen", "list_organization_memberships"),
        ("Einladung erneut senden", "resend_invitation"),
        ("Einladung widerrufen", "revoke_invitation"),
        ("Organisation anlegen", "create_organization"),
        ("Rolle eines Mitglieds ändern", "update_organization_membership"),
        ("lister les utilisateurs", "list_users"),
        ("supprimer une organisation", "delete_organization"),
        ("créer un utilisateur", "create_user"),
        ("renvoyer une invitation", "resend_invitation"),
        ("listar usuarios", "list_users"),
        ("eliminar un usuario", "delete_user"),
        ("crear una organización", "create_organization"),
        ("revocar la sesión de un usuario", "revoke_session"),
        ("listar usuários", "list_users"),
        ("excluir organização", "delete_organization"),
        ("convidar um usuário", "send_invitation"),
        ("elencare gli utenti", "list_users"),
        ("eliminare un utente", "delete_user"),
        ("creare un'organizzazione", "create_organization"),
    ] {
        assert_eq!(first(question), operation, "{question}: {:?}", &names(question));
    }
}

#[test]
fn typing_errors_are_understood() {
    for (question, operation) in [
        ("lsit organizatons", "list_organizations"),
        ("delte a usr", "delete_user"),
        ("deactivte a memebrship", "deactivate_organization_membership"),
        ("list diretory users", "list_directory_users"),
        ("genrate admin portl link", "generate_portal_link"),
        ("resend the inviation", "resend_invitation"),
        ("delte an organziation", "delete_organization"),
        ("list the permisions", "list_permissions"),
        ("verfy a domain", "verify_organization_domain"),
    ] {
        assert_eq!(first(question), operation, "{question}: {:?}", &names(question));
    }
}

#[test]
fn who_wishes_to_see_is_not_answered_with_a_change() {
    let beginnings = [
        "show",
        "how many",
        "who",
        "which",
        "list",
        "when",
        "is there",
        "what are",
        "does this customer have",
        "count",
        "can you show me",
        "how do I see",
        "find",
    ];
    let things = [
        "users",
        "members",
        "invitations",
        "roles",
        "connections",
        "directories",
        "sessions",
        "api keys",
        "domains",
        "webhooks",
        "permissions",
        "feature flags",
        "groups",
        "certificates",
        "secrets",
        "vault objects",
        "agents",
        "waitlist entries",
        "it contacts",
        "connected accounts",
        "audit log schemas",
        "factors",
        "redirect URIs",
    ];
    for beginning in beginnings {
        for thing in things {
            let question = format!("{beginning} {thing}");
            let found = search(&Question::new(&question), operations());
            let Some(best) = found.operations.first() else { continue };
            assert_eq!(best.effect, Effect::Read, "{question}: {}", best.name);
        }
    }
    for question in [
        "who changed the role of this user",
        "who deleted the connection",
        "when was the membership deactivated",
        "what happened to this organization yesterday",
        "who has removed her from the group",
    ] {
        assert_eq!(first(question), "list_events", "{question}");
    }
}
