use std::error::Error as _;

use kernel::{EmailAddress, Id, IdGenerator, Locale, Timestamp, kinds};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::Mailer;
use crate::{Mail, MailKey, Message, SignInCode, SmtpCredentials, SmtpSecurity, SmtpSettings};

fn from() -> EmailAddress {
    "hearth@operator.example".parse().unwrap()
}

fn noon() -> Timestamp {
    Timestamp::from_timestamp_millis(1_800_000_000_000).unwrap()
}

fn event() -> Id<kinds::Event> {
    "ev_018bcfe568007000800000000000000a".parse().unwrap()
}

fn mail(event: Id<kinds::Event>) -> Mail {
    Mail {
        key: MailKey { event, reaction: "send_sign_in_code", person: None },
        to: "wang@hearth.example".parse().unwrap(),
        locale: Locale::ZhCn,
        message: Message::SignInCode(SignInCode { code: "048213".to_owned(), valid_minutes: 10 }),
        sent_at: noon(),
    }
}

#[tokio::test]
async fn a_mail_file_can_be_read_without_a_mail_program() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("mails");

    Mailer::file(from(), folder.clone()).send(&mail(event())).await.unwrap();

    let eml =
        std::fs::read_to_string(folder.join("ev_018bcfe568007000800000000000000a.send_sign_in_code.eml")).unwrap();
    let lines: Vec<&str> = eml.lines().collect();
    for line in [
        "Message-ID: <ev_018bcfe568007000800000000000000a.send_sign_in_code@operator.example>",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000",
        "To: wang@hearth.example",
        "Auto-Submitted: auto-generated",
        "登录家账",
        "    048213",
        "10 分钟内有效，只能用一次。请不要告诉任何人。",
    ] {
        assert!(lines.contains(&line), "no line {line:?} in\n{eml}");
    }
    assert_eq!(eml.matches("Content-Transfer-Encoding: 8bit").count(), 2, "{eml}");
}

#[tokio::test]
async fn the_same_mail_again_replaces_its_file() {
    let home = tempfile::tempdir().unwrap();
    let mailer = Mailer::file(from(), home.path().to_owned());
    let read = || -> Vec<Vec<u8>> {
        std::fs::read_dir(home.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    };

    mailer.send(&mail(event())).await.unwrap();
    let first = read();
    mailer.send(&mail(event())).await.unwrap();

    assert_eq!(first.len(), 1);
    assert_eq!(read(), first);
}

#[tokio::test]
async fn mail_files_sort_by_time() {
    let home = tempfile::tempdir().unwrap();
    let mailer = Mailer::file(from(), home.path().to_owned());
    let ids = IdGenerator::from_seed(1);
    let events: Vec<Id<kinds::Event>> =
        (0..5).map(|seconds| ids.next_id(noon() + chrono::TimeDelta::seconds(seconds))).collect();

    for &event in events.iter().rev() {
        mailer.send(&mail(event)).await.unwrap();
    }

    let mut names: Vec<String> =
        std::fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, events.iter().map(|event| format!("{event}.send_sign_in_code.eml")).collect::<Vec<_>>());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_a_mail_file() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();

    Mailer::file(from(), home.path().to_owned()).send(&mail(event())).await.unwrap();

    let file = std::fs::read_dir(home.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn says_what_failed_when_the_folder_cannot_be_made() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a-file");
    std::fs::write(&file, "").unwrap();

    let fault = Mailer::file(from(), file.join("mails")).send(&mail(event())).await.unwrap_err();

    assert_eq!(fault.to_string(), "could not write a mail to its folder");
}

#[tokio::test]
async fn captures_what_would_be_sent() {
    let mailer = Mailer::capture(from());

    mailer.clone().send(&mail(event())).await.unwrap();

    let [captured] = mailer.captured().try_into().unwrap();
    assert_eq!(captured.to, mail(event()).to);
    assert_eq!(captured.subject, "您的登录验证码");
    assert_eq!(captured.message, mail(event()).message);
}

#[tokio::test]
async fn debug_never_shows_a_secret() {
    let mailer = Mailer::capture(from());
    mailer.send(&mail(event())).await.unwrap();
    let settings = settings(25, Some("geheim"));

    let shown = format!("{mailer:?} {:?} {:?} {settings:?}", mail(event()), mailer.captured());

    for secret in ["048213", "wang", "operator.example", "geheim"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn settings(port: u16, password: Option<&str>) -> SmtpSettings {
    let credentials =
        password.map(|password| SmtpCredentials { user: "hearth".to_owned(), password: password.to_owned() });
    SmtpSettings { host: "127.0.0.1".to_owned(), port, security: SmtpSecurity::None, credentials }
}

/// A mail server for one connection: answers `250` to everything but `refused`, and returns what it was told.
async fn serve_once(refused: &'static str, answer: &'static str) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut told = Vec::new();
        let mut is_mail = false;
        stream.write_all(b"220 test ESMTP\r\n").await.unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 0 {
            let text = line.trim_end_matches("\r\n").to_owned();
            line.clear();
            let answer = match text.as_str() {
                "." => "250 taken",
                _ if is_mail => "",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ if text.starts_with(refused) => answer,
                _ if text.starts_with("EHLO") => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                _ if text.starts_with("AUTH") => "235 welcome",
                _ => "250 fine",
            };
            is_mail = (is_mail || text == "DATA") && text != ".";
            let is_over = text == ".";
            told.push(text);
            if !answer.is_empty() {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            }
            if is_over {
                break;
            }
        }
        told
    });
    (port, told)
}

#[tokio::test]
async fn hands_a_mail_to_a_mail_server() {
    let (port, told) = serve_once("NOTHING", "").await;
    let mailer = Mailer::smtp(from(), &settings(port, Some("geheim"))).unwrap();

    mailer.send(&mail(event())).await.unwrap();

    let told = told.await.unwrap();
    for line in [
        "AUTH PLAIN AGhlYXJ0aABnZWhlaW0=",
        "MAIL FROM:<hearth@operator.example>",
        "RCPT TO:<wang@hearth.example>",
        "Message-ID: <ev_018bcfe568007000800000000000000a.send_sign_in_code@operator.example>",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        ".",
    ] {
        assert!(told.iter().any(|said| said == line), "no line {line:?} in\n{told:#?}");
    }
    assert!(told.iter().all(|line| line.is_ascii()), "travels through servers without 8BITMIME: {told:#?}");
}

#[tokio::test]
async fn a_refusal_by_the_server_names_its_code_but_no_address() {
    let (port, _told) = serve_once("RCPT", "550 5.1.1 <wang@hearth.example> nobody here").await;
    let mailer = Mailer::smtp(from(), &settings(port, None)).unwrap();

    let fault = mailer.send(&mail(event())).await.unwrap_err();

    assert_eq!(fault.chain(), "could not hand a mail to the mail server: the mail server answered 550");
}

#[tokio::test]
async fn an_absent_server_is_a_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);

    let fault = Mailer::smtp(from(), &settings(port, None)).unwrap().send(&mail(event())).await.unwrap_err();

    assert_eq!(fault.source().unwrap().to_string(), "the mail server could not be reached or hung up");
}

#[tokio::test]
async fn sends_nothing_when_the_promised_encryption_is_missing() {
    let (port, told) = serve_once("NOTHING", "").await;
    let settings = SmtpSettings { security: SmtpSecurity::StartTls, ..settings(port, Some("geheim")) };

    let fault = Mailer::smtp(from(), &settings).unwrap().send(&mail(event())).await.unwrap_err();

    assert_eq!(fault.to_string(), "could not hand a mail to the mail server");
    let told = told.await.unwrap();
    assert!(told.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{told:?}");
}
