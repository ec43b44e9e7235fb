//! Access tokens of the sandbox: JWTs, and the key that signs them.
//!
//! The key is no secret, and must not be one: it is the same in every sandbox, so that a JWT is good
//! after a restart, and nothing random has to be kept. Its primes are the two largest below 2^1024, which
//! anybody can compute. Whatever it has signed proves nothing outside of the sandbox.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fault::Fault;

/// Names the key in tokens and in the JWKS.
const KEY_ID: &str = "sso_oidc_key_pair_01SANDBOX";
/// The primes are this much below 2^1024. The larger one comes first.
const PRIMES: [u32; 2] = [105, 179];
/// The public exponent, 65537.
const EXPONENT: u32 = 0x1_0001;
/// The bytes of 1024 bits.
const HALF: usize = 128;

/// A JWT with these claims.
pub(super) fn signed(claims: &Value) -> Result<String, Fault> {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID});
    let mut token = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let broken = || Fault::coded(500, "signing_failed", "The sandbox cannot sign tokens.");
    let key = key().ok_or_else(broken)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
        .map_err(|_| broken())?;
    token.push('.');
    token.push_str(&encoded(signature));
    Ok(token)
}

/// The claims of a JWT, whoever has signed it.
pub(super) fn claims(token: &str) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// The public key, as `get_jwks` shows it. It has no certificate.
pub(super) fn public_key() -> Value {
    let [p, q] = PRIMES;
    let modulus = [below(p + q), small(p * q)].concat();
    let (modulus, exponent) = (encoded(modulus), encoded([1, 0, 1]));
    // In place of a certificate's: that of the key (RFC 7638).
    let thumbprint = hash(&format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#));
    json!({
        "alg": "RS256",
        "kty": "RSA",
        "use": "sig",
        "x5c": [],
        "n": modulus,
        "e": exponent,
        "kid": KEY_ID,
        "x5t#S256": thumbprint,
    })
}

/// The SHA-256 of a text, as base64url: what PKCE challenges are, too.
pub(super) fn hash(text: &str) -> String {
    encoded(Sha256::digest(text.as_bytes()))
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key, made when it is first needed.
fn key() -> Option<&'static KeyPair> {
    static KEY: OnceLock<Option<KeyPair>> = OnceLock::new();
    KEY.get_or_init(make).as_ref()
}

/// With p = 2^1024 - a and q = 2^1024 - b, what belongs to the key is written in two halves of 1024 bits:
/// n = p·q as 2^1024 - (a + b) and a·b, and (p - 1)·(q - 1) as 2^1024 - (a + b + 2) and (a + 1)·(b + 1).
fn make() -> Option<KeyPair> {
    let [a, b] = PRIMES;
    let totient = [below(a + b + 2), small((a + 1) * (b + 1))].concat();
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: [below(a + b), small(a * b)].concat(), e: vec![1, 0, 1] },
        d: inverse(EXPONENT, &totient)?,
        p: below(a).to_vec(),
        q: below(b).to_vec(),
        dP: inverse(EXPONENT, &below(a + 1))?,
        dQ: inverse(EXPONENT, &below(b + 1))?,
        // q is -(b - a) to the modulus p.
        qInv: negative_inverse(b - a, &below(a))?,
    };
    KeyPair::from_components(&components).ok()
}

/// 2^1024 - `less`, big-endian.
fn below(less: u32) -> [u8; HALF] {
    let mut bytes = [0xff; HALF];
    bytes[HALF - 4..].copy_from_slice(&0_u32.wrapping_sub(less).to_be_bytes());
    bytes
}

/// A small number in 1024 bits.
fn small(number: u32) -> [u8; HALF] {
    let mut bytes = [0; HALF];
    bytes[HALF - 4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// What a small number is multiplied with to give 1 to a large modulus m: (m·k + 1) / number, with the k
/// for which that has no remainder.
fn inverse(number: u32, modulus: &[u8]) -> Option<Vec<u8>> {
    let rest = remainder(modulus, number);
    let times = (1..number)
        .find(|times| u64::from(rest) * u64::from(*times) % u64::from(number) == u64::from(number - 1))?;
    Some(fraction(modulus, times, 1, number))
}

/// What it is multiplied with to give -1: (m·k - 1) / number.
fn negative_inverse(number: u32, modulus: &[u8]) -> Option<Vec<u8>> {
    let rest = remainder(modulus, number);
    let times = (1..number).find(|times| u64::from(rest) * u64::from(*times) % u64::from(number) == 1)?;
    // The 1 is the remainder.
    Some(fraction(modulus, times, 0, number))
}

fn remainder(large: &[u8], by: u32) -> u32 {
    let rest = large.iter().fold(0, |rest, byte| (rest << 8 | u64::from(*byte)) % u64::from(by));
    u32::try_from(rest).unwrap_or_default()
}

/// (large · times + plus) / by, without what remains, where that is no longer than `large`.
fn fraction(large: &[u8], times: u32, plus: u32, by: u32) -> Vec<u8> {
    let mut product = vec![0; large.len() + 4];
    let mut carry = u64::from(plus);
    for (place, byte) in product.iter_mut().enumerate().rev() {
        let digit = place.checked_sub(4).map_or(0, |place| u64::from(large[place]));
        carry += digit * u64::from(times);
        *byte = (carry & 0xff) as u8;
        carry >>= 8;
    }
    let mut rest = 0;
    for byte in &mut product {
        rest = rest << 8 | u64::from(*byte);
        *byte = u8::try_from(rest / u64::from(by)).unwrap_or_default();
        rest %= u64::from(by);
    }
    product.split_off(4)
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    #[test]
    fn what_is_signed_is_verified_with_the_public_key() {
        let token = signed(&json!({"sub": "user_01"})).expect("a token");
        let key = public_key();
        let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().expect(name)).expect("base64url");
        let (content, signature) = token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let public = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        assert_eq!(public.n.len(), 2 * HALF);
        public.verify(&RSA_PKCS1_2048_8192_SHA256, content.as_bytes(), &signature).expect("a good signature");
        let other = content.replace('.', "x.");
        assert!(public.verify(&RSA_PKCS1_2048_8192_SHA256, other.as_bytes(), &signature).is_err());
        assert_eq!(claims(&token), Some(json!({"sub": "user_01"})));
    }
}
