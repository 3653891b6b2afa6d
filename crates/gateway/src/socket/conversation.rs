//! One open socket, from the handshake to the close.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use app::Principal;
use async_graphql::Response as GraphqlResponse;
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream::BoxStream};
use kernel::{Fault, Locale};
use poem::web::websocket::Message;
use serde_json::value::RawValue;
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};

use super::{
    protocol::{self, End, Received, Sent},
    seats::Seat,
};
use crate::{
    http::{Charged, GraphqlBody, GraphqlDoor},
    limits::Network,
    refusal::Refusal,
};

/// Most operations of one socket at the same time.
const MAX_OPERATIONS: usize = 20;

/// Most messages of a client between two of our pings.
const MAX_MESSAGES_BETWEEN_PINGS: u32 = 1_000;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// From the handshake to `connection_init`.
    pub(super) init_within: Duration,
    /// Between two pings; at each the session is looked at too.
    pub(super) ping_every: Duration,
    /// One message, until the other side has taken it.
    pub(super) send_within: Duration,
    /// From our close to theirs.
    pub(super) close_within: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            init_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(25),
            send_within: Duration::from_secs(10),
            close_within: Duration::from_secs(1),
        }
    }
}

/// Where a socket comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) network: Network,
    pub(super) locale: Locale,
}

/// Why talking ended.
enum Over {
    /// We end it, and say why.
    Closed(End),
    /// The other side is gone, or takes nothing any more.
    Gone,
}

struct Operation {
    id: String,
    stream: BoxStream<'static, GraphqlResponse>,
    /// What it was charged; told with its first answer.
    charged: Option<Charged>,
}

pub(super) struct Conversation<S> {
    socket: S,
    door: Arc<GraphqlDoor>,
    seat: Seat,
    origin: Origin,
    pace: Pace,
    stopping: watch::Receiver<bool>,
    /// Who signed in on it, once somebody has.
    caller: Option<(Principal, String)>,
    operations: Vec<Operation>,
    is_answering: bool,
    messages: u32,
}

impl<S> Conversation<S>
where
    S: Stream<Item = io::Result<Message>> + Sink<Message, Error = io::Error> + Unpin,
{
    pub(super) fn new(
        socket: S,
        door: Arc<GraphqlDoor>,
        seat: Seat,
        origin: Origin,
        pace: Pace,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let (caller, operations) = (None, Vec::new());
        Self { socket, door, seat, origin, pace, stopping, caller, operations, is_answering: true, messages: 0 }
    }

    /// Talks until either side has enough.
    pub(super) async fn run(mut self) {
        let Err(over) = self.talk().await;
        self.operations.clear();
        if let Over::Closed(end) = over {
            metrics::counter!("hearth_sockets_closed_total", "code" => end.code.to_string()).increment(1);
            let close = Message::Close(Some((end.close_code(), end.reason)));
            if matches!(timeout(self.pace.send_within, self.socket.send(close)).await, Ok(Ok(()))) {
                // Hanging up before the other side has read the close would take it away from them again.
                let theirs = async { while let Some(Ok(_)) = self.socket.next().await {} };
                drop(timeout(self.pace.close_within, theirs).await);
            }
        }
    }

    async fn talk(&mut self) -> Result<std::convert::Infallible, Over> {
        let started = Instant::now();
        let init_until = tokio::time::sleep_until(started + self.pace.init_within);
        tokio::pin!(init_until);
        let mut pings = pings(self.pace.ping_every);
        loop {
            tokio::select! {
                biased;
                () = told_to_stop(&mut self.stopping) => return Err(Over::Closed(End::going_away())),
                () = &mut init_until, if self.caller.is_none() => {
                    return Err(Over::Closed(End::initialised_too_late()));
                }
                _ = pings.tick(), if self.caller.is_some() => self.ping().await?,
                received = self.socket.next() => {
                    let was_named = self.caller.is_some();
                    self.receive(received).await?;
                    if !was_named && self.caller.is_some() {
                        pings.reset();
                    }
                }
                (at, response) = NextOf(&mut self.operations) => self.answer(at, response).await?,
            }
        }
    }

    async fn receive(&mut self, received: Option<io::Result<Message>>) -> Result<(), Over> {
        let message = match received {
            None => return Err(Over::Gone),
            // A frame beyond the limit; where the connection itself broke, nobody hears this.
            Some(Err(_)) => return Err(Over::Closed(End::too_large())),
            Some(Ok(message)) => message,
        };
        self.is_answering = true;
        self.messages += 1;
        if self.messages > MAX_MESSAGES_BETWEEN_PINGS {
            return Err(Over::Closed(End::too_many_messages()));
        }
        match message {
            Message::Text(text) => match protocol::read(&text).map_err(Over::Closed)? {
                Received::Init { token } => self.init(token).await,
                Received::Ping => self.send(&Sent::plain("pong")).await,
                Received::Pong => Ok(()),
                Received::Subscribe { id, request } => self.subscribe(id, request).await,
                Received::Complete { id } => {
                    self.operations.retain(|operation| operation.id != id);
                    Ok(())
                }
            },
            Message::Binary(_) => Err(Over::Closed(End::bad_message("a message is text"))),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(Over::Gone),
        }
    }

    async fn init(&mut self, token: Option<String>) -> Result<(), Over> {
        if self.caller.is_some() {
            return Err(Over::Closed(End::initialised_twice()));
        }
        let token = token.ok_or(Over::Closed(End::forbidden()))?;
        let principal = self.find_caller(&token).await?;
        if !self.seat.name(principal.person) {
            return Err(Over::Closed(End::too_many_sockets()));
        }
        self.caller = Some((principal, token));
        self.send(&Sent::plain("connection_ack")).await
    }

    /// Who shows a token now; nobody any more, and the socket ends. (`&mut`: a stream of answers cannot be looked at by two.)
    async fn find_caller(&mut self, token: &str) -> Result<Principal, Over> {
        match self.door.app().authenticate(token).await {
            Ok(Some(principal)) => Ok(principal),
            Ok(None) => Err(Over::Closed(End::forbidden())),
            Err(fault) => Err(Over::Closed(broken(&fault))),
        }
    }

    async fn subscribe(&mut self, id: String, request: Result<GraphqlBody, Refusal>) -> Result<(), Over> {
        let Some((_, token)) = self.caller.clone() else { return Err(Over::Closed(End::unauthorized())) };
        if self.operations.iter().any(|operation| operation.id == id) {
            return Err(Over::Closed(End::subscriber_exists(&id)));
        }
        let principal = self.find_caller(&token).await?;
        let begun = if self.operations.len() >= MAX_OPERATIONS {
            let message = "at most twenty operations on one socket";
            Err(Refusal::bad_input("TOO_MANY_OPERATIONS", message))
        } else {
            request
                .and_then(|body| self.door.subscribe(body, (principal, token), self.origin.network, self.origin.locale))
        };
        match begun {
            Ok((stream, charged)) => {
                self.operations.push(Operation { id, stream, charged: Some(charged) });
                Ok(())
            }
            Err(refusal) => {
                let errors = self.door.refused_over_socket(&refusal);
                self.send(&Sent::error(&id, errors)).await
            }
        }
    }

    async fn answer(&mut self, at: usize, response: Option<GraphqlResponse>) -> Result<(), Over> {
        let Some(response) = response else {
            let operation = self.operations.remove(at);
            self.send(&Sent::complete(&operation.id)).await?;
            // Most often a feed ends because a session did.
            return self.look_at_session().await;
        };
        let operation = &mut self.operations[at];
        let is_first = operation.charged.is_some();
        // What fails before the first answer never began: an error, after which nothing comes.
        if is_first && !response.errors.is_empty() {
            let operation = self.operations.remove(at);
            let errors: Box<RawValue> = self.door.failed_over_socket(&response);
            return self.send(&Sent::error(&operation.id, errors)).await;
        }
        let (id, charged) = (operation.id.clone(), operation.charged.take());
        let answer = self.door.answer_over_socket(&response, charged);
        self.send(&Sent::next(&id, answer)).await
    }

    async fn ping(&mut self) -> Result<(), Over> {
        if !std::mem::replace(&mut self.is_answering, false) {
            return Err(Over::Closed(End::silent()));
        }
        self.messages = 0;
        self.look_at_session().await?;
        self.send(&Sent::plain("ping")).await
    }

    /// Ends the socket when its session has ended. A database that does not answer ends nothing: the next ping looks again.
    async fn look_at_session(&mut self) -> Result<(), Over> {
        let Some((_, token)) = &self.caller else { return Ok(()) };
        match self.door.app().authenticate(token).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Over::Closed(End::forbidden())),
            Err(fault) => {
                broken(&fault);
                Ok(())
            }
        }
    }

    async fn send(&mut self, message: &Sent<'_>) -> Result<(), Over> {
        let sending = self.socket.send(Message::Text(message.to_text()));
        match timeout(self.pace.send_within, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which only happens while the process ends.
    drop(stopping.wait_for(|&is_stopping| is_stopping).await);
}

fn broken(fault: &Fault) -> End {
    tracing::error!(error = fault.chain(), "The session of a socket could not be looked at");
    End::broken()
}

fn pings(every: Duration) -> Interval {
    let mut pings = interval_at(Instant::now() + every, every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}

/// The next answer of any of the operations, and whose it is. Pending while there are none.
struct NextOf<'a>(&'a mut Vec<Operation>);

impl Future for NextOf<'_> {
    type Output = (usize, Option<GraphqlResponse>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        for (at, operation) in self.0.iter_mut().enumerate() {
            if let Poll::Ready(response) = operation.stream.poll_next_unpin(context) {
                return Poll::Ready((at, response));
            }
        }
        Poll::Pending
    }
}
