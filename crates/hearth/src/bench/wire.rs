//! As much HTTP/1.1 as a load generator needs: requests prepared as bytes, answers read off a connection kept alive.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Failure;

/// The longest answer read, its head included.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;

/// A connection kept alive.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects, without waiting to fill packets.
    ///
    /// # Errors
    /// The operating system's own.
    pub async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES) })
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// A [`Failure`] when the connection breaks or what comes back is no answer we can read.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, Failure> {
        let lost = |error| Failure::because("a connection broke", error);
        self.stream.write_all(request).await.map_err(lost)?;
        self.buffer.clear();
        loop {
            self.buffer.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.buffer).await.map_err(lost)? == 0 {
                return Err(Failure::new("the server closed a connection in the middle of an answer"));
            }
            if let Some(head) = read_head(&self.buffer)? {
                let length = head.bytes + head.body_bytes;
                if self.buffer.len() >= length {
                    return Ok(Answer { status: head.status, body: &self.buffer[head.bytes..length] });
                }
            }
            if self.buffer.len() > MAX_ANSWER_BYTES {
                return Err(Failure::new("an answer is longer than 1 MiB"));
            }
        }
    }
}

struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

/// The head of an answer; `None` while it is not whole. Every answer we ask for announces its length.
fn read_head(bytes: &[u8]) -> Result<Option<Head>, Failure> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let unreadable = || Failure::new("the server's answer has no status or no length");
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| unreadable())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).and_then(|line| line.get(..3));
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    });
    let status = status.and_then(|status| status.parse().ok()).ok_or_else(unreadable)?;
    Ok(Some(Head { status, bytes: end + 4, body_bytes: length.ok_or_else(unreadable)? }))
}

/// A `GET` that asks for nothing.
#[must_use]
pub fn get(address: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes()
}

/// A GraphQL query by somebody signed in.
#[must_use]
pub fn graphql(address: &str, token: &str, query: &str) -> Vec<u8> {
    let body = serde_json::json!({ "query": query }).to_string();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/graphql-response+json\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::{Answer, Connection, read_head};

    #[tokio::test]
    async fn reads_answers_that_come_in_pieces() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            for piece in ["HTTP/1.1 200 OK\r\ncontent-", "length: 5\r\n\r\nhe", "llo"] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            request
        });

        let mut connection = Connection::open(&address).await.unwrap();
        assert_eq!(connection.exchange(b"ping").await.unwrap(), Answer { status: 200, body: b"hello" });
        assert_eq!(server.await.unwrap(), *b"ping");
    }

    #[test]
    fn refuses_an_answer_without_a_length() {
        assert!(read_head(b"HTTP/1.1 200 OK\r\nserver: x\r\n\r\n").is_err());
        assert!(read_head(b"HTTP/1.1 200 OK\r\nserver: x\r\n").unwrap().is_none());
    }
}
