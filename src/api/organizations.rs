//! Organizations and their domains: <https://workos.com/docs/reference/organization>.

use std::collections::BTreeMap;

use super::common::{List, Metadata};

operations! {
    organizations: "Organizations and their domains";

    /// List organizations, newest first.
    GET "/organizations" => ListOrganizations -> List<Organization>, everyday {
        /// With any of these domains.
        domains?: Vec<String>,
        /// Text in the name.
        search?: String,
        ..Page,
    }

    /// Create an organization.
    POST "/organizations" => CreateOrganization -> Organization, everyday {
        /// Need not be unique.
        name: String,
        /// `verified` if you have checked it yourself. None of consumers, as `gmail.com`.
        domain_data?: Vec<DomainData> as brief,
        /// Deprecated; use `domain_data`.
        domains?: Vec<String> as seldom,
        /// Your own keys and values.
        metadata?: Metadata,
        /// Your own unique ID for it.
        external_id?: String,
        /// Deprecated.
        allow_profiles_outside_organization?: bool as seldom,
    }

    /// Get an organization.
    GET "/organizations/{id}" => GetOrganization -> Organization, everyday {
        /// `org_…`.
        id: String,
    }

    /// Get an organization by your own ID for it.
    GET "/organizations/external_id/{external_id}" => GetOrganizationByExternalId -> Organization {
        external_id: String,
    }

    /// Change an organization. What is left out stays as it is.
    PUT "/organizations/{id}" => UpdateOrganization -> Organization, everyday {
        /// `org_…`.
        id: String,
        name?: String,
        /// All its domains; those not listed are removed.
        domain_data?: Vec<DomainData> as destroys brief,
        /// Deprecated; use `domain_data`.
        domains?: Vec<String> as destroys seldom,
        stripe_customer_id?: String | null as seldom,
        /// Keys left out stay; `{}` removes all.
        metadata?: BTreeMap<String, Option<String>> | null,
        /// Your own ID for it.
        external_id?: String | null,
        /// Deprecated.
        allow_profiles_outside_organization?: bool as destroys seldom,
    }

    /// Delete an organization with its connections, directories and memberships.
    /// This cannot be undone. It may finish a little later.
    DELETE "/organizations/{id}" => DeleteOrganization -> (), everyday {
        /// `org_…`.
        id: String,
    }

    /// Add a domain to an organization; not one of consumers, as `gmail.com`. Show the customer the
    /// DNS record in the answer, or send a portal link for domain verification.
    POST "/organization_domains" => CreateOrganizationDomain -> OrganizationDomain {
        organization_id: String,
        /// The domain, `example.com`.
        domain: String,
    }

    /// Get a domain of an organization, with its verification state and DNS record.
    GET "/organization_domains/{id}" => GetOrganizationDomain -> OrganizationDomain {
        /// `org_domain_…`.
        id: String,
    }

    /// Start the verification of a domain by its DNS record.
    POST "/organization_domains/{id}/verify" => VerifyOrganizationDomain -> OrganizationDomain, updates {
        /// `org_domain_…`.
        id: String,
    }

    /// Remove a domain from its organization. This cannot be undone.
    DELETE "/organization_domains/{id}" => DeleteOrganizationDomain -> () {
        /// `org_domain_…`.
        id: String,
    }
}

choices! {
    /// The state that a domain starts in.
    DomainDataState {
        Pending = "pending",
        Verified = "verified",
    }

    /// How far the verification of a domain has come.
    DomainState {
        Failed = "failed",
        LegacyVerified = "legacy_verified",
        Pending = "pending",
        Unverified = "unverified",
        Verified = "verified",
    }

    /// How a domain is verified.
    VerificationStrategy {
        Dns = "dns",
        Manual = "manual",
    }
}

objects! {
    /// A domain to give to an organization.
    DomainData {
        /// The domain, `example.com`.
        domain: String,
        /// `verified` if you have checked it yourself.
        state: DomainDataState,
    }

    /// A customer of yours: the unit that connections, directories and members belong to.
    Organization {
        id: String,
        name: String,
        domains: Vec<OrganizationDomain>,
        metadata: Metadata,
        external_id?: String,
        stripe_customer_id?: String,
        /// Deprecated.
        allow_profiles_outside_organization?: bool as deprecated,
        created_at: String,
        updated_at: String,
    }

    /// A domain of an organization.
    OrganizationDomain {
        id: String,
        organization_id: String,
        domain: String,
        state?: DomainState,
        /// What the value of the DNS record begins with, before `=`.
        verification_prefix?: String,
        /// What follows in the TXT record that proves ownership.
        verification_token?: String as bulky,
        verification_strategy?: VerificationStrategy,
        created_at: String,
        updated_at: String,
    }
}
