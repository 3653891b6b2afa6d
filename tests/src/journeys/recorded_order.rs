//! Her phone cannot write down what she says: the recording is sent to a service the operator names, and the words come back.

use std::sync::{Arc, Mutex};

use gateway::{GatewayOptions, TranscriptionOptions};
use poem::{Endpoint, EndpointExt, Request, Response, Route, Server, listener::TcpAcceptor};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::found;

const KEY: &str = "sk-of-the-operator";

/// A made-up recording, with bytes that no text has.
const RECORDING: &[u8] = b"\x00\xffRIFF two jin of oranges\r\n--\r\n";

/// What the service is asked with.
#[derive(Debug, Clone)]
struct Asked {
    authorization: Option<String>,
    content_type: String,
    body: Vec<u8>,
}

/// A service that hears always the same.
struct Service {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Hears {
    status: StatusCode,
    answer: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Endpoint for Hears {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let header = |name| request.header(name).map(str::to_owned);
        let (authorization, content_type) = (header("authorization"), header("content-type").unwrap());
        let body = request.take_body().into_vec().await.unwrap();
        self.asked.lock().unwrap().push(Asked { authorization, content_type, body });
        let answer = Response::builder().status(poem::http::StatusCode::from_u16(self.status.as_u16()).unwrap());
        Ok(answer.content_type("application/json").body(self.answer.clone()))
    }
}

impl Service {
    fn start(status: StatusCode, answer: impl Into<String>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/v1/audio/transcriptions", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let hears = Hears { status, answer: answer.into(), asked: Arc::clone(&asked) };
        let routes = Route::new().at("/v1/audio/transcriptions", hears).boxed();
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(routes).await.unwrap() });
        Self { url, asked, server }
    }

    fn options(&self) -> GatewayOptions {
        let (url, key) = (self.url.clone(), Some(KEY.to_owned()));
        let transcription = Some(TranscriptionOptions { url, key, model: "whisper-1".to_owned() });
        GatewayOptions { transcription, ..GatewayOptions::default() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// The status, `Retry-After` and the answer.
async fn send(
    door: &Door<'_>,
    token: Option<&str>,
    kind: &str,
    recording: Vec<u8>,
) -> (StatusCode, Option<String>, Value) {
    let response = door.post("/v1/transcriptions", token, kind, recording).await;
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (response.status(), retry_after, response.json().await.unwrap())
}

/// The code of a refusal, and its status.
async fn refused(door: &Door<'_>, token: Option<&str>, kind: &str, recording: Vec<u8>) -> (u16, String) {
    let (status, _, problem) = send(door, token, kind, recording).await;
    (status.as_u16(), problem["code"].as_str().unwrap().to_owned())
}

on_both_engines! {
    async fn what_was_recorded_comes_back_as_words_and_is_kept_nowhere(world: TestApp) {
        let service = Service::start(StatusCode::OK, json!({ "text": " 两斤橘子,一板鸡蛋 ", "usage": {} }).to_string());
        let door = Door::open_with(&world, service.options()).await;
        found(world.app(), "H-WANG").await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;

        let (status, _, answer) = send(&door, Some(&token), "audio/webm;codecs=opus", RECORDING.to_vec()).await;

        assert_eq!((status, answer), (StatusCode::OK, json!({ "transcript": "两斤橘子,一板鸡蛋" })));
        let [asked] = service.asked().try_into().unwrap();
        assert_eq!(asked.authorization.as_deref(), Some("Bearer sk-of-the-operator"));
        assert!(asked.content_type.starts_with("multipart/form-data; boundary="), "{}", asked.content_type);
        assert!(asked.body.windows(RECORDING.len()).any(|part| part == RECORDING), "the recording whole");
        let form = String::from_utf8_lossy(&asked.body);
        for part in ["name=\"file\"; filename=\"recording.webm\"", "audio/webm", "name=\"model\"", "whisper-1", "name=\"language\""] {
            assert!(form.contains(part), "{part} in {form}");
        }
        assert!(!form.contains("wang"), "nobody is named to the service");
    }

    async fn a_recording_that_is_none_never_reaches_the_service(world: TestApp) {
        let service = Service::start(StatusCode::OK, json!({ "text": "橘子" }).to_string());
        let door = Door::open_with(&world, service.options()).await;
        found(world.app(), "H-WANG").await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        let bearer = format!("Bearer {token}");
        let token = Some(token.as_str());
        let wav = "audio/wav";
        for (token, kind, recording, expected) in [
            (None, wav, RECORDING.to_vec(), (401, "UNAUTHENTICATED")),
            (Some("nobody"), wav, RECORDING.to_vec(), (401, "UNAUTHENTICATED")),
            (token, "video/mp4", RECORDING.to_vec(), (415, "UNSUPPORTED_MEDIA_TYPE")),
            (token, "application/json", b"{}".to_vec(), (415, "UNSUPPORTED_MEDIA_TYPE")),
            (token, wav, Vec::new(), (400, "EMPTY_RECORDING")),
        ] {
            let (status, code) = refused(&door, token, kind, recording).await;
            assert_eq!((status, code.as_str()), expected, "{kind}");
        }
        // Without a network between: who sends too much may find the connection closed before the answer.
        let routes = gateway::routes(world.app().clone(), &service.options());
        let large = Request::builder()
            .method(poem::http::Method::POST)
            .uri_str("/v1/transcriptions")
            .header("authorization", bearer)
            .header("content-type", wav)
            .body(vec![0; 2 * 1024 * 1024 + 1]);
        assert_eq!(routes.call(large).await.unwrap().status().as_u16(), 413);
        assert_eq!(door.post("/v1/transcriptions", token, wav, vec![1]).await.status(), StatusCode::OK);
        assert_eq!(service.asked().len(), 1);
    }

    async fn a_service_that_fails_or_babbles_is_named_as_such(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let endless = json!({ "text": "橘".repeat(40_000) }).to_string();
        for (status, answer) in [
            (StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
            (StatusCode::UNAUTHORIZED, "{\"error\":{\"message\":\"sk-of-the-operator is wrong\"}}".to_owned()),
            (StatusCode::OK, "<html>".to_owned()),
            (StatusCode::OK, "{\"words\":1}".to_owned()),
            (StatusCode::OK, endless),
        ] {
            let service = Service::start(status, answer);
            let door = Door::open_with(&world, service.options()).await;
            let token = door.sign_in("h-wang-owner@hearth.example").await;
            let (status, retry_after, problem) = send(&door, Some(&token), "audio/mp4", RECORDING.to_vec()).await;
            assert_eq!((status, retry_after.as_deref()), (StatusCode::SERVICE_UNAVAILABLE, Some("30")));
            assert_eq!(problem["code"], "TRANSCRIPTION_UNAVAILABLE");
            assert!(!problem.to_string().contains("sk-"), "{problem}");
        }
    }

    async fn one_voice_is_heard_ten_times_a_minute_and_without_a_service_not_at_all(world: TestApp) {
        let service = Service::start(StatusCode::OK, json!({ "text": "" }).to_string());
        let door = Door::open_with(&world, service.options()).await;
        found(world.app(), "H-WANG").await;
        found(world.app(), "H-LI").await;
        let wang = door.sign_in("h-wang-owner@hearth.example").await;
        let li = door.sign_in("h-li-owner@hearth.example").await;
        for _ in 0..10 {
            let (_, _, answer) = send(&door, Some(&wang), "audio/amr", RECORDING.to_vec()).await;
            assert_eq!(answer, json!({ "transcript": "" }));
        }
        let (status, retry_after, problem) = send(&door, Some(&wang), "audio/amr", RECORDING.to_vec()).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (429, Some("RATE_LIMITED")));
        assert!(retry_after.unwrap().parse::<u32>().unwrap() <= 6);
        assert_eq!(send(&door, Some(&li), "audio/amr", RECORDING.to_vec()).await.0, StatusCode::OK, "each has their own");

        let none = Door::open(&world).await;
        let off = refused(&none, Some(&li), "audio/amr", RECORDING.to_vec()).await;
        assert_eq!(off, (404, "TRANSCRIPTION_OFF".to_owned()));
    }
}
