//! `POST /graphql`: the door, in the order in which it turns requests away.

use std::{net::IpAddr, sync::Arc, time::Duration};

use app::{App, Bearer};
use async_graphql::{Request as GraphqlRequest, Variables, parser::types::OperationType};
use kernel::{Fault, Locale};
use poem::{
    Endpoint, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use super::{
    BodyError,
    answer::{self, Charged},
    body::{self, GraphqlBody, StrictObject},
    documents::Documents,
    media::{self, Media},
    peer,
    persisted::is_persisted,
};
use crate::{
    GatewayOptions,
    guard::{self, Checked, GuardRefusal},
    identity::Identity,
    limits::{Caller, Exhausted, Limits, Network},
    refusal::{ErrorCode, Refusal},
    schema::{HearthSchema, Notes, Session},
};

/// Longest body, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a request may run. Longer means a defect or a stuck database; what it was doing rolls back.
const EXECUTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything `/graphql` needs, built once.
pub(crate) struct GraphqlDoor {
    pub(super) app: App,
    /// For everybody outside production, and for people signed in.
    pub(super) open: HearthSchema,
    /// For strangers in production: no suggestions of what they might have meant.
    quiet: HearthSchema,
    documents: Documents,
    limits: Limits,
    is_production: bool,
    pub(super) trusted_proxies: Vec<IpAddr>,
}

/// A request the door turns away, with the status for clients that read statuses.
pub(super) struct TurnedAway {
    status: StatusCode,
    /// The status for `application/json`: 200 once the request itself was well-formed.
    json_status: StatusCode,
    pub(super) refusal: Refusal,
    /// For the log alone, where the fault is ours.
    why: Option<String>,
}

impl TurnedAway {
    fn by_transport(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, json_status: status, refusal, why: None }
    }

    /// The request was well-formed, so old clients are answered with 200.
    fn by_graphql(refusal: Refusal) -> Self {
        Self { json_status: StatusCode::OK, ..Self::by_transport(StatusCode::BAD_REQUEST, refusal) }
    }

    /// We broke. What happened is for the log, told there once with the request id of the answer.
    fn broken(status: StatusCode, why: String) -> Self {
        Self { why: Some(why), ..Self::by_transport(status, answer::unknown_outcome()) }
    }

    /// We could not even find out who is calling.
    fn before_anything_ran(fault: &Fault) -> Self {
        let refusal = answer::refusal_of(fault.kind(), OperationType::Query);
        Self { why: Some(fault.chain()), ..Self::by_transport(StatusCode::SERVICE_UNAVAILABLE, refusal) }
    }

    fn malformed(refusal: Refusal) -> Self {
        Self::by_transport(StatusCode::BAD_REQUEST, refusal)
    }

    fn rate_limited(reason: &'static str, message: &'static str, exhausted: Exhausted) -> Self {
        let refusal = Refusal::rate_limited(reason, message, exhausted.retry_after);
        Self::by_transport(StatusCode::TOO_MANY_REQUESTS, refusal)
    }
}

impl Endpoint for GraphqlDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let media = Media::accepted(request.headers());
        Ok(match self.answer(media, request).await {
            Ok(response) => response,
            Err(away) => self.turn_away(media.unwrap_or(Media::Json), &away),
        })
    }
}

impl GraphqlDoor {
    pub(crate) fn new(app: App, options: &GatewayOptions) -> Self {
        let clock = governor::clock::DefaultClock::default();
        let identity = options.identity.clone().map(|options| Arc::new(Identity::new(options)));
        let schema = || crate::schema::build(app.clone(), identity.clone(), options.private_addresses);
        Self {
            open: schema().finish(),
            quiet: schema().disable_suggestions().finish(),
            documents: Documents::new(),
            limits: Limits::new(
                options.cost_bucket,
                (options.sign_in_attempts_per_minute, options.invitation_attempts_per_hour),
                &clock,
            ),
            is_production: options.production,
            trusted_proxies: options.trusted_proxies.clone(),
            app,
        }
    }

    async fn answer(&self, media: Option<Media>, mut request: Request) -> Result<Response, TurnedAway> {
        let network = peer::network(&request, &self.trusted_proxies);
        let locale = accepted_locale(request.headers());
        let body = read_request(media, &mut request).await?;
        let media = media.ok_or_else(nothing_acceptable)?;
        let caller = self.authenticate(request.headers()).await?;
        let bearer = caller.as_ref().map(|(bearer, _)| *bearer);
        let document =
            self.documents.parse(&body.query).map_err(|refusal| TurnedAway::by_graphql(refusal_by_guard(&refusal)))?;
        let checked = guard::judge(document, body.operation_name.as_deref(), &body.variables)
            .map_err(|refusal| TurnedAway::by_graphql(refusal_by_guard(&refusal)))?;

        self.refuse_introspection(bearer, &checked)?;
        let charged = self.charge(bearer, network, &checked)?;

        let notes = Arc::new(Notes::default());
        let schema = if self.is_production && bearer.is_none() { &self.quiet } else { &self.open };
        let session = Session::new(caller, locale, Arc::clone(&notes)).at_network(network);
        let operation = checked.operation;
        let response = execute(schema, body, checked, session).await?;
        Ok(answer::executed(media, operation, &response, charged, &notes, || self.new_request_id()))
    }

    /// Who is calling. No token is a stranger; a token that is not good is refused, so that a client notices.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<(Bearer, String)>, TurnedAway> {
        let refuse = || {
            let message = "the token is not, or no longer, good: sign in again, or send no Authorization header";
            TurnedAway::by_transport(StatusCode::UNAUTHORIZED, Refusal::new(ErrorCode::Unauthenticated, message))
        };
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let token = (values.next().is_none()).then(|| bearer_token(value)).flatten().ok_or_else(refuse)?;
        let bearer = self.app.authenticate_bearer(token).await;
        let bearer = bearer.map_err(|fault| TurnedAway::before_anything_ran(&fault))?;
        bearer.map(|bearer| Some((bearer, token.to_owned()))).ok_or_else(refuse)
    }

    /// The schema is no secret, but a stranger in production gets it from `/schema.graphql`, not from our processors.
    fn refuse_introspection(&self, bearer: Option<Bearer>, checked: &Checked) -> Result<(), TurnedAway> {
        if !(self.is_production && bearer.is_none() && checked.introspects) {
            return Ok(());
        }
        let message = "sign in to introspect, or read /schema.graphql";
        Err(TurnedAway::by_graphql(Refusal::bad_input("INTROSPECTION_OFF", message)))
    }

    /// Takes the cost from the caller's bucket and counts attempts to sign in and to open invitations, before anything runs.
    pub(super) fn charge(
        &self,
        bearer: Option<Bearer>,
        network: Network,
        checked: &Checked,
    ) -> Result<Charged, TurnedAway> {
        self.limits.count_sign_in_attempts(network, checked.sign_in_attempts).map_err(|exhausted| {
            TurnedAway::rate_limited("SIGN_IN_ATTEMPTS", "too many sign-in attempts from this network", exhausted)
        })?;
        self.limits.count_invitation_attempts(network, checked.invitation_attempts).map_err(|exhausted| {
            let message = "too many attempts to open an invitation from this network";
            TurnedAway::rate_limited("INVITATION_ATTEMPTS", message, exhausted)
        })?;
        let caller = match bearer {
            Some(Bearer::Member(principal)) => Caller::Person(principal.person),
            Some(Bearer::Staff(principal)) => Caller::Staff(principal.staff),
            None => Caller::Network(network),
        };
        let left = self.limits.spend(caller, checked.cost).map_err(|exhausted| {
            TurnedAway::rate_limited("COST_BUCKET_EMPTY", "your query cost bucket is empty for the moment", exhausted)
        })?;
        Ok(Charged { cost: checked.cost, left, bucket: self.limits.bucket() })
    }

    fn turn_away(&self, media: Media, away: &TurnedAway) -> Response {
        let status = match media {
            Media::GraphqlResponse => away.status,
            Media::Json => away.json_status,
        };
        let request_id = self.new_request_id();
        if let Some(why) = &away.why {
            tracing::error!(request.id = request_id, "Request {request_id} failed: {why}");
        }
        let mut response = answer::refused(media, status, &away.refusal, &request_id);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    pub(super) fn new_request_id(&self) -> String {
        super::new_request_id(&self.app)
    }
}

/// What the guard refused, in the closed set of codes.
pub(super) fn refusal_by_guard(refusal: &GuardRefusal) -> Refusal {
    let code = match refusal {
        GuardRefusal::TooCostly { .. } => ErrorCode::CostExceeded,
        GuardRefusal::DocumentTooLong
        | GuardRefusal::NestedTooDeep
        | GuardRefusal::TooManyTokens
        | GuardRefusal::UnendedString
        | GuardRefusal::DuplicateInputField { .. }
        | GuardRefusal::Syntax(_)
        | GuardRefusal::FragmentCycle
        | GuardRefusal::TooManySelections
        | GuardRefusal::TooManyAliases
        | GuardRefusal::TooManyRootFields
        | GuardRefusal::TooManyMutations
        | GuardRefusal::TooDeep
        | GuardRefusal::NoSuchOperation
        | GuardRefusal::OperationNameMissing
        | GuardRefusal::VariableMissing { .. }
        | GuardRefusal::NotOneSubscription => ErrorCode::BadUserInput,
    };
    Refusal {
        reason: Some(refusal.reason()),
        positions: refusal.positions(),
        ..Refusal::new(code, refusal.to_string())
    }
}

/// Runs what passed. Dropping it at the time-out rolls back what was not committed.
async fn execute(
    schema: &HearthSchema,
    body: GraphqlBody,
    checked: Checked,
    session: Session,
) -> Result<async_graphql::Response, TurnedAway> {
    let mut request = GraphqlRequest::new(body.query).variables(body.variables).data(session);
    request.operation_name = body.operation_name;
    request.set_parsed_query(checked.document);
    let running = tokio::time::timeout(EXECUTION_TIMEOUT, schema.execute(request));
    running
        .await
        .map_err(|_| TurnedAway::broken(StatusCode::GATEWAY_TIMEOUT, "ran too long and was dropped".to_owned()))
}

/// Reads the request of either method; only `GET` finds its document in the address, and only a persisted one.
async fn read_request(media: Option<Media>, request: &mut Request) -> Result<GraphqlBody, TurnedAway> {
    if request.method() == Method::GET
        && let Some(body) = persisted_request(request)?
    {
        return Ok(body);
    }
    if request.method() != Method::POST {
        let message = "send a POST with a JSON body; GET runs persisted documents only, and never a mutation";
        let refusal = Refusal::bad_input("METHOD_NOT_ALLOWED", message);
        return Err(TurnedAway::by_transport(StatusCode::METHOD_NOT_ALLOWED, refusal));
    }
    media.ok_or_else(nothing_acceptable)?;
    if !media::is_plain_json(request.headers()) {
        let refusal = Refusal::bad_input("UNSUPPORTED_MEDIA_TYPE", "send application/json in UTF-8, not packed");
        return Err(TurnedAway::by_transport(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal));
    }
    let bytes = super::read_body(request, MAX_BODY_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge => TurnedAway::by_transport(
            StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::bad_input("BODY_TOO_LARGE", format!("the body is longer than {MAX_BODY_BYTES} bytes")),
        ),
        BodyError::Incomplete => {
            TurnedAway::malformed(Refusal::bad_input("MALFORMED_BODY", "the body did not arrive whole, or not in time"))
        }
    })?;
    body::read(&bytes).map_err(TurnedAway::malformed)
}

/// What a `GET` may run, from its query string; `None` when it names no persisted document.
fn persisted_request(request: &Request) -> Result<Option<GraphqlBody>, TurnedAway> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Parameters {
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
    }
    let Ok(parameters) = request.params::<Parameters>() else { return Ok(None) };
    let Some(query) = parameters.query.filter(|query| is_persisted(query)) else { return Ok(None) };
    let variables = match parameters.variables {
        None => Variables::default(),
        Some(json) => serde_json::from_str::<StrictObject>(&json)
            .map_err(|error| {
                TurnedAway::malformed(Refusal::bad_input("MALFORMED_BODY", format!("variables: {error}")))
            })?
            .into_variables(),
    };
    Ok(Some(GraphqlBody { query, operation_name: parameters.operation_name, variables }))
}

fn nothing_acceptable() -> TurnedAway {
    let message = "answers come in application/graphql-response+json or application/json";
    TurnedAway::by_transport(StatusCode::NOT_ACCEPTABLE, Refusal::bad_input("NOT_ACCEPTABLE", message))
}

pub(crate) fn bearer_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer")).then_some(token.trim()).filter(|token| !token.is_empty())
}

pub(super) fn accepted_locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map_or_else(Locale::default, Locale::from_accept_language)
}
