//! Users: <https://workos.com/docs/reference/authkit/user>.

use super::common::Metadata;

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
}
