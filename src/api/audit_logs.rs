//! Audit logs of organizations: <https://workos.com/docs/reference/audit-logs>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::common::List;
use crate::schema::Scalar;

operations! {
    audit_logs: "Audit log events, schemas, exports and retention";

    /// List the audit log actions of the environment, each with its schema.
    GET "/audit_logs/actions" => ListAuditLogActions -> List<AuditLogAction> {
        ..Page,
    }

    /// Create a schema, as a new version, that the events of an action must match. The action is
    /// created too if it is new; the same schema again makes no new version.
    POST "/audit_logs/actions/{action_name}/schemas" => CreateAuditLogSchema -> AuditLogSchema,
        // Events have to match the new version from now on.
        updates
    {
        /// Name of the action, `user.signed_in`.
        action_name: String,
        /// Types of targets that events have; at least one.
        targets: Vec<AuditLogSchemaTarget> as nonempty,
        actor?: AuditLogSchemaActor,
        /// JSON Schema of the event's metadata.
        metadata?: Map<String, Value>,
    }

    /// List the schemas of an audit log action, one per version.
    GET "/audit_logs/actions/{action_name}/schemas" => ListAuditLogSchemas -> List<AuditLogSchema> {
        /// Name of the action, `user.signed_in`.
        action_name: String,
        ..Page,
    }

    /// Record an audit log event. It must match the schema of its action;
    /// no tool can change or delete it.
    POST "/audit_logs/events" => CreateAuditLogEvent -> AuditLogEventReceipt, everyday, idempotent {
        organization_id: String,
        /// `occurred_at` in ISO 8601; IDs are your own; `location` is an IP address or place; `metadata`
        /// has at most 50 keys of 40 characters and text of 500; `version` is needed once the action has
        /// a newer schema.
        event: AuditLogEvent as brief,
        /// Counts once in 24 hours; made if left out.
        idempotency_key?: String as header("Idempotency-Key") seldom,
    }

    /// Start a CSV export of an organization's audit log events; call `get_audit_log_export` until
    /// it is ready.
    POST "/audit_logs/exports" => CreateAuditLogExport -> AuditLogExport, everyday {
        organization_id: String,
        /// ISO 8601, at most three months ago.
        range_start: String as time,
        /// ISO 8601.
        range_end: String as time,
        actions?: Vec<String>,
        /// Deprecated; use `actor_names`.
        actors?: Vec<String> as seldom,
        actor_names?: Vec<String>,
        actor_ids?: Vec<String>,
        /// Types of targets.
        targets?: Vec<String>,
    }

    /// Get an audit log export and, once it is ready, the URL of its CSV file. The URL works for
    /// ten minutes.
    GET "/audit_logs/exports/{audit_log_export_id}" => GetAuditLogExport -> AuditLogExport, everyday {
        /// `audit_log_export_…`.
        audit_log_export_id: String,
    }

    /// Get the state of an organization's audit log, with retention and log stream.
    GET "/organizations/{id}/audit_log_configuration" => GetAuditLogConfiguration -> AuditLogConfiguration {
        organization_id: String as rename("id"),
    }

    /// Get how long the audit log events of an organization are kept.
    GET "/organizations/{id}/audit_logs_retention" => GetAuditLogsRetention -> AuditLogsRetention {
        organization_id: String as rename("id"),
    }

    /// Set how long the audit log events of an organization are kept. A shorter period deletes
    /// older events; this cannot be undone.
    PUT "/organizations/{id}/audit_logs_retention" => SetAuditLogsRetention -> AuditLogsRetention, deletes
    where one_of(retention_period | retention_period_in_days) {
        organization_id: String as rename("id"),
        /// The period.
        retention_period?: RetentionPeriod,
        /// Deprecated: months by 30, years by 365.
        retention_period_in_days?: i64,
    }
}

choices! {
    /// How long audit log events are kept.
    RetentionPeriod {
        OneMonth = "1_MONTH",
        TwoMonths = "2_MONTHS",
        ThreeMonths = "3_MONTHS",
        FourMonths = "4_MONTHS",
        FiveMonths = "5_MONTHS",
        SixMonths = "6_MONTHS",
        SevenMonths = "7_MONTHS",
        EightMonths = "8_MONTHS",
        NineMonths = "9_MONTHS",
        TenMonths = "10_MONTHS",
        ElevenMonths = "11_MONTHS",
        OneYear = "1_YEAR",
        TwoYears = "2_YEARS",
        ThreeYears = "3_YEARS",
        FourYears = "4_YEARS",
        FiveYears = "5_YEARS",
        SixYears = "6_YEARS",
        SevenYears = "7_YEARS",
        EightYears = "8_YEARS",
        NineYears = "9_YEARS",
        TenYears = "10_YEARS",
    }

    /// How far an export has come.
    ExportState {
        Pending = "pending",
        Ready = "ready",
        Error = "error",
        Expired = "expired",
    }

    /// Whether an organization's audit log is in use.
    ConfigurationState {
        Active = "active",
        Inactive = "inactive",
        Disabled = "disabled",
    }

    /// Where a log stream goes.
    LogStreamType {
        AzureSentinel = "AzureSentinel",
        Datadog = "Datadog",
        GenericHttps = "GenericHttps",
        GoogleCloudStorage = "GoogleCloudStorage",
        S3 = "S3",
        Snowflake = "Snowflake",
        Splunk = "Splunk",
    }

    /// Whether a log stream runs.
    LogStreamState {
        Active = "active",
        Inactive = "inactive",
        Error = "error",
        Invalid = "invalid",
    }
}

objects! {
    /// Something that can happen in your application.
    AuditLogAction {
        name: String,
        schema: AuditLogSchema,
        created_at: String,
        updated_at: String,
    }

    /// What the events of an action must look like.
    AuditLogSchema {
        version: i64,
        actor?: AuditLogSchemaActor,
        targets: Vec<AuditLogSchemaTarget>,
        /// JSON Schema of the event's metadata.
        metadata?: Map<String, Value>,
        created_at: String,
    }

    /// What the actor of an event must look like.
    AuditLogSchemaActor {
        /// JSON Schema of the actor's metadata.
        metadata: Map<String, Value>,
    }

    /// What a target of an event must look like.
    AuditLogSchemaTarget {
        /// Type of the target, `invoice`.
        r#type: String,
        /// JSON Schema of the target's metadata.
        metadata?: Map<String, Value>,
    }

    /// Something that happened in your application.
    AuditLogEvent {
        /// Action, `user.signed_in`.
        action: String,
        /// When, ISO 8601.
        occurred_at: String as time,
        actor: AuditLogActor,
        targets: Vec<AuditLogTarget>,
        context: AuditLogContext,
        metadata?: BTreeMap<String, Scalar>,
        /// Schema version.
        version?: i64,
    }

    /// Who did something.
    AuditLogActor {
        /// Your own ID.
        id: String,
        /// Such as `user`.
        r#type: String,
        name?: String,
        metadata?: BTreeMap<String, Scalar>,
    }

    /// What something was done to.
    AuditLogTarget {
        /// Your own ID.
        id: String,
        /// As in the schema.
        r#type: String,
        name?: String,
        metadata?: BTreeMap<String, Scalar>,
    }

    /// Where something came from.
    AuditLogContext {
        /// IP address or place.
        location: String,
        user_agent?: String,
    }

    /// Whether an event was recorded.
    AuditLogEventReceipt {
        success: bool,
        /// The key that was sent; with it the call can be repeated safely.
        idempotency_key?: String,
    }

    /// An export of audit log events.
    AuditLogExport {
        id: String,
        state: ExportState,
        /// The CSV file, once the export is ready; works for ten minutes.
        url?: String,
        created_at: String,
        updated_at: String,
    }

    /// How the audit log of an organization is set up.
    AuditLogConfiguration {
        organization_id: String,
        retention_period_in_days: i64,
        state: ConfigurationState,
        /// Missing without a stream.
        log_stream?: LogStream,
    }

    /// A stream of audit log events to another system.
    LogStream {
        id: String,
        r#type: LogStreamType,
        state: LogStreamState,
        last_synced_at?: String,
        created_at: String,
    }

    /// How long events are kept.
    AuditLogsRetention {
        retention_period_in_days?: i64,
    }
}
