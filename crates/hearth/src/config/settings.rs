/// One setting, as the README's table and error messages tell it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in `hearth.toml`; in the environment the same in capitals after `HEARTH_`.
    pub name: &'static str,
    /// Its value when nobody sets it; `None` when that depends on something else, which `allowed` tells.
    pub default: Option<&'static str>,
    /// What may be set.
    pub allowed: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Whether its value is never shown.
    pub is_secret: bool,
}

const fn open(
    name: &'static str,
    default: Option<&'static str>,
    allowed: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { name, default, allowed, meaning, is_secret: false }
}

const fn secret(name: &'static str, allowed: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: None, allowed, meaning, is_secret: true }
}

/// Every setting.
pub static SETTINGS: &[Setting] = &[
    open("listen", Some("127.0.0.1:8080"), "an IP address and a port, such as 127.0.0.1:8080", "where `serve` listens"),
    open("data_dir", Some("./data"), "a folder", "where the embedded database, mails and secrets are kept"),
    secret(
        "database_url",
        "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME",
        "the database; without it sqlite:<data_dir>/hearth.db",
    ),
    open(
        "database_connections",
        None,
        "a whole number from 1 to 1000",
        "connections of one process; without it 4 for reading on SQLite, 16 on PostgreSQL",
    ),
    open(
        "demo",
        None,
        "on or off",
        "fill in the demo neighbourhood at the first start; without it on, in production off",
    ),
    open("production", Some("off"), "on or off", "keep introspection and GraphiQL from strangers"),
    open(
        "trusted_proxies",
        Some(""),
        "IP addresses separated by commas",
        "reverse proxies whose X-Forwarded-For is believed",
    ),
    open(
        "allowed_origins",
        Some(""),
        "sites separated by commas, such as https://shop.example",
        "whose pages may open /graphql/ws besides those of this address",
    ),
    secret(
        "secret",
        "64 or more hexadecimal digits, as `openssl rand -hex 32` makes them",
        "keys the hashes of sign-in codes; the same for every process of a deployment; without it made at the first start \
         into <data_dir>/secret",
    ),
    secret(
        "events_secret",
        "keys of the form whsec_… (Standard Webhooks), several separated by commas while one replaces another",
        "signs POST /v1/events; without it made at the first start into <data_dir>/events.secret",
    ),
    secret(
        "health_keys",
        "`id:64 hexadecimal digits`, several separated by commas, each id once and of 1 to 16 letters, digits or hyphens",
        "seal health tags at rest: the first seals, all open, so put a new one first and run `hearth rotate-health-keys` before \
         taking an old one away; without it made at the first start into <data_dir>/health.keys",
    ),
    open(
        "webhook_private_addresses",
        Some("off"),
        "on or off",
        "let webhooks be at private addresses and without https: for development",
    ),
    open("identity_issuer", None, "the `iss` of the operator's identity provider", "whose assertions sign people in"),
    open("identity_audience", None, "the `aud` of Hearth there", "needed with identity_issuer"),
    open(
        "identity_jwks_url",
        None,
        "an https:// URL, or http:// with a port on this machine",
        "where the provider publishes its keys; needed with identity_issuer",
    ),
    open(
        "transcription_url",
        None,
        "an https:// URL, or http:// with a port on this machine",
        "a service with OpenAI's /v1/audio/transcriptions, which writes down what POST /v1/transcriptions is sent; without it recordings are refused",
    ),
    secret("transcription_key", "a key", "what that service knows us by, where it asks for one"),
    open("transcription_model", Some("whisper-1"), "the name of a model", "which of its models listens"),
    open(
        "time_zone",
        Some("Asia/Shanghai"),
        "a zone of the IANA database, such as Asia/Shanghai",
        "whose days are business days",
    ),
    open(
        "pending_days",
        Some("7"),
        "a whole number from 0 to 365",
        "return window: days after pick-up before points can be spent",
    ),
    open(
        "maturity",
        Some("after_pick_up"),
        "after_pick_up or at_once",
        "when earned points can be spent: after the return window, or on the day they are earned",
    ),
    open(
        "lot_life",
        Some("365 days"),
        "`365 days` (1 to 3650), `end of month 12` (0 to 120), `end of year` or `never`",
        "how long points last: so many days, to the end of the month so many months on, to the end of the year, or for ever",
    ),
    open(
        "restore_grace_days",
        Some("30"),
        "a whole number from 0 to 365",
        "points of a cancelled redemption last at least this many days from then",
    ),
    open(
        "refund_policy",
        Some("debt"),
        "only_pending, within_balance or debt",
        "what a refund may take: only points still pending, other points too, or also points the household will earn",
    ),
    open(
        "point_value",
        Some("1"),
        "what 100 points are worth in yuan, from 0.01 to 10000",
        "what points are worth in the journal that `export journal` writes",
    ),
    open("session_days", Some("30"), "a whole number from 1 to 365", "how long a sign-in lasts"),
    open("staff_session_hours", Some("8"), "a whole number from 1 to 24", "how long a sign-in of the staff lasts"),
    open(
        "adjustment_limit",
        Some("1000"),
        "a whole number from 0 to 1000000",
        "up to how many points somebody of finance gives or takes alone; beyond it a second person approves",
    ),
    open(
        "apology_points",
        Some("50"),
        "a whole number from 0 to 1000000",
        "what a household gets beside its own points when its order was not delivered in its slot",
    ),
    open(
        "thanks_points",
        Some("20"),
        "a whole number from 0 to 1000000",
        "what every household is given that took part in a study whose winner is sold",
    ),
    open(
        "cut_off",
        Some("22:00"),
        "a time of day such as 22:00",
        "when orders of the day close, where an offer does not say otherwise",
    ),
    open(
        "payments",
        None,
        "sandbox, wechat_pay or none",
        "who moves the money of family payments; without it the sandbox, in production none: the sandbox is no bank",
    ),
    open(
        "wechat_app_id",
        None,
        "the appid payments are made in",
        "WeChat Pay: needed with payments = wechat_pay, as the next five",
    ),
    open("wechat_merchant_id", None, "the mchid", "the merchant's number at WeChat Pay"),
    open("wechat_key_serial", None, "hexadecimal digits", "the serial of the merchant's API certificate"),
    open(
        "wechat_key_file",
        None,
        "a file, PEM of PKCS #8: apiclient_key.pem",
        "what requests to WeChat Pay are signed with; readable by Hearth alone",
    ),
    secret("wechat_api_key", "the APIv3 key, 32 characters", "opens what WeChat Pay tells"),
    open(
        "wechat_platform_keys",
        None,
        "ID=FILE, several separated by commas while one replaces another",
        "WeChat Pay's public keys: the id it gives each, and its PEM",
    ),
    open(
        "wechat_notify_url",
        None,
        "https://…/v1/pay/wechat",
        "where WeChat Pay reaches this deployment to tell what was paid; needed with payments = wechat_pay",
    ),
    open(
        "wechat_cashier",
        Some("h5"),
        "h5 or native",
        "how a payer's page leads to WeChat: by a button on a phone, or by a code to scan",
    ),
    open(
        "wechat_url",
        Some("https://api.mch.weixin.qq.com"),
        "an https:// URL, or http:// with a port on this machine",
        "where WeChat Pay answers; another one for trials",
    ),
    open(
        "pay_link",
        None,
        "an http:// or https:// URL",
        "where the link to a pay request leads: its secret is put after it; without it the mail shows the secret",
    ),
    open(
        "erasure_cooling_days",
        Some("7"),
        "a whole number from 0 to 30",
        "in how many days somebody who asked to be forgotten may change their mind",
    ),
    open(
        "record_keeping_days",
        Some("1095"),
        "a whole number from 1095 to 3650",
        "for how many days the name of somebody erased stays sealed beside their purchases, where they choose so",
    ),
    open(
        "invitation_link",
        None,
        "https://… or http://…, up to 500 characters",
        "where the link of an invitation leads: its secret is put after it, so it best ends in #; without it mails show the secret alone",
    ),
    open(
        "query_cost_bucket",
        Some("4000"),
        "a whole number from 1000 to 1000000",
        "GraphQL cost one caller may spend at once",
    ),
    open(
        "query_cost_per_second",
        Some("200"),
        "a whole number from 1 to 1000000",
        "GraphQL cost that comes back to a caller each second",
    ),
    open("mail_transport", Some("file"), "file or smtp", "how mails leave; file writes them to <data_dir>/mail"),
    open("mail_from", Some("hearth@hearth.example"), "a mail address", "whom mails are from"),
    open("smtp_host", None, "the name of the mail server", "needed with smtp"),
    open(
        "smtp_port",
        None,
        "a whole number from 1 to 65535",
        "without it 587 with starttls, 465 with tls, 25 with none",
    ),
    open("smtp_user", None, "a user name", "needed with smtp_password"),
    secret("smtp_password", "a password", "needed with smtp_user"),
    open(
        "smtp_tls",
        Some("starttls"),
        "starttls, tls or none",
        "none is for a relay without password on the same machine",
    ),
    open(
        "log",
        Some("info,sqlx=warn,sea_orm_migration=warn,poem=warn"),
        "a level (error, warn, info, debug, trace), or levels by module: info,db=debug",
        "what is logged to standard error",
    ),
];
