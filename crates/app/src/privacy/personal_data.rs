use std::collections::HashSet;

use accounts::{PastMembership, store};
use chrono::SecondsFormat;
use entitlements::store::GrantPosition;
use kernel::{Actor, Fault, Id, Timestamp, kinds};
use ledger::{Posting, store::StatementPosition};

use crate::App;

/// Most rows of one kind and household; beyond it [`PersonalData::is_complete`] is false and staff make the rest.
const MAX_ROWS: usize = 10_000;

/// How many postings or grants are read at once.
const ROWS_PER_READ: usize = 500;

/// How many reads that makes.
const MAX_READS: usize = MAX_ROWS / ROWS_PER_READ;

/// Everything kept about one person, for that person: a table per kind of fact.
#[derive(Clone)]
pub struct PersonalData {
    /// When it was put together.
    pub made_at: Timestamp,
    /// Whether every row is in it.
    pub is_complete: bool,
    /// The tables.
    pub sections: Vec<Section>,
}

impl std::fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonalData(…)")
    }
}

/// One kind of fact.
#[derive(Clone)]
pub struct Section {
    /// Its name, in both files.
    pub name: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// As many texts a row as there are columns; empty where nothing is known.
    pub rows: Vec<Vec<String>>,
}

impl App {
    /// Puts together what is kept about a person.
    pub(super) async fn personal_data(&self, person: Id<kinds::Person>) -> Result<PersonalData, Fault> {
        let reader = self.reader();
        let memberships = store::list_past_memberships(&reader, person).await?;
        let mut sections = self.people_sections(person, &memberships).await?;
        let mut is_complete = true;
        let (mut orders, mut lines, mut grants) = (Vec::new(), Vec::new(), Vec::new());
        for PastMembership { household, .. } in &memberships {
            let found = orders::store::list_orders_of_person(&reader, *household, person, MAX_ROWS).await?;
            is_complete &= found.len() < MAX_ROWS;
            orders.extend(found.iter().map(order_row));
            let own: HashSet<String> = found.iter().map(|order| order.id.to_string()).collect();
            is_complete &= self.add_lines(&mut lines, *household, person, &own).await?;
            is_complete &= self.add_grants(&mut grants, *household, person).await?;
        }
        sections.push(Section { name: "orders", columns: ORDER_COLUMNS, rows: orders });
        sections.push(Section { name: "statement_lines", columns: LINE_COLUMNS, rows: lines });
        sections.push(Section { name: "grants", columns: GRANT_COLUMNS, rows: grants });
        let places = entitlements::store::list_places_of_person(&reader, person, MAX_ROWS as u64).await?;
        is_complete &= places.len() < MAX_ROWS;
        let places = places.iter().map(place_row).collect();
        sections.push(Section { name: "waiting_places", columns: PLACE_COLUMNS, rows: places });
        is_complete &= self.add_payments(&mut sections, person).await?;
        let terms = store::list_leader_terms_of(&reader, person).await?;
        sections.push(Section {
            name: "led_communities",
            columns: TERM_COLUMNS,
            rows: terms.iter().map(term_row).collect(),
        });
        Ok(PersonalData { made_at: self.db().clock().now(), is_complete, sections })
    }

    /// What the person asked relatives to pay, was asked to pay, paid or tried to, and what mandates stand or stood.
    async fn add_payments(&self, sections: &mut Vec<Section>, person: Id<kinds::Person>) -> Result<bool, Fault> {
        let (reader, most) = (self.reader(), MAX_ROWS as u64);
        let asked = familypay::store::list_requests_of_senior(&reader, person, most).await?;
        let to_pay = familypay::store::list_requests_of_payer(&reader, person, most).await?;
        let attempts = familypay::store::list_attempts_of_payer(&reader, person, most).await?;
        let mandates = familypay::store::list_mandates_ever(&reader, person, most).await?;
        let is_complete =
            [asked.len(), to_pay.len(), attempts.len(), mandates.len()].iter().all(|rows| *rows < MAX_ROWS);
        let now = self.db().clock().now();
        let request = |book: &familypay::PayRequestBook| {
            let request = &book.request;
            let who = [request.id().to_string(), request.household().to_string(), request.asked_by().to_string()];
            let what = [request.amount().minor().to_string(), request.refunded().minor().to_string()];
            who.into_iter().chain(what).chain([request.state_at(now).word().to_owned()]).collect()
        };
        let section = |name, columns, rows| Section { name, columns, rows };
        sections.extend([
            section("asked_to_pay_for_me", REQUEST_COLUMNS, asked.iter().map(request).collect()),
            section("asked_to_pay_by_others", REQUEST_COLUMNS, to_pay.iter().map(request).collect()),
            section("payment_attempts", ATTEMPT_COLUMNS, attempts.iter().map(attempt_row).collect()),
            section("mandates", MANDATE_COLUMNS, mandates.iter().map(mandate_row).collect()),
        ]);
        Ok(is_complete)
    }

    async fn people_sections(
        &self,
        person: Id<kinds::Person>,
        memberships: &[PastMembership],
    ) -> Result<Vec<Section>, Fault> {
        let reader = self.reader();
        let view = store::find_person(&reader, person).await?;
        let view = view.ok_or_else(|| Fault::inconsistent("find the person of a data export"))?;
        let contacts = store::find_contacts(&reader, person).await?.unwrap_or_default();
        let tags = store::list_health_tags(&reader, self.health_keys(), person).await?;
        let consents = store::list_consents(&reader, person).await?;
        let kin = store::list_kin(&reader, person).await?;
        let sessions = store::list_sessions_of(&reader, person).await?;
        let profile = vec![
            person.to_string(),
            view.name.to_string(),
            view.born_on.map(|day| day.to_string()).unwrap_or_default(),
            contacts.mail.map(|mail| mail.to_string()).unwrap_or_default(),
            contacts.phone.map(|phone| phone.to_string()).unwrap_or_default(),
            view.locale.tag().to_owned(),
        ];
        let section = |name, columns, rows| Section { name, columns, rows };
        Ok(vec![
            section("profile", &["id", "name", "born_on", "mail", "phone", "language"], vec![profile]),
            section(
                "memberships",
                &["household", "role", "joined_at", "left_at"],
                memberships.iter().map(membership_row).collect(),
            ),
            section(
                "kin",
                &["senior", "relative", "relation"],
                kin.iter().map(|(a, b, word)| vec![a.to_string(), b.to_string(), word.word().to_owned()]).collect(),
            ),
            section(
                "consents",
                &["purpose", "policy_version", "channel", "given_by", "given_at", "withdrawn_at"],
                consents.iter().map(consent_row).collect(),
            ),
            section("health_tags", &["tag"], tags.iter().map(|tag| vec![tag.word().to_owned()]).collect()),
            section(
                "sessions",
                &["id", "created_at", "expires_at", "revoked_at"],
                sessions.iter().map(session_row).collect(),
            ),
        ])
    }

    /// The lines of a household's statement that are the person's: caused by the person, or about an order of the person's.
    async fn add_lines(
        &self,
        rows: &mut Vec<Vec<String>>,
        household: Id<kinds::Household>,
        person: Id<kinds::Person>,
        own_orders: &HashSet<String>,
    ) -> Result<bool, Fault> {
        let mut position = StatementPosition::Newest;
        for _ in 0..MAX_READS {
            let page = ledger::store::list_postings(&self.reader(), household, position, ROWS_PER_READ as u64).await?;
            rows.extend(page.iter().filter(|posting| is_of(posting, person, own_orders)).map(line_row));
            match page.last() {
                Some(oldest) if page.len() == ROWS_PER_READ => position = StatementPosition::Before(oldest.no),
                Some(_) | None => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn add_grants(
        &self,
        rows: &mut Vec<Vec<String>>,
        household: Id<kinds::Household>,
        person: Id<kinds::Person>,
    ) -> Result<bool, Fault> {
        let mut position = GrantPosition::Newest;
        for _ in 0..MAX_READS {
            let page =
                entitlements::store::list_grants(&self.reader(), household, position, ROWS_PER_READ as u64).await?;
            rows.extend(page.iter().filter(|grant| grant.redeemed_by == person).map(grant_row));
            match page.last() {
                Some(oldest) if page.len() == ROWS_PER_READ => position = GrantPosition::Before(oldest.id),
                Some(_) | None => return Ok(true),
            }
        }
        Ok(false)
    }
}

fn is_of(posting: &Posting, person: Id<kinds::Person>, own_orders: &HashSet<String>) -> bool {
    // What is about an order begins its reference with the order's id, whose length is fixed.
    let order = posting.cause.reference.get(..ORDER_ID_CHARS);
    posting.cause.actor == Actor::Member(person) || order.is_some_and(|order| own_orders.contains(order))
}

/// `or_` and 32 digits.
const ORDER_ID_CHARS: usize = 35;

const ORDER_COLUMNS: &[&str] =
    &["household", "order", "ordered_at", "picked_up_at", "amount_minor", "cash_minor", "currency", "items"];

const LINE_COLUMNS: &[&str] = &["household", "posting", "kind", "points", "posted_at", "business_date"];

const GRANT_COLUMNS: &[&str] =
    &["household", "grant", "perk", "price_points", "granted_at", "expires_on", "cancelled_at"];

const TERM_COLUMNS: &[&str] = &["community", "leads_since", "ended_at", "growth_share_permille"];
const PLACE_COLUMNS: &[&str] = &["household", "place", "perk", "number", "joined_at", "outcome", "ended_at"];

const REQUEST_COLUMNS: &[&str] = &["request", "household", "asked_by", "amount_minor", "refunded_minor", "state"];

const ATTEMPT_COLUMNS: &[&str] = &["attempt", "request", "amount_minor", "provider", "begun_at"];

const MANDATE_COLUMNS: &[&str] = &["mandate", "payer", "senior", "per_order_minor", "per_month_minor", "revoked_at"];

fn attempt_row(it: &familypay::PaymentAttempt) -> Vec<String> {
    vec![
        it.id.to_string(),
        it.request.to_string(),
        it.amount.minor().to_string(),
        it.provider.word().to_owned(),
        instant(it.begun_at),
    ]
}

fn mandate_row(it: &familypay::Mandate) -> Vec<String> {
    vec![
        it.id.to_string(),
        it.payer.to_string(),
        it.senior.to_string(),
        it.per_order.minor().to_string(),
        it.per_month.minor().to_string(),
        optional(it.revoked_at),
    ]
}

fn place_row(it: &entitlements::WaitingPlace) -> Vec<String> {
    vec![
        it.household.to_string(),
        it.id.to_string(),
        it.perk.to_string(),
        it.number.to_string(),
        instant(it.joined_at),
        it.ended.map_or_else(String::new, |(outcome, _)| outcome.word().to_owned()),
        optional(it.ended.map(|(_, at)| at)),
    ]
}

fn membership_row(it: &PastMembership) -> Vec<String> {
    vec![it.household.to_string(), it.role.word().to_owned(), instant(it.joined_at), optional(it.left_at)]
}

fn consent_row(it: &accounts::Consent) -> Vec<String> {
    vec![
        it.purpose.to_string(),
        it.policy_version.to_string(),
        it.channel.word().to_owned(),
        it.given_by.to_string(),
        instant(it.given_at),
        optional(it.withdrawn_at),
    ]
}

fn session_row((it, revoked_at): &(accounts::Session, Option<Timestamp>)) -> Vec<String> {
    vec![it.id.to_string(), instant(it.created_at), instant(it.expires_at), optional(*revoked_at)]
}

fn order_row(it: &orders::Order) -> Vec<String> {
    vec![
        it.household.to_string(),
        it.order_ref.to_string(),
        instant(it.ordered_at),
        optional(it.picked_up_at),
        it.amount.minor().to_string(),
        it.cash.minor().to_string(),
        it.amount.currency().code().to_owned(),
        it.items_count.to_string(),
    ]
}

fn term_row((community, term): &(kernel::Label, accounts::LeaderTerm)) -> Vec<String> {
    vec![
        community.to_string(),
        instant(term.leads_since),
        optional(term.ended_at),
        term.growth_share.permille().to_string(),
    ]
}

fn line_row(it: &Posting) -> Vec<String> {
    vec![
        it.household.to_string(),
        it.cause.id.to_string(),
        it.kind.code().to_owned(),
        it.net_points().to_string(),
        instant(it.cause.posted_at),
        it.cause.business_date.to_string(),
    ]
}

fn grant_row(it: &entitlements::Grant) -> Vec<String> {
    vec![
        it.household.to_string(),
        it.id.to_string(),
        it.perk.to_string(),
        it.price.get().to_string(),
        instant(it.granted_at),
        it.expires_on.to_string(),
        optional(it.cancelled_at),
    ]
}

fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn optional(at: Option<Timestamp>) -> String {
    at.map(instant).unwrap_or_default()
}
