//! A mail server on this machine, of the kind that takes what it is given: enough SMTP to be spoken to by a real client.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A mail as it was taken: who it is from and to by the envelope, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenMail {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) data: String,
}

impl TakenMail {
    /// A header's value, unfolded.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let lines: Vec<&str> = head.split("\r\n").filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
        assert_eq!(lines.len(), 1, "{name} in {head}");
        lines[0].to_owned()
    }

    /// The six digits on a line of their own.
    pub(crate) fn code(&self) -> String {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        self.data.split("\r\n").map(str::trim).find(is_code).expect("a code was mailed").to_owned()
    }
}

/// What a server says of encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartTls {
    /// Never heard of it.
    Absent,
    /// Takes no mail without it, and then speaks no TLS.
    Demanded,
}

/// A running server; gone when dropped, with every connection to it.
pub(crate) struct SmtpServer {
    address: SocketAddr,
    start_tls: StartTls,
    mails: Arc<Mutex<Vec<TakenMail>>>,
    commands: Arc<Mutex<Vec<String>>>,
    server: Option<JoinHandle<()>>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl SmtpServer {
    pub(crate) async fn start(start_tls: StartTls) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server = Self {
            address: listener.local_addr().unwrap(),
            start_tls,
            mails: Arc::default(),
            commands: Arc::default(),
            server: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let (mails, commands, start_tls) = (Arc::clone(&self.mails), Arc::clone(&self.commands), self.start_tls);
        self.server = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(talk(stream, start_tls, Arc::clone(&mails), Arc::clone(&commands)));
            }
        }));
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every mail taken so far.
    pub(crate) fn mails(&self) -> Vec<TakenMail> {
        self.mails.lock().unwrap().clone()
    }

    /// Every command heard so far.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    /// Hangs up on everybody and stops listening.
    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
        }
    }

    /// Listens again on the same port, as a server does that was restarted.
    pub(crate) async fn start_again(&mut self) {
        // The old listener goes with its task, a moment after it was told to.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.serve(listener);
    }
}

async fn talk(
    stream: TcpStream,
    start_tls: StartTls,
    mails: Arc<Mutex<Vec<TakenMail>>>,
    commands: Arc<Mutex<Vec<String>>>,
) {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to) = (String::new(), String::new());
    let mut answer = "220 here ESMTP\r\n".to_owned();
    loop {
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        let Some(command) = line(&mut stream).await else { return };
        commands.lock().unwrap().push(command.clone());
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let is_closed = start_tls == StartTls::Demanded;
        answer = match verb.as_str() {
            "EHLO" if is_closed => "250-here\r\n250-8BITMIME\r\n250 STARTTLS\r\n".to_owned(),
            "EHLO" => "250-here\r\n250 8BITMIME\r\n".to_owned(),
            "STARTTLS" => "220 go ahead\r\n".to_owned(),
            "MAIL" if is_closed => "530 5.7.0 Must issue a STARTTLS command first\r\n".to_owned(),
            "MAIL" => {
                from = between(&command);
                "250 fine\r\n".to_owned()
            }
            "RCPT" => {
                to = between(&command);
                "250 fine\r\n".to_owned()
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let Some(data) = data(&mut stream).await else { return };
                mails.lock().unwrap().push(TakenMail { from: from.clone(), to: to.clone(), data });
                "250 taken\r\n".to_owned()
            }
            _ => "250 fine\r\n".to_owned(),
        };
    }
}

fn between(command: &str) -> String {
    command.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    // Bytes, because a client that begins a handshake sends no text.
    let read = stream.read_until(b'\n', &mut bytes).await.ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}

async fn data(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut data = String::new();
    loop {
        let line = line(stream).await?;
        if line == "." {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push_str("\r\n");
    }
}
