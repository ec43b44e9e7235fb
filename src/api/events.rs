//! Events and webhook endpoints: <https://workos.com/docs/reference/events>.

use serde_json::{Map, Value};

use super::common::List;
use crate::schema::Payload;

operations! {
    events: "Events and webhook endpoints";

    /// List events: who changed what and when, and who signed in. `where` takes `context.actor.id`,
    /// `data.user_id` and what was there before, `context.previous_attributes`. Oldest first, of the last 90
    /// days, over 30 in one request; to go on later, pass the last `list_metadata.after` as `after`.
    GET "/events" => ListEvents -> List<Event>, everyday
    where replaces(after: range_start) {
        /// Types: `user.created`, `dsync.user.*`; `list` lists them.
        events: Vec<String> as nonempty event_types,
        /// Only events after this time, ISO 8601 in UTC; not used beside `after`.
        range_start?: String as time,
        /// Only events before this time, ISO 8601 in UTC.
        range_end?: String as time,
        /// Only events of this organization, `org_…`; those of type `user.…` belong to none.
        organization_id?: String,
        limit?: u32 as range(1, 100),
        after?: String,
    }

    /// List webhook endpoints, newest first.
    GET "/webhook_endpoints" => ListWebhookEndpoints -> List<WebhookEndpoint> {
        ..Page,
    }

    /// Create a webhook endpoint, to which WorkOS sends events. A URL can have only one. The
    /// answer holds the secret that signs what is sent.
    POST "/webhook_endpoints" => CreateWebhookEndpoint -> WebhookEndpoint {
        /// Where events are sent; HTTPS.
        endpoint_url: String,
        /// Event types, `object.verb`: `user.created`; no wildcards.
        events: Vec<String> as nonempty event_types,
    }

    /// Change a webhook endpoint. What is left out stays as it is; a list of events replaces the
    /// one that is there, and a disabled endpoint receives nothing.
    PATCH "/webhook_endpoints/{id}" => UpdateWebhookEndpoint -> WebhookEndpoint, deletes {
        /// `we_…`.
        id: String,
        /// Where events are sent; HTTPS.
        endpoint_url?: String,
        /// Whether events are sent.
        status?: WebhookEndpointStatus,
        /// All event types, as `user.created`; no wildcards.
        events?: Vec<String> as event_types,
    }

    /// Delete a webhook endpoint; it receives no more events. This cannot be undone.
    DELETE "/webhook_endpoints/{id}" => DeleteWebhookEndpoint -> () {
        /// `we_…`.
        id: String,
    }
}

// Without the `before` and `order` of other lists, so no `..Page`.
paged! { paged ListEvents }

choices! {
    /// Whether events are sent to an endpoint.
    WebhookEndpointStatus {
        Enabled = "enabled",
        Disabled = "disabled",
    }

    /// Through what somebody acted.
    ActorSource {
        Api = "api",
        Dashboard = "dashboard",
        AdminPortal = "admin_portal",
        System = "system",
    }

    /// For whom a feature flag is on.
    FlagAccess {
        Nobody = "none",
        Targets = "some",
        Everybody = "all",
    }
}

objects! {
    /// Something that happened at WorkOS.
    Event {
        id: String,
        /// Its type, `user.created`.
        event: String,
        /// What it is about; the shape depends on the type.
        data: Payload,
        created_at: String,
        context?: EventContext,
    }

    /// How an event came about; what is known depends on its type.
    EventContext {
        client_id?: String,
        actor?: EventActor,
        /// What was there before the change.
        previous_attributes?: Map<String, Value>,
        access_type?: FlagAccess,
        configured_targets?: FlagTargets,
        google_analytics_client_id?: String,
        google_analytics_sessions?: Vec<GoogleAnalyticsSession>,
        /// Anonymous ID of Segment's `analytics.js`.
        ajs_anonymous_id?: String,
    }

    /// Who caused an event.
    EventActor {
        id: String,
        source: ActorSource,
        name?: String,
    }

    /// For whom a feature flag is on in particular.
    FlagTargets {
        organizations: Vec<FlagOrganization>,
        users: Vec<FlagUser>,
    }

    /// An organization that a feature flag is on for.
    FlagOrganization {
        id: String,
        name: String,
    }

    /// A user that a feature flag is on for.
    FlagUser {
        id: String,
        email: String,
    }

    /// A session of Google Analytics.
    GoogleAnalyticsSession {
        container_id: String as rename("containerId"),
        session_id?: String as rename("sessionId"),
        session_number?: String as rename("sessionNumber"),
    }

    /// A URL that receives events.
    WebhookEndpoint {
        id: String,
        endpoint_url: String,
        /// Signs what is sent; check the `WorkOS-Signature` header with it.
        secret: String as secret bulky,
        status: WebhookEndpointStatus,
        events: Vec<String>,
        created_at: String,
        updated_at: String,
    }
}
