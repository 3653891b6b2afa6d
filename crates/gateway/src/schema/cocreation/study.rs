use ::cocreation::{Ending, PanelPlace, StudyState as State, tally_file};
use app::cocreation::StudyView;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use kernel::Locale;

use super::StudyLaunch;
use crate::schema::{ids, scalars::Instant, session::session};

/// How ballots are counted, and so what a ballot says.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum VotingMethod {
    /// One option: `choice`.
    SingleChoice,
    /// Any options: `approved`.
    Approval,
    /// A ranking, decided by Schulze: `ranking`.
    Schulze,
    /// A ranking, decided by instant runoff: `ranking`.
    InstantRunoff,
    /// Scores from 0 to 5: `scores`.
    Star,
    /// Any options, for several winners, seat by seat: `approved`.
    SequentialPav,
    /// Any options, for several winners at once: `approved`.
    ExactPav,
    /// A ranking without equals, for several winners, by Meek: `ranking`.
    MeekStv,
    /// A ranking without equals, for several winners, by the Scottish rules: `ranking`.
    ScottishStv,
    /// Votes that cost their square of 100 credits: `votes`.
    Quadratic,
    /// Four prices, by `answerPriceStudy`: what people think of prices, never a vote.
    VanWestendorp,
    /// Yes or no to a ladder of prices, by `answerPriceStudy`.
    GaborGranger,
}

/// Where a study is in its life.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum StudyState {
    /// Ballots are taken until `closesAt`.
    Open,
    /// No more are; the result is not announced yet.
    Closed,
    /// The result is announced.
    Published,
    /// What was elected is sold: `launch`.
    Launched,
    /// The result is announced, and nothing comes of it: `dropReason`.
    Dropped,
}

/// Whether your household may vote, as of the opening; and why not.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum PanelMembership {
    /// It may.
    In,
    /// Only another community is asked.
    OtherCommunity,
    /// The household was not known for long enough.
    TooNew,
    /// It had too few orders delivered.
    TooFewOrders,
    /// Its first order was too recent.
    TooFewMonths,
    /// It fulfilled all, and was not drawn.
    NotDrawn,
    /// There was no such household at the opening, or you belong to none.
    NotThere,
}

/// What can be voted for.
#[derive(SimpleObject)]
struct StudyOption {
    /// Its id in ballots.
    id: ID,
    /// What it is called, in Chinese, or in English when `Accept-Language` asks for it.
    name: String,
}

/// What an announced study came to.
#[derive(SimpleObject)]
struct StudyResult {
    /// When it was announced.
    published_at: Instant,
    /// Whom the announced rule elects, in the order of election.
    elected: Vec<ID>,
    /// The full tied set: every option that some way of breaking ties would elect.
    winners: Vec<ID>,
    /// Whether a tie had to be broken.
    is_tie: bool,
    /// How many households cast a ballot, blank ones included.
    received: i32,
    /// How many of them were blank.
    blank: i32,
    /// Whether as many voted as the study asked for.
    is_quorum_met: bool,
}

/// What an announced price study came to. Crossings are those on straight lines, to the nearest fen.
#[derive(SimpleObject)]
struct PriceResult {
    /// How many households answered.
    answers: i32,
    /// How many answers rise from price to price; the others are left out.
    valid: i32,
    /// Where the acceptable range begins: too cheap meets expensive. Null where the curves do not cross, and for a ladder.
    marginal_cheapness_fen: Option<i32>,
    /// Too cheap meets too expensive.
    optimal_fen: Option<i32>,
    /// Cheap meets expensive.
    indifference_fen: Option<i32>,
    /// Where the acceptable range ends: cheap meets too expensive.
    marginal_expensiveness_fen: Option<i32>,
    /// Every price at which most money would come in; empty where that was not asked.
    most_revenue_at_fen: Vec<i32>,
}

pub(in crate::schema) struct Study(StudyView);

impl From<StudyView> for Study {
    fn from(view: StudyView) -> Self {
        Self(view)
    }
}

/// A question to the neighbours, with its options and rules as they were frozen at the opening. Before the result is announced nothing
/// here or elsewhere shows a choice or a count of choices, to anybody.
#[Object]
impl Study {
    /// The study's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.0.study.id)
    }

    /// What is asked, in Chinese, or in English when `Accept-Language` asks for it.
    async fn title(&self, ctx: &Context<'_>) -> &str {
        match session(ctx).locale() {
            Locale::ZhCn => self.0.study.asked.title_zh.as_str(),
            Locale::En => self.0.study.asked.title_en.as_str(),
        }
    }

    /// The options, in an order of your household's own.
    async fn options(&self, ctx: &Context<'_>) -> Vec<StudyOption> {
        let locale = session(ctx).locale();
        let option = |option: &::cocreation::StudyOption| {
            let name = match locale {
                Locale::ZhCn => &option.name_zh,
                Locale::En => &option.name_en,
            };
            StudyOption { id: ID(option.id.clone()), name: name.to_string() }
        };
        self.0.study.asked.options.iter().map(option).collect()
    }

    /// How ballots are counted.
    async fn method(&self) -> Option<VotingMethod> {
        Some(match self.0.study.asked.definition.method {
            tally_file::Method::SingleChoice => VotingMethod::SingleChoice,
            tally_file::Method::Approval => VotingMethod::Approval,
            tally_file::Method::Schulze => VotingMethod::Schulze,
            tally_file::Method::InstantRunoff => VotingMethod::InstantRunoff,
            tally_file::Method::Star => VotingMethod::Star,
            tally_file::Method::SequentialPav => VotingMethod::SequentialPav,
            tally_file::Method::ExactPav => VotingMethod::ExactPav,
            tally_file::Method::MeekStv => VotingMethod::MeekStv,
            tally_file::Method::ScottishStv => VotingMethod::ScottishStv,
            tally_file::Method::Quadratic => VotingMethod::Quadratic,
            tally_file::Method::VanWestendorp => VotingMethod::VanWestendorp,
            tally_file::Method::GaborGranger => VotingMethod::GaborGranger,
            // No ballots of a household: a draft refuses them.
            tally_file::Method::BradleyTerry | tally_file::Method::MaxDiff => return None,
        })
    }

    /// How many options are elected.
    async fn seats(&self) -> i32 {
        i32::try_from(self.0.study.asked.definition.seats).unwrap_or(i32::MAX)
    }

    /// Where it is in its life.
    async fn state(&self) -> StudyState {
        match self.0.state {
            State::Draft | State::Open => StudyState::Open,
            State::Closed => StudyState::Closed,
            State::Published => StudyState::Published,
            State::Launched => StudyState::Launched,
            State::Dropped => StudyState::Dropped,
        }
    }

    /// From this instant on no ballot is taken.
    async fn closes_at(&self) -> Instant {
        Instant(self.0.study.asked.closes_at)
    }

    /// How many households may vote, as of the opening.
    async fn panel_size(&self) -> i32 {
        self.0.study.opening.as_ref().map_or(0, |opening| i32::try_from(opening.panel_size).unwrap_or(i32::MAX))
    }

    /// How many of them voted.
    async fn turnout(&self) -> i32 {
        i32::try_from(self.0.turnout).unwrap_or(i32::MAX)
    }

    /// Whether your household may vote, and why not.
    async fn membership(&self) -> PanelMembership {
        match self.0.place {
            Some(PanelPlace::In) => PanelMembership::In,
            Some(PanelPlace::OtherCommunity) => PanelMembership::OtherCommunity,
            Some(PanelPlace::TooNew) => PanelMembership::TooNew,
            Some(PanelPlace::TooFewOrders) => PanelMembership::TooFewOrders,
            Some(PanelPlace::TooFewMonths) => PanelMembership::TooFewMonths,
            Some(PanelPlace::NotDrawn) => PanelMembership::NotDrawn,
            None => PanelMembership::NotThere,
        }
    }

    /// The prices a ladder asks about, in fen, rising; empty for everything else.
    async fn ladder_fen(&self) -> Vec<i32> {
        self.0.study.asked.definition.prices.iter().filter_map(|&price| i32::try_from(price).ok()).collect()
    }

    /// What a price study came to; null before it is announced, and for votes.
    async fn prices(&self) -> Option<PriceResult> {
        if self.0.study.asked.kind != ::cocreation::StudyKind::Price {
            return None;
        }
        let detail = &self.0.study.published.as_ref()?.result["detail"];
        let count = |field: &str| detail[field].as_i64().and_then(|count| i32::try_from(count).ok());
        let crossing = |field: &str| detail[field]["linear"].as_i64().and_then(|fen| i32::try_from(fen).ok());
        let best = detail["most_revenue_at"].as_array().or_else(|| detail["trial"]["most_revenue_at"].as_array());
        let best = best.into_iter().flatten().filter_map(|fen| i32::try_from(fen.as_i64()?).ok()).collect();
        Some(PriceResult {
            answers: count("answers").unwrap_or_default(),
            valid: count("valid").unwrap_or_default(),
            marginal_cheapness_fen: crossing("marginal_cheapness"),
            optimal_fen: crossing("optimal"),
            indifference_fen: crossing("indifference"),
            marginal_expensiveness_fen: crossing("marginal_expensiveness"),
            most_revenue_at_fen: best,
        })
    }

    /// What was launched of it; null before, and where nothing was.
    async fn launch(&self) -> Option<StudyLaunch> {
        StudyLaunch::of(&self.0.study)
    }

    /// Why nothing comes of it; null otherwise.
    async fn drop_reason(&self) -> Option<&str> {
        match self.0.study.ending.as_ref()? {
            Ending::Launched(_) => None,
            Ending::Dropped { why, .. } => Some(why.as_str()),
        }
    }

    /// What a vote came to; null before the result is announced, and for price studies.
    async fn result(&self) -> Option<StudyResult> {
        let published = self.0.study.published.as_ref()?;
        if self.0.study.asked.kind == ::cocreation::StudyKind::Price {
            return None;
        }
        let result = &published.result;
        let ids = |field: &str| {
            let listed = result[field].as_array().into_iter().flatten();
            listed.filter_map(|id| id.as_str()).map(|id| ID(id.to_owned())).collect()
        };
        let count = |field: &str| result["ballots"][field].as_i64().and_then(|count| i32::try_from(count).ok());
        Some(StudyResult {
            published_at: Instant(published.published_at),
            elected: ids("elected"),
            winners: ids("winners"),
            is_tie: result["is_tie"] == true,
            received: count("received").unwrap_or_default(),
            blank: count("blank").unwrap_or_default(),
            is_quorum_met: result["quorum"]["is_met"] == true,
        })
    }
}
