//! What `/graphql/ws` asks of the door of `/graphql`: the same guard, the same buckets, the same words.

use app::{App, Bearer, Principal};
use async_graphql::{Request as GraphqlRequest, Response as GraphqlResponse, parser::types::OperationType};
use futures_util::stream::BoxStream;
use kernel::Locale;
use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::value::RawValue;

use super::{
    GraphqlBody, GraphqlDoor,
    answer::{self, Charged},
    graphql,
    media::Media,
    peer,
};
use crate::{guard, limits::Network, refusal::Refusal, schema::Session};

impl GraphqlDoor {
    /// The use-cases.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Where a request comes from.
    pub(crate) fn network(&self, request: &Request) -> Network {
        peer::network(request, &self.trusted_proxies)
    }

    /// In which language it wants to be answered.
    pub(crate) fn locale(&self, request: &Request) -> Locale {
        graphql::accepted_locale(request.headers())
    }

    /// Begins a subscription of somebody who is signed in.
    ///
    /// # Errors
    /// What the guard, the buckets and the transport refuse, in that order.
    pub(crate) fn subscribe(
        &self,
        body: GraphqlBody,
        caller: (Principal, String),
        network: Network,
        locale: Locale,
    ) -> Result<(BoxStream<'static, GraphqlResponse>, Charged), Refusal> {
        let (principal, token) = caller;
        let bearer = Bearer::Member(principal);
        let checked = guard::check(&body.query, body.operation_name.as_deref(), &body.variables)
            .map_err(|refusal| graphql::refusal_by_guard(&refusal))?;
        if checked.operation != OperationType::Subscription {
            let message = "only subscriptions run over a socket: POST queries and mutations to /graphql";
            return Err(Refusal::bad_input("NOT_A_SUBSCRIPTION", message));
        }
        let charged = self.charge(Some(bearer), network, &checked).map_err(|away| away.refusal)?;

        let session = Session::new(Some((bearer, token)), locale, std::sync::Arc::default());
        let mut request = GraphqlRequest::new(body.query).variables(body.variables).data(session);
        request.operation_name = body.operation_name;
        request.set_parsed_query(checked.document);
        Ok((self.open.execute_stream(request), charged))
    }

    /// The payload of a `next`; with the first, what the subscription cost.
    pub(crate) fn answer_over_socket(&self, response: &GraphqlResponse, charged: Option<Charged>) -> Box<RawValue> {
        answer::streamed(response, charged, || self.new_request_id())
    }

    /// The payload of an `error`, of what failed before anything was streamed.
    pub(crate) fn failed_over_socket(&self, response: &GraphqlResponse) -> Box<RawValue> {
        answer::failed(response, &self.new_request_id())
    }

    /// The payload of an `error`, of what was refused.
    pub(crate) fn refused_over_socket(&self, refusal: &Refusal) -> Box<RawValue> {
        answer::refused_entry(refusal, &self.new_request_id())
    }

    /// The answer to a handshake that is none.
    pub(crate) fn refuse_handshake(&self, status: StatusCode, refusal: &Refusal) -> Response {
        let mut response = answer::refused(Media::Json, status, refusal, &self.new_request_id());
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        response
    }
}
