use accounts::StaffRole;
use db::{AuditLine, Tx};
use entitlements::{
    Audience, Gathering, GatheringRefusal, Perk, PerkCode, SeatReturns, Stock, Window,
    store::{insert_gathering, insert_perk, lock_perk_by_code, update_gathering, update_perk, update_stock},
};
use kernel::{Actor, Fault, Label, Points, Timestamp};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// The staff announces a gathering, or changes one.
#[derive(Debug, Clone)]
pub struct DefineGathering {
    /// The short name of the perk whose grants are its seats; a known one changes that gathering.
    pub code: PerkCode,
    /// What it is called, in Chinese.
    pub name_zh: Label,
    /// What it is called, in English.
    pub name_en: Label,
    /// What there is, in Chinese.
    pub terms_zh: Label,
    /// What there is, in English.
    pub terms_en: Label,
    /// Where, in Chinese.
    pub place_zh: Label,
    /// Where, in English.
    pub place_en: Label,
    /// What a seat costs: 1 to [`Points::MAX`].
    pub price: Points,
    /// How many seats there are.
    pub seats: u32,
    /// How many of them a household may have: at least 1.
    pub seats_per_household: u32,
    /// When it begins: later than now.
    pub starts_at: Timestamp,
    /// When it is over.
    pub ends_at: Timestamp,
    /// What a seat gives back, and until when.
    pub returns: SeatReturns,
    /// From when on seats are taken; at once, unless it says so.
    pub opens_at: Option<Timestamp>,
    /// The name of the community it is for; for all, unless it says so.
    pub community: Option<Label>,
    /// How many years whoever takes a seat must be, 1 to 150.
    pub min_age: Option<u32>,
    /// Whether seats can be taken.
    pub is_open: bool,
    /// The version that whoever changes it saw; none: it is new.
    pub expected_version: Option<u32>,
}

/// Why a gathering is not announced or changed. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DefineGatheringRefusal {
    /// None of their roles keeps perks.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Its times or returns make no sense.
    #[error(transparent)]
    Gathering(#[from] GatheringRefusal),
    /// A price of nothing, or more than can be shown.
    #[error("the price must be 1 to {} points", Points::MAX)]
    BadPrice,
    /// No seat at all, or none for any household.
    #[error("there must be at least one seat, also for a household")]
    BadSeats,
    /// No age of anybody, or seats are taken only once it has begun.
    #[error("the age must be 1 to 150 years, and seats are taken before it begins")]
    BadAudience,
    /// There is no community of that name.
    #[error("there is no such community")]
    NoSuchCommunity,
    /// The code is another perk's, which is no gathering.
    #[error("the code is another perk's")]
    CodeTaken,
    /// It is not as whoever changes it saw it.
    #[error("it is not as it was seen")]
    VersionConflict,
    /// It was called off.
    #[error("it was called off")]
    CalledOff,
    /// People have seats on these terms: neither price nor times nor returns change any more.
    #[error("{taken} seats are taken on these terms")]
    SeatsTaken {
        /// How many.
        taken: u32,
    },
    /// There would be fewer seats than are taken.
    #[error("{taken} seats are taken: there cannot be fewer")]
    BelowTaken {
        /// How many.
        taken: u32,
    },
}

impl App {
    /// Announces a gathering by its code, or changes it as it was seen: for staff with the role perks.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn define_gathering(
        &self,
        principal: &StaffPrincipal,
        define: &DefineGathering,
    ) -> Result<Result<Perk, DefineGatheringRefusal>, Fault> {
        db::retry_contention(async || self.define_gathering_once(principal, define).await).await
    }

    async fn define_gathering_once(
        &self,
        principal: &StaffPrincipal,
        define: &DefineGathering,
    ) -> Result<Result<Perk, DefineGatheringRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Perks]).await? {
            return Ok(Err(refusal.into()));
        }
        self.define_gathering_in(tx, define).await
    }

    /// As [`App::define_gathering`], the operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn define_gathering_by_operator(
        &self,
        define: &DefineGathering,
    ) -> Result<Result<Perk, DefineGatheringRefusal>, Fault> {
        db::retry_contention(async || {
            let tx = self.begin(Actor::Operator).await?;
            self.define_gathering_in(tx, define).await
        })
        .await
    }

    async fn define_gathering_in(
        &self,
        mut tx: Tx,
        define: &DefineGathering,
    ) -> Result<Result<Perk, DefineGatheringRefusal>, Fault> {
        let known = lock_perk_by_code(&mut tx, &define.code).await?;
        let community = match &define.community {
            Some(name) => match accounts::store::find_community_by_name(&mut tx, name).await? {
                Some(community) => Some(community),
                None => return Ok(Err(DefineGatheringRefusal::NoSuchCommunity)),
            },
            None => None,
        };

        let ends_on = self.settings().zone.date_of(define.ends_at);
        let perk = Perk {
            id: known.as_ref().map_or_else(|| tx.new_id(), |(perk, _)| perk.id),
            code: define.code.clone(),
            name_zh: define.name_zh.clone(),
            name_en: define.name_en.clone(),
            terms_zh: define.terms_zh.clone(),
            terms_en: define.terms_en.clone(),
            price: define.price,
            limit_per_household: define.seats_per_household,
            // A seat stands until the gathering is over, whenever it was taken.
            valid_days: 1,
            is_open: define.is_open,
            audience: Audience { community, min_age: define.min_age },
            window: Window { opens_at: define.opens_at, closes_at: Some(define.starts_at) },
            has_slots: false,
            gathering: Some(Gathering {
                starts_at: define.starts_at,
                ends_at: define.ends_at,
                ends_on,
                place_zh: define.place_zh.clone(),
                place_en: define.place_en.clone(),
                returns: define.returns,
                version: define.expected_version.unwrap_or(0).saturating_add(1),
                called_off_at: None,
                first_check_in_at: None,
            }),
        };
        let before = known.as_ref().map_or_else(Stock::default, |(_, stock)| *stock);
        if let Err(refusal) = check(define, &perk, known.as_ref(), tx.now()) {
            return Ok(Err(refusal));
        }

        record(&mut tx, &perk, Stock { total: define.seats, ..before }, known.is_some()).await?;

        tx.commit().await?;
        Ok(Ok(perk))
    }
}

async fn record(tx: &mut Tx, perk: &Perk, stock: Stock, is_known: bool) -> Result<(), Fault> {
    let gathering = perk.gathering.as_ref().ok_or_else(|| Fault::inconsistent("define a gathering that is none"))?;
    if is_known {
        update_perk(tx, perk).await?;
        update_stock(tx, perk.id, stock).await?;
        update_gathering(tx, perk.id, gathering).await?;
    } else {
        insert_perk(tx, perk, stock).await?;
        insert_gathering(tx, perk.id, gathering).await?;
    }
    let (seats, price, starts_at) = (stock.total, perk.price, gathering.starts_at);
    let detail = format!("{}: {seats} seats at {price} points, {starts_at}, version {}", perk.code, gathering.version);
    tx.audit(AuditLine { action: "define_gathering", household: None, subject: perk.id.to_string(), detail });
    Ok(())
}

fn check(
    define: &DefineGathering,
    perk: &Perk,
    known: Option<&(Perk, Stock)>,
    now: Timestamp,
) -> Result<(), DefineGatheringRefusal> {
    check_terms(define)?;
    let told = perk.gathering.as_ref().expect("it was told as one");
    told.check(now)?;
    let Some((known, stock)) = known else {
        return if define.expected_version.is_none() { Ok(()) } else { Err(DefineGatheringRefusal::VersionConflict) };
    };
    let gathering = known.gathering.as_ref().ok_or(DefineGatheringRefusal::CodeTaken)?;
    if define.expected_version != Some(gathering.version) {
        return Err(DefineGatheringRefusal::VersionConflict);
    }
    if gathering.called_off_at.is_some() {
        return Err(DefineGatheringRefusal::CalledOff);
    }
    // What is kept for somebody is as good as taken.
    let taken = stock.taken.saturating_add(stock.offered);
    let on_terms = |perk: &Perk, it: &Gathering| (perk.price, it.starts_at, it.ends_at, it.returns);
    if taken > 0 && on_terms(known, gathering) != on_terms(perk, told) {
        return Err(DefineGatheringRefusal::SeatsTaken { taken });
    }
    if define.seats < taken {
        return Err(DefineGatheringRefusal::BelowTaken { taken });
    }
    Ok(())
}

fn check_terms(define: &DefineGathering) -> Result<(), DefineGatheringRefusal> {
    if define.price.is_zero() || define.price > Points::MAX {
        return Err(DefineGatheringRefusal::BadPrice);
    }
    if define.seats == 0 || define.seats_per_household == 0 {
        return Err(DefineGatheringRefusal::BadSeats);
    }
    let is_late = define.opens_at.is_some_and(|at| at >= define.starts_at);
    if is_late || define.min_age.is_some_and(|age| !(1..=150).contains(&age)) {
        return Err(DefineGatheringRefusal::BadAudience);
    }
    Ok(())
}
