//! A deployment to break: a database, six households with somebody signed in, a perk they can afford.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Engine, TestDb};

use super::{
    http::{self, Answer},
    server::{Server, free_address},
};
use crate::program::{hearth_on, wait_until};

/// Households of the load. Few, so that they meet on the same wallets.
pub(super) const HOUSEHOLDS: usize = 6;

/// What the one perk costs.
pub(super) const PRICE: i64 = 10;

const EVENT_KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A database that has been prepared and the ways into it.
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) url: String,
    /// Settings of every program of this deployment, beside the usual ones.
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    pub(super) perk: String,
    /// One person of each household, by the token they signed in with.
    pub(super) tokens: Vec<String>,
    /// When every order of the load was paid and picked up: the same at every try, or a retry would be another event.
    pub(super) ordered_at: String,
}

impl World {
    /// An embedded database in the world's own folder.
    pub(super) fn on_sqlite() -> Self {
        let folder = TempDir::with_prefix("hearth-faults-").unwrap();
        let url = format!("sqlite:{}", folder.path().join("hearth.db").display());
        Self::prepare(Engine::Sqlite, url, folder)
    }

    /// A database on a server.
    pub(super) fn on_postgres(url: String) -> Self {
        Self::prepare(Engine::Postgres, url, TempDir::with_prefix("hearth-faults-").unwrap())
    }

    fn prepare(engine: Engine, url: String, folder: TempDir) -> Self {
        let settings = vec![
            ("HEARTH_SECRET", "5a".repeat(32)),
            ("HEARTH_EVENTS_SECRET", EVENT_KEY.to_owned()),
            ("HEARTH_PENDING_DAYS", "0".to_owned()),
            // One person asks more in a second here than anybody does in a day.
            ("HEARTH_QUERY_COST_BUCKET", "1000000".to_owned()),
            ("HEARTH_QUERY_COST_PER_SECOND", "1000000".to_owned()),
        ];
        let ordered_at = kernel::Clock::now(&kernel::SystemClock) - chrono::TimeDelta::days(2);
        let ordered_at = ordered_at.format("%Y-%m-%dT00:00:00Z").to_string();
        let mut world = Self { engine, url, settings, folder, perk: String::new(), tokens: Vec::new(), ordered_at };
        let mut people = "household,person,person_name,role,email\n".to_owned();
        for number in 0..HOUSEHOLDS {
            people.push_str(&format!("H{number},P{number},邻居{number},owner,p{number}@hearth.example\n"));
        }
        fs::write(world.path("people.csv"), people).unwrap();
        let perk = [
            "perk",
            "define",
            "late-pick-up",
            "--name-zh",
            "延时自提",
            "--name-en",
            "Late pick-up",
            "--terms-zh",
            "次日",
            "--terms-en",
            "Next day",
            "--price",
            "10",
            "--limit",
            "1000000",
            "--stock",
            "1000000",
        ];
        world.run(&["earn-rule", "revise", "--points-per-yuan", "1", "--from", "2017-01-01"]);
        world.run(&["import", "households", "people.csv"]);
        world.run(&perk);
        let (server, _) = world.serve();
        world.perk = world.find_perk(server.address);
        world.tokens = (0..HOUSEHOLDS).map(|number| world.sign_in(server.address, number)).collect();
        world
    }

    /// The program with arguments, on this database.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hearth_on(self.folder.path(), &self.url, arguments);
        command.envs(self.settings.iter().map(|(name, value)| (*name, value.as_str())));
        command
    }

    /// Changes a setting for every program started from now on.
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// Runs a command of the program to its end and returns what it printed.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let ended = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {said}{}", String::from_utf8_lossy(&ended.stderr));
        said
    }

    /// Starts a server on a port of its own.
    pub(super) fn serve(&self) -> (Server, std::time::Duration) {
        let address = free_address();
        Server::start(self.command(&["serve"]), address, self.path(&format!("serve-{}.log", address.port())))
    }

    /// Starts a server within another program: that one's name and options, then ours.
    pub(super) fn serve_within<'a>(
        &self,
        program: &str,
        options: impl IntoIterator<Item = &'a str>,
    ) -> (Server, std::time::Duration) {
        let own = self.command(&["serve"]);
        let mut command = Command::new(program);
        command.args(options).arg(own.get_program()).args(own.get_args()).current_dir(self.folder.path()).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let address = free_address();
        Server::start(command, address, self.path(&format!("serve-{}.log", address.port())))
    }

    /// Starts again what was killed.
    pub(super) fn serve_again(&self, server: &Server) -> (Server, std::time::Duration) {
        Server::start(self.command(&["serve"]), server.address, server.log())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the database behind everybody's back.
    pub(super) async fn open(&self) -> TestDb {
        TestDb::open(self.engine, &self.url).await
    }

    /// The headers of an order event, signed as the order system signs.
    pub(super) fn sign(message: &str, body: &str) -> [(&'static str, String); 3] {
        let now = kernel::Clock::now(&kernel::SystemClock).timestamp();
        let signature = standardwebhooks::Webhook::new(EVENT_KEY).unwrap().sign(message, now, body.as_bytes()).unwrap();
        [("webhook-id", message.to_owned()), ("webhook-timestamp", now.to_string()), ("webhook-signature", signature)]
    }

    fn find_perk(&self, address: SocketAddr) -> String {
        let answer = ask(address, None, "{perks(first:1){nodes{id}}}", &json!({}));
        answer.body["data"]["perks"]["nodes"][0]["id"].as_str().unwrap().to_owned()
    }

    fn sign_in(&self, address: SocketAddr, number: usize) -> String {
        let person = format!("p{number}@hearth.example");
        let request = "mutation($a:String!){requestSignInCode(input:{address:$a}){userErrors{message}}}";
        ask(address, None, request, &json!({ "a": person }));
        let mut code = None;
        wait_until("the code is mailed", || {
            code = self.mailed_code(&person);
            code.is_some()
        });
        let sign_in = "mutation($a:String!,$c:String!){signIn(input:{address:$a,code:$c}){token}}";
        let answer = ask(address, None, sign_in, &json!({ "a": person, "c": code }));
        answer.body["data"]["signIn"]["token"].as_str().unwrap().to_owned()
    }

    /// The code stands on a line of its own.
    fn mailed_code(&self, person: &str) -> Option<String> {
        let mails = fs::read_dir(self.path("data/mail")).ok()?;
        let texts = mails.filter_map(|mail| {
            let path = mail.ok()?.path();
            path.extension().is_some_and(|kind| kind == "eml").then(|| fs::read_to_string(path).ok())?
        });
        let mut own = texts.filter(|text| text.contains(person));
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        own.next()?.lines().map(str::trim).find(is_code).map(str::to_owned)
    }
}

/// Asks the GraphQL door something that must be answered.
pub(super) fn ask(address: SocketAddr, token: Option<&str>, query: &str, variables: &Value) -> Answer {
    let authorization = token.map(|token| ("authorization", format!("Bearer {token}")));
    let body = json!({ "query": query, "variables": variables }).to_string();
    let headers: Vec<_> = authorization.into_iter().collect();
    http::post(http::connect(address).unwrap(), "/graphql", &headers, &body).unwrap()
}
