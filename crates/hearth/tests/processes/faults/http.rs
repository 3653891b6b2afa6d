//! One request on a connection of its own, as a client sees it: an answer, or no answer, which says nothing about what was done.

use std::{
    io::{Error, ErrorKind, Read, Result, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a client waits for an answer. Above every limit of the server, so that it is the server's answer we judge.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    /// The header of that name, in seconds.
    pub(super) retry_after: Option<u64>,
    /// From the first byte sent to the last one read.
    pub(super) took: Duration,
}

impl Answer {
    /// The code of a refusal, wherever this door puts it.
    pub(super) fn code(&self) -> &str {
        let of_graphql = &self.body["errors"][0]["extensions"]["code"];
        self.body["code"].as_str().or(of_graphql.as_str()).unwrap_or("")
    }
}

/// Connects. A failure means that nothing was sent.
pub(super) fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends a `POST` of JSON and reads its answer. A failure means that nobody knows what was done.
pub(super) fn post(mut stream: TcpStream, path: &str, headers: &[(&str, String)], body: &str) -> Result<Answer> {
    let begun = Instant::now();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: hearth\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/graphql-response+json\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&bytes, begun.elapsed()).ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "the answer broke off"))
}

/// The status a `GET` is answered with; `None` when nobody answers.
pub(super) fn get_status(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: hearth\r\nConnection: close\r\n\r\n").ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let head = String::from_utf8_lossy(&bytes);
    head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// An answer, if it is whole.
fn read(bytes: &[u8], took: Duration) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let header = |wanted: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim());
        values.next().and_then(|value| value.parse::<u64>().ok())
    };
    let body = &bytes[end + 4..];
    let is_whole = header("content-length").is_some_and(|length| length == u64::try_from(body.len()).unwrap());
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    is_whole.then(|| Answer {
        status,
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
        retry_after: header("retry-after"),
        took,
    })
}
