//! The tables of the search: spellings, synonyms, verbs. Words match in any form (`revoking`, `revoked`).

/// Other spellings of one term, in queries and documents alike. Two words must be neighbours.
pub const SPELLINGS: &[(&str, &str)] = &[
    ("e mail", "email"),
    ("mail", "email"),
    ("sign in", "signin"),
    ("log in", "signin"),
    ("login", "signin"),
    ("logon", "signin"),
    ("sign up", "signup"),
    ("sign out", "signout"),
    ("log out", "signout"),
    ("logout", "signout"),
    ("sign on", "sso"),
    ("auth kit", "authkit"),
    ("certificate", "cert"),
    ("app", "application"),
    ("multi factor", "mfa"),
    ("text message", "sms"),
    ("one time", "onetime"),
    ("otp", "onetime"),
    ("passcode", "code"),
    ("registration", "register"),
    ("organisation", "organization"),
    ("usr", "user"),
    ("acct", "account"),
    ("perm", "permission"),
    ("re send", "resend"),
    ("re activate", "reactivate"),
    ("de activate", "deactivate"),
    ("expiry", "expire"),
    ("expiration", "expire"),
    ("rotation", "rotate"),
    ("config", "configuration"),
    ("authn", "authentication"),
    ("authz", "authorization"),
];

/// Words of the API, and what people say for them.
pub const SYNONYMS: &[(&str, &str)] = &[
    ("organization", "org customer tenant company workspace business"),
    ("create organization", "onboard"),
    ("delete organization", "churned"),
    ("organization domain", "dns txt"),
    ("sso connection", "sso saml oidc openid okta entra azure adfs federation federated idp"),
    ("signing cert", "x509"),
    ("sso signout url", "slo"),
    ("sso profile", "userinfo"),
    ("directory", "scim hris hr workday bamboohr rippling gsuite ldap dsync"),
    ("sync directory", "resync"),
    ("client api token", "graphql"),
    ("audit log", "audit compliance"),
    ("audit log export", "auditor csv soc2"),
    ("audit log configuration stream", "siem splunk datadog"),
    ("user", "people person profile employee"),
    ("delete user", "gdpr erasure erase"),
    ("user password hash", "bcrypt migrate"),
    ("deny waitlist entry", "reject"),
    ("waitlist entry", "waitlisted"),
    ("membership", "member teammate colleague seat belong"),
    ("group", "team"),
    ("deactivate membership", "leaver offboard deprovision suspend freeze"),
    ("reactivate membership", "unsuspend restore"),
    ("create", "provision"),
    ("organization membership", "jit"),
    ("update organization membership role", "promote demote"),
    ("invitation", "invite"),
    ("magic auth", "passwordless"),
    ("device authorization", "tv cli"),
    ("jwks", "jwk"),
    ("role permission", "rbac"),
    ("permission", "privilege entitlement perms"),
    ("authorization resource", "fga rebac zanzibar document project folder repository resource"),
    ("check authorization permission", "allowed"),
    ("role assignment", "binding"),
    ("feature flag", "toggle flag feature launchdarkly"),
    ("feature flag target", "rollout"),
    ("auth factor", "mfa 2fa"),
    ("radar attempt", "fraud bot risk"),
    ("radar list entry", "blocklist blacklist denylist allowlist whitelist ban unban block unblock ip abuse"),
    ("redirect uri", "callback"),
    ("jwt template", "claim jwt"),
    ("mcp resource indicator", "mcp audience"),
    ("data integration", "pipes integration connector provider slack salesforce hubspot notion jira"),
    ("connect application m2m", "m2m"),
    ("authorized application", "consent consented"),
    ("vault data key", "kms dek byok"),
    ("rekey vault data key", "rewrap"),
    ("vault object", "kv secret sensitive"),
];

/// What verbs of a query mean: verbs of operations, the best first.
pub const VERBS: &[(&str, &str)] = &[
    ("list all every many number count total enumerate browse overview which export dump", "list get find"),
    ("show see view display who what pull search look", "list get find describe"),
    (
        "get fetch retrieve detail info inspect status read lookup find single download",
        "get list find describe",
    ),
    ("recheck retry", "verify check"),
    ("check", "check validate get list verify"),
    (
        "create make new open start setup begin define put subscribe attach join provision introduce establish launch \
         invent another found compose",
        "create start add generate enroll mint configure",
    ),
    ("add register include append admit", "add create enroll upsert"),
    ("enroll", "enroll create"),
    ("generate issue mint build produce", "generate create mint get"),
    ("store save record write put", "create update finish"),
    ("update change edit modify rename adjust alter move patch correct fix attach downgrade upgrade promote demote make mark", "update set configure replace"),
    ("set configure extend shorten keep retain", "set configure update create"),
    ("replace overwrite swap", "replace set update upsert"),
    (
        "delete remove drop erase purge wipe destroy rid trash tear uninstall unregister deregister unclaim \
         unset clear discard unhook take forget unlink disconnect detach unassign strip drop retire exclude eject dismiss \
         throw close kill shut unsubscribe churn leave",
        "delete remove revoke",
    ),
    (
        "revoke kill terminate invalidate void cancel withdraw kick end stop shut recall rescind",
        "revoke delete expire remove disable",
    ),
    ("expire", "expire delete"),
    ("deactivate suspend pause freeze lock", "deactivate disable update"),
    ("reactivate activate restore resume unsuspend", "reactivate enable"),
    ("enable launch", "enable add update create"),
    ("disable", "disable deactivate remove delete"),
    ("assign give grant", "assign add create set update"),
    ("verify validate", "verify validate check confirm get"),
    ("send email text", "send invite resend create generate challenge"),
    ("resend redeliver deliver", "resend send"),
    ("allow permit block ban", "add create enable"),
    ("complete finish confirm", "complete finish confirm"),
    ("rotate roll", "rekey create update"),
    ("import migrate bring", "import create"),
    ("approve accept admit", "approve accept"),
    ("deny decline reject", "deny"),
    ("describe", "describe get"),
    ("decrypt", "decrypt get"),
    ("sync", "sync"),
    ("link connect", "link generate create import upsert get"),
];

/// Words that say nothing about what is wanted. Few, as how rare a word is tells the rest, and
/// "who", "my" or "out" do tell one example query from another.
pub const STOP_WORDS: &[&str] = &["a", "an", "the", "of", "and", "or", "to", "please"];

/// What begins a question and says nothing: what comes then counts. The longer first.
pub const POLITE: &[&str] = &[
    "how do", "how can", "how to", "how should", "how would", "can you", "could you", "would you", "will you", "can i",
    "could i", "can we", "may i", "i want to", "we want to", "i need to", "we need to", "i would like to", "id like to",
    "want to", "need to", "have to", "i have to", "we have to", "trying to", "i am trying to", "im trying to", "help me",
    "let me", "please", "i", "we", "you", "just", "also", "now", "then", "and", "to", "hi", "hello", "hey", "what is the way to",
    "is it possible to", "is there a way to", "way to", "a way to", "lets",
];

/// Words that begin a wish to see something.
pub const TO_SEE: &[&str] = &[
    "who", "whom", "whose", "which", "what", "whats", "where", "when", "why", "how", "is", "are", "am", "was", "were", "does",
    "do", "did", "has", "have", "had", "can", "could", "may", "might", "will", "would", "should", "show", "list", "count", "see",
    "view", "display", "find", "search", "look", "lookup", "tell", "enumerate", "browse", "read", "inspect", "describe", "compare",
    "whether", "any", "all", "every", "number", "total", "everyone", "everything", "overview", "details", "status", "state",
];

/// Words that begin a wish to change something.
pub const TO_CHANGE: &str = "create make add new update change edit modify rename set delete remove erase purge revoke cancel     deactivate reactivate activate enable disable assign grant invite send resend rotate replace upload import register enroll     block unblock ban suspend move merge restore undo reset require enforce configure turn switch drop detach attach withdraw     approve deny reject accept stop start end kill force promote demote transfer upgrade store overwrite expire give disconnect provision introduce issue launch withdraw extend shorten exclude strip retire kill permit admit \
    decline terminate invalidate unlink unsubscribe subscribe connect link correct fix put mark attach swap exchange generate \
    begin open define invite invent cancel join keep retain forget unblock downgrade pause lock resume upload deliver \
    unassign unregister deregister kick throw rename restore replace allow write save wipe drop take put customize customise impersonate use raise increase lock unlock freeze \
    recover undelete rotate regenerate renew roll allow forbid prevent limit restrict close open copy clone edit map define redact";

/// Words that make a sentence, and are no sign that something is asked for that is not there.
pub const FILLER: &[&str] = &[
    "i", "me", "my", "we", "us", "our", "ours", "you", "your", "he", "him", "his", "she", "her", "hers", "it", "its", "they",
    "them", "their", "this", "that", "these", "those", "a", "an", "the", "and", "or", "but", "if", "of", "to", "in", "on", "at",
    "by", "for", "from", "with", "without", "into", "onto", "off", "out", "up", "down", "over", "under", "about", "as", "is",
    "are", "was", "were", "be", "been", "being", "am", "do", "does", "did", "done", "has", "have", "had", "can", "could", "may",
    "might", "will", "would", "shall", "should", "must", "not", "no", "dont", "doesnt", "isnt", "cant", "who", "whom", "whose",
    "which", "what", "whats", "where", "when", "why", "how", "many", "much", "some", "any", "all", "every", "each", "both",
    "either", "there", "here", "now", "then", "than", "so", "too", "also", "just", "only", "still", "yet", "again", "once",
    "already", "right", "please", "want", "need", "like", "let", "lets", "get", "got", "go", "take", "put", "give", "make", "made",
    "show", "see", "tell", "look", "find", "list", "exactly", "currently", "actually", "really", "today", "yesterday", "week",
    "month", "year", "day", "days", "time", "one", "two", "first", "last", "next", "other", "another", "same", "more", "most",
    "less", "few", "new", "old", "called", "named", "via", "per", "between", "after", "before", "until", "since", "while",
    "because", "very", "own", "someone", "somebody", "anyone", "anybody", "everyone", "everybody", "nobody", "something",
    "anything", "everything", "nothing", "thing", "things", "way", "e", "s", "t", "etc", "ok", "workos", "api", "know", "use",
    "set", "change", "create", "delete", "add", "remove", "update", "send", "turn", "start", "stop", "end",
    "completely", "entirely", "immediately", "directly", "straight", "particular", "certain", "specific", "kind", "moment", "far",
    "part", "away", "back", "never", "later", "ever", "whole", "single", "given", "lately", "recently", "well", "say", "says",
    "ask", "asks", "come", "came", "comes", "able", "correctly", "properly", "quickly", "longer", "person", "guy", "inside", "trigger",
    // What people call whom they make up.
    "acme", "globex", "initech", "contoso", "northwind", "hooli", "foo", "bar", "inc", "ltd", "corp", "gmbh", "bob", "alice",
    "jane", "john", "carol", "doe", "smith",
];
