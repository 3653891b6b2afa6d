use app::cocreation::{CastBallot, CastBallotRefusal, StudyView};
use askama::Template;
use cocreation::{
    CastRefusal, PanelPlace, StudyState,
    tally_file::{Said, UnlistedRule},
};

use super::{
    booth::{Answer, Away, Booth, Frame, Reply, not_taken, show},
    said::{self, Asks, Line},
    words,
};

/// The form of a ballot.
#[derive(Template)]
#[template(path = "lab/ballot.html")]
struct BallotPage {
    frame: Frame,
    title: String,
    address: String,
    asks: Asks,
    lines: Vec<Line>,
    may_be_equal: bool,
    unlisted_are_last: bool,
    seats: usize,
    has_voted: bool,
    problem: Option<&'static str>,
}

/// What is about to be cast.
#[derive(Template)]
#[template(path = "lab/check.html")]
struct CheckPage {
    frame: Frame,
    title: String,
    address: String,
    lines: Vec<String>,
    hidden: Vec<(String, String)>,
    has_voted: bool,
    is_rising: bool,
    is_price: bool,
}

/// `GET /lab/ID/ballot`. It never shows what the household said before.
pub(super) async fn ask(booth: Booth) -> Answer {
    let view = booth.study().await?;
    match may_vote(&view) {
        Some(asks) => show(&form(&booth, &view, asks, None).await?),
        None => Ok(Reply::Go(format!("/lab/{}", view.study.id))),
    }
}

/// `POST /lab/ID/ballot`: first shows what was typed to be looked at, then, sent from there, casts it.
pub(super) async fn cast(booth: Booth) -> Answer {
    let view = booth.study().await?;
    let Some(asks) = may_vote(&view) else { return Ok(Reply::Go(format!("/lab/{}", view.study.id))) };
    let said = match said::read(asks, &view.study, &booth.form) {
        Ok(said) => said,
        Err(problem) => {
            let problem = said::problem(&booth.frame, asks, &problem);
            return not_taken(&form(&booth, &view, asks, Some(problem)).await?);
        }
    };
    match booth.form.text("step") {
        "cast" => {}
        "edit" => return show(&form(&booth, &view, asks, None).await?),
        _ => return show(&check(&booth, &view, &said).await?),
    }

    let cast = CastBallot { study: view.study.id, said };
    match booth.app.cast_ballot(&booth.principal, cast).await? {
        Ok(_) => Ok(Reply::Go(format!("/lab/{}/receipt", view.study.id))),
        Err(CastBallotRefusal::NotCast(CastRefusal::BadBallot(problem))) => {
            let problem = said::problem(&booth.frame, asks, &problem);
            not_taken(&form(&booth, &view, asks, Some(problem)).await?)
        }
        // The study's own page says which.
        Err(
            CastBallotRefusal::NoHousehold
            | CastBallotRefusal::NotAllowed
            | CastBallotRefusal::NotCast(CastRefusal::NotOpen | CastRefusal::Closed | CastRefusal::NotInPanel(_)),
        ) => Ok(Reply::Go(format!("/lab/{}", view.study.id))),
        Err(CastBallotRefusal::NoSuchStudy) => Err(Away::NotThere),
    }
}

/// What the form asks, where there is one to be filled in now.
fn may_vote(view: &StudyView) -> Option<Asks> {
    let is_open = view.state == StudyState::Open && view.place == Some(PanelPlace::In);
    Asks::of(view.study.asked.definition.method).filter(|_| is_open)
}

async fn form(booth: &Booth, view: &StudyView, asks: Asks, problem: Option<&'static str>) -> Result<BallotPage, Away> {
    Ok(BallotPage {
        title: words::title(&booth.frame, view),
        address: format!("/lab/{}", view.study.id),
        asks,
        lines: said::lines(&booth.frame, asks, &view.study, &booth.form),
        may_be_equal: said::may_be_equal(&view.study),
        unlisted_are_last: view.study.asked.definition.unlisted == UnlistedRule::Last,
        seats: view.study.asked.definition.seats,
        has_voted: has_voted(booth, view).await?,
        problem,
        frame: booth.frame.clone(),
    })
}

async fn check(booth: &Booth, view: &StudyView, said: &Said) -> Result<CheckPage, Away> {
    let carried = |(name, _): &(&str, &str)| !matches!(*name, "form_token" | "step");
    let hidden = booth.form.pairs().filter(carried);
    Ok(CheckPage {
        title: words::title(&booth.frame, view),
        address: format!("/lab/{}", view.study.id),
        lines: said::in_words(&booth.frame, &view.study, said),
        hidden: hidden.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        has_voted: has_voted(booth, view).await?,
        is_rising: !matches!(said, Said::Prices(prices) if !prices.is_rising()),
        is_price: matches!(said, Said::Prices(_) | Said::Buys(_)),
        frame: booth.frame.clone(),
    })
}

async fn has_voted(booth: &Booth, view: &StudyView) -> Result<bool, Away> {
    Ok(!booth.app.list_ballot_receipts(&booth.principal, view.study.id, 1).await?.is_empty())
}
