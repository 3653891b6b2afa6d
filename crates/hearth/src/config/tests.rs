use std::path::Path;

use app::{LotLife, familypay::PaymentProvider};
use kernel::IdGenerator;
use mail::SmtpSecurity;

use super::{Config, FILE_NAME, SETTINGS, Secrets, fingerprint};

/// Loads a file's text and variables such as `listen=…`.
fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), file).unwrap();
    load_in(folder.path(), variables).map_err(|failure| failure.replace(&*folder.path().to_string_lossy(), "."))
}

fn load_in(folder: &Path, variables: &[(&str, &str)]) -> Result<Config, String> {
    let environment = variables.iter().map(|(name, value)| (format!("HEARTH_{name}"), (*value).to_owned()));
    Config::load(folder, environment).map_err(|failure| failure.to_string())
}

#[test]
fn everything_has_a_default() {
    let folder = tempfile::tempdir().unwrap();
    let config = load_in(folder.path(), &[]).unwrap();

    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.url, "sqlite:./data/hearth.db");
    assert_eq!(config.database.max_connections, 4);
    assert!(config.has_demo && !config.is_production && config.mail.smtp.is_none());
    assert_eq!(
        (config.app.zone.name(), config.app.pending_days, config.app.lot_life),
        ("Asia/Shanghai", 7, LotLife::Days(365))
    );
}

#[test]
fn the_environment_overrules_the_file() {
    let file = "listen = \"127.0.0.1:1\"\npending_days = 3\ndemo = false\ndata_dir = \"/srv/hearth\"";
    let config =
        load(file, &[("LISTEN", "[::1]:2"), ("SESSION_DAYS", ""), ("TRUSTED_PROXIES", "10.0.0.1, ::1")]).unwrap();

    assert_eq!(config.listen.to_string(), "[::1]:2");
    assert_eq!((config.app.pending_days, config.app.session_days), (3, 30));
    assert_eq!(config.database.url, "sqlite:/srv/hearth/hearth.db");
    assert_eq!(config.trusted_proxies.len(), 2);
    assert!(!config.has_demo);
}

#[test]
fn production_has_no_demo_unless_asked_for() {
    assert!(!load("production = true", &[]).unwrap().has_demo);
    assert!(load("", &[("PRODUCTION", "on"), ("DEMO", "on")]).unwrap().has_demo);
}

#[test]
fn the_mails_of_the_demo_lead_to_its_own_page() {
    let link = |variables: &[(&str, &str)]| load("", variables).unwrap().app.pay_link;
    assert_eq!(link(&[]).as_deref(), Some("http://127.0.0.1:8080/pay/"));
    assert_eq!(link(&[("LISTEN", "[::1]:2")]).as_deref(), Some("http://[::1]:2/pay/"));
    assert_eq!(link(&[("DEMO", "off")]), None);
    assert_eq!(link(&[("PAY_LINK", "https://hearth.example/pay/")]).as_deref(), Some("https://hearth.example/pay/"));
}

#[test]
fn production_plays_no_bank_unless_asked_for() {
    let payments = |file: &str, variables: &[(&str, &str)]| load(file, variables).unwrap().app.payments;
    assert_eq!(payments("", &[]), PaymentProvider::Sandbox);
    assert_eq!(payments("production = true", &[]), PaymentProvider::None);
    assert_eq!(payments("production = true", &[("PAYMENTS", "sandbox")]), PaymentProvider::Sandbox);
}

#[test]
fn names_the_setting_the_value_and_what_is_allowed() {
    for (file, variables, expected) in [
        (
            "",
            vec![("LISTEN", "localhost")],
            "setting listen: \"localhost\" (from the environment variable HEARTH_LISTEN) is not allowed; allowed: an IP address \
             and a port, such as 127.0.0.1:8080",
        ),
        (
            "pending_days = 400",
            vec![],
            "setting pending_days: \"400\" (from ./hearth.toml) is not allowed; allowed: a whole number from 0 to 365",
        ),
        ("demo = \"maybe\"", vec![], "setting demo: \"maybe\" (from ./hearth.toml) is not allowed; allowed: on or off"),
        (
            "time_zone = \"Asia/Nowhere\"",
            vec![],
            "setting time_zone: \"Asia/Nowhere\" (from ./hearth.toml) is not allowed; allowed: a zone of the IANA database, such \
             as Asia/Shanghai",
        ),
        (
            "listen = [1, 2]",
            vec![],
            "setting listen in ./hearth.toml must be one plain value; allowed: an IP address and a port, \
             such as 127.0.0.1:8080",
        ),
        (
            "",
            vec![("MAIL_TRANSPORT", "smtp")],
            "setting smtp_host is needed when mail_transport is smtp: the name of the mail server",
        ),
        (
            "mail_transport = \"smtp\"\nsmtp_host = \"mail.example\"\nsmtp_user = \"hearth\"",
            vec![],
            "setting smtp_password is needed with smtp_user",
        ),
        (
            "mail_transport = \"smtp\"\nsmtp_host = \"m.example\"\nsmtp_user = \"h\"\nsmtp_password = \"p\"\nsmtp_tls = \"none\"",
            vec![],
            "setting smtp_tls is none, which would send smtp_password in the clear; allowed with a password: starttls, tls",
        ),
    ] {
        assert_eq!(load(file, &variables).err().as_deref(), Some(expected));
    }
}

#[test]
fn never_shows_a_secret() {
    for (name, allowed) in [
        ("secret", "64 or more hexadecimal digits, as `openssl rand -hex 32` makes them"),
        (
            "events_secret",
            "keys of the form whsec_… (Standard Webhooks), several separated by commas while one replaces another",
        ),
        (
            "health_keys",
            "`id:64 hexadecimal digits`, several separated by commas, each id once and of 1 to 16 letters, digits or hyphens",
        ),
        ("database_url", "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"),
    ] {
        let failure = load(&format!("{name} = \"hunter2\""), &[]).unwrap_err();
        assert_eq!(
            failure,
            format!("setting {name}: its value (from ./hearth.toml) is not allowed; allowed: {allowed}")
        );
    }
    let failure = load("secret = \"hunter2", &[]).unwrap_err();
    assert!(failure.starts_with("could not read ./hearth.toml: ") && !failure.contains("hunter2"), "{failure}");
    let config = load("secret = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"", &[]).unwrap();
    assert!(!format!("{config:?}").contains("17, 34"));
}

#[test]
fn an_unknown_key_stops_and_an_unknown_variable_is_told() {
    let failure = load("lisen = \"127.0.0.1:1\"", &[]).unwrap_err();
    assert!(
        failure.starts_with("./hearth.toml has the key \"lisen\", which is no setting; settings: listen, data_dir,"),
        "{failure}"
    );
    let config = load("", &[("PORT", "tcp://10.0.0.1:80"), ("LISTEN", "127.0.0.1:1")]).unwrap();
    assert_eq!(config.unknown_variables(), ["HEARTH_PORT"]);
}

#[test]
fn mail_goes_out_by_smtp_when_set() {
    let file = "mail_transport = \"smtp\"\nsmtp_host = \"mail.example\"\nsmtp_user = \"hearth\"\nsmtp_password = \"p\"";
    let smtp = load(file, &[]).unwrap().mail.smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example", 587, SmtpSecurity::StartTls));
}

#[test]
fn every_default_is_allowed_and_every_name_is_one_word_list() {
    for setting in SETTINGS {
        assert!(setting.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", setting.name);
        assert!(!(setting.is_secret && setting.default.is_some()), "{}", setting.name);
    }
}

#[test]
fn secrets_are_made_once_and_only_the_owner_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = load_in(folder.path(), &[("DATA_DIR", &*data.to_string_lossy())]).unwrap();
    config.create_data_dir().unwrap();
    let first = Secrets::open(&config, &IdGenerator::from_seed(1)).unwrap();
    let second = Secrets::open(&config, &IdGenerator::from_seed(2)).unwrap();

    assert_eq!(fingerprint(&first.secret), fingerprint(&second.secret));
    assert_eq!(fingerprint(&first.secret).len(), 32);
    let event_key = std::fs::read_to_string(data.join("events.secret")).unwrap();
    assert!(event_key.starts_with("whsec_"));
    let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in ["secret", "events.secret", "health.keys"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_damaged_secret_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "not hexadecimal").unwrap();
    let config = load_in(folder.path(), &[("DATA_DIR", &*folder.path().to_string_lossy())]).unwrap();

    let failure = Secrets::open(&config, &IdGenerator::from_seed(1)).unwrap_err().to_string();
    assert!(failure.contains("is damaged"), "{failure}");
    assert_eq!(std::fs::read_to_string(folder.path().join("secret")).unwrap(), "not hexadecimal");
}

#[test]
fn an_embedded_database_is_a_file() {
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://:memory:", "sqlite:?mode=memory"] {
        assert_eq!(
            load("", &[("DATABASE_URL", url)]).unwrap_err(),
            "setting database_url: sqlite: must name a file that outlives the process, such as sqlite:./data/hearth.db"
        );
    }
}

#[test]
fn half_a_merchants_account_stops_the_start_and_says_what_is_missing() {
    let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/../familypay/src/wechat/testdata");
    let (key, platform) = (format!("{testdata}/merchant_key.pem"), format!("P1={testdata}/platform_public.pem"));
    let all = [
        ("PAYMENTS", "wechat_pay"),
        ("WECHAT_APP_ID", "wx1"),
        ("WECHAT_MERCHANT_ID", "1900000001"),
        ("WECHAT_KEY_SERIAL", "4A"),
        ("WECHAT_KEY_FILE", key.as_str()),
        ("WECHAT_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("WECHAT_PLATFORM_KEYS", platform.as_str()),
        ("WECHAT_NOTIFY_URL", "https://hearth.example/v1/pay/wechat"),
    ];
    let config = load("", &all).unwrap();
    assert_eq!(config.app.payments, PaymentProvider::WeChatPay);
    let shown = format!("{:?}", config.app.wechat_pay.unwrap());
    assert!(!shown.contains("0123456789abcdef") && !shown.contains("PRIVATE"), "{shown}");

    for missing in 1..all.len() {
        let rest: Vec<_> = all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, it)| *it).collect();
        let name = all[missing].0.to_lowercase();
        assert_eq!(load("", &rest).unwrap_err(), format!("setting {name} is needed with payments = wechat_pay"));
        // The account stays set while another moves the money: also then whole.
        assert_eq!(
            load("", &rest[1..]).unwrap_err(),
            format!("setting {name} is needed with the other wechat_… settings")
        );
    }
    let with = |name: &'static str, value: &'static str| {
        let changed: Vec<_> = all.iter().map(|&(it, kept)| if it == name { (it, value) } else { (it, kept) }).collect();
        load("", &changed).unwrap_err()
    };
    assert!(with("WECHAT_API_KEY", "short").contains("wechat_api_key"));
    assert!(!with("WECHAT_API_KEY", "short").contains("short"), "a secret is never shown");
    assert!(
        with("WECHAT_KEY_FILE", "/nowhere.pem").starts_with("setting wechat_key_file: could not read /nowhere.pem")
    );
    assert!(with("WECHAT_PLATFORM_KEYS", "P1").contains("is not of the form ID=FILE"));
    assert!(with("WECHAT_NOTIFY_URL", "https://hearth.example/pay").contains("wechat_notify_url"));
    assert!(with("WECHAT_NOTIFY_URL", "http://hearth.example/v1/pay/wechat").contains("wechat_notify_url"));
}

#[test]
fn voices_go_only_where_nobody_stands_between() {
    let model = |variables: &[(&str, &str)]| load("", variables).map(|config| config.transcription.map(|it| it.model));
    assert_eq!(model(&[]), Ok(None));
    let url = ("TRANSCRIPTION_URL", "https://speech.example/v1/audio/transcriptions");
    assert_eq!(model(&[url, ("TRANSCRIPTION_KEY", "k")]), Ok(Some("whisper-1".to_owned())));
    let here = ("TRANSCRIPTION_URL", "http://127.0.0.1:9000/v1/audio/transcriptions");
    assert_eq!(model(&[here, ("TRANSCRIPTION_MODEL", "large-v3")]), Ok(Some("large-v3".to_owned())));
    assert!(model(&[("TRANSCRIPTION_URL", "http://speech.example/")]).unwrap_err().contains("transcription_url"));
    assert_eq!(
        model(&[("TRANSCRIPTION_KEY", "k")]).unwrap_err(),
        "setting transcription_url is needed with transcription_key"
    );
}
