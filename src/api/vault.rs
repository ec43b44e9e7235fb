//! Encrypted objects and data keys: <https://workos.com/docs/reference/vault>.

use std::collections::BTreeMap;

use super::common::List;

operations! {
    vault: "Encrypted objects, data keys";

    /// List the objects in the vault, without their values.
    GET "/vault/v1/kv" => ListVaultObjects -> List<VaultObjectSummary> {
        /// Only objects of this name; or a structured search as JSON text.
        search?: String,
        /// Only objects changed after this time, ISO 8601.
        updated_after?: String as rename("updatedAfter") time,
        /// Page size, at least 1; 10 if left out.
        limit?: u32,
        after?: String,
        before?: String,
        /// Direction of the list.
        order?: VaultOrder,
    }

    /// Encrypt a value and store it under a new name. The answer does not repeat the value.
    POST "/vault/v1/kv" => CreateVaultObject -> VaultObjectMetadata, creates {
        /// Unique name, at most 200 characters.
        name: String,
        /// Plaintext to encrypt and store.
        value: String as secret,
        /// Decides which key encrypts, usually by `organization_id`; at most 10 entries of 500 characters.
        key_context: BTreeMap<String, String>,
    }

    /// Get an object by its ID, with its decrypted value.
    GET "/vault/v1/kv/{id}" => GetVaultObject -> VaultObject {
        /// ID from `list_vault_objects`.
        id: String,
    }

    /// Get an object by its name, with its decrypted value.
    GET "/vault/v1/kv/name/{name}" => GetVaultObjectByName -> VaultObject {
        /// Name of the object.
        name: String,
    }

    /// Get the metadata of an object without decrypting its value.
    GET "/vault/v1/kv/{id}/metadata" => DescribeVaultObject -> VaultObjectDescription {
        /// ID from `list_vault_objects`.
        id: String,
    }

    /// Overwrite the value of an object; its key context stays. The old value remains
    /// as a version but cannot be read again.
    PUT "/vault/v1/kv/{id}" => UpdateVaultObject -> VaultObjectDescription, deletes {
        /// ID from `list_vault_objects`.
        id: String,
        /// The new plaintext.
        value: String as secret,
        /// Version ID that must still be current, or the call fails.
        version_check?: String,
    }

    /// Delete an object with its value. This cannot be undone.
    DELETE "/vault/v1/kv/{id}" => DeleteVaultObject -> DeletedVaultObject {
        /// ID from `list_vault_objects`.
        id: String,
        /// Version ID that must still be current, or the call fails.
        version_check?: String,
    }

    /// List all versions of an object: time, size and hash of each, no values.
    GET "/vault/v1/kv/{id}/versions" => ListVaultObjectVersions -> List<VaultObjectVersion> {
        /// ID from `list_vault_objects`.
        vault_object_id: String as rename("id"),
    }

    /// Create a data key for encryption of your own. Encrypt with `data_key`, then drop it;
    /// keep `encrypted_keys` with the data.
    POST "/vault/v1/keys/data-key" => CreateVaultDataKey -> VaultDataKey, creates {
        /// Decides which key protects it, usually by `organization_id`; at most 10 entries of 500 characters.
        context: BTreeMap<String, String>,
    }

    /// Decrypt a data key, so that you can decrypt the data it was used for.
    POST "/vault/v1/keys/decrypt" => DecryptVaultDataKey -> DecryptedVaultDataKey, reads {
        /// The `encrypted_keys` kept with the data, Base64.
        keys: String as secret,
    }

    /// Protect a data key under another key context. Keep the new `encrypted_keys` in place
    /// of the old; the data need not be encrypted again.
    POST "/vault/v1/keys/rekey" => RekeyVaultDataKey -> VaultDataKey, creates {
        /// The new key context; at most 10 entries of 500 characters.
        context: BTreeMap<String, String>,
        /// The `encrypted_keys` kept with the data, Base64.
        encrypted_keys: String as secret,
    }
}

// The vault's own `limit` and `order`, so no `..Page`.
paged! { paged ListVaultObjects }

choices! {
    /// Direction of a list of vault objects.
    VaultOrder {
        Asc = "asc",
        Desc = "desc",
    }
}

objects! {
    /// An object in a list.
    VaultObjectSummary {
        id: String,
        name: String,
        updated_at?: String,
    }

    /// An object with its decrypted value.
    VaultObject {
        id: String,
        name: String,
        value: String as secret,
        metadata: VaultObjectMetadata,
    }

    /// An object without its value.
    VaultObjectDescription {
        id: String,
        name: String,
        metadata: VaultObjectMetadata,
    }

    /// How an object is stored.
    VaultObjectMetadata {
        /// ID of the object.
        id: String,
        /// The key context.
        context: BTreeMap<String, String>,
        environment_id: String,
        /// ID of the encryption key.
        key_id: String,
        /// ID of the current version; what `version_check` takes.
        version_id?: String,
        updated_by: VaultActor,
        updated_at: String,
    }

    /// The user or API key that changed an object.
    VaultActor {
        id: String,
        name: String,
    }

    /// A version of an object.
    VaultObjectVersion {
        id: String,
        current_version: bool,
        /// Hash of the value.
        etag: String,
        /// Stored bytes.
        size: i64,
        created_at: String,
    }

    /// What was deleted.
    DeletedVaultObject {
        name: String,
        success: bool,
    }

    /// A data key, in the clear and encrypted.
    VaultDataKey {
        id: String,
        /// The key itself, Base64.
        data_key: String as secret,
        /// The encrypted key, Base64; safe to store.
        encrypted_keys: String,
        /// The key context.
        context: BTreeMap<String, String>,
    }

    /// A decrypted data key.
    DecryptedVaultDataKey {
        id: String,
        /// The key itself, Base64.
        data_key: String as secret,
    }
}
