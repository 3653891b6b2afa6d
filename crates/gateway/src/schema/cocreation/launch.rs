use async_graphql::{Context, Object};
use kernel::ExternalRef;

use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

/// A study's winner as a product.
pub(in crate::schema) struct StudyLaunch {
    launch: ::cocreation::Launch,
    option: Option<::cocreation::StudyOption>,
}

impl StudyLaunch {
    pub(super) fn of(study: &::cocreation::Study) -> Option<Self> {
        let launch = study.launched()?.clone();
        let option = study.asked.options.iter().find(|option| option.id == launch.option).cloned();
        Some(Self { launch, option })
    }
}

/// What neighbours chose and can buy now. All that voted chose it together, whatever each of them said.
#[Object]
impl StudyLaunch {
    /// The operator's number of the product.
    async fn product_ref(&self) -> &str {
        self.launch.product_ref.as_str()
    }

    /// What it was called in the study, in Chinese, or in English when `Accept-Language` asks for it.
    async fn name(&self, ctx: &Context<'_>) -> Option<&str> {
        let option = self.option.as_ref()?;
        Some(session(ctx).locale().choose(option.name_zh.as_str(), option.name_en.as_str()))
    }

    /// How many households' ballots were counted.
    async fn chosen_by(&self) -> i32 {
        i32::try_from(self.launch.chosen_by).unwrap_or(i32::MAX)
    }

    /// The sentence to show beside the product: "由 312 户邻居选出".
    async fn sentence(&self, ctx: &Context<'_>) -> String {
        let households = self.launch.chosen_by;
        session(ctx)
            .locale()
            .choose(format!("由 {households} 户邻居选出"), format!("Chosen by {households} households"))
    }

    /// When it was launched.
    async fn launched_at(&self) -> Instant {
        Instant(self.launch.launched_at)
    }
}

#[derive(Default)]
pub(in crate::schema) struct LaunchQuery;

#[Object]
impl LaunchQuery {
    /// By whom a product was chosen; null for one that no study elected.
    async fn launch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The operator's number of the product.")] product_ref: String,
    ) -> Nullable<StudyLaunch> {
        nullable(async {
            let Ok(product) = product_ref.parse::<ExternalRef>() else { return Ok(None) };
            Ok(app(ctx).find_study_of_product(&product).await?.as_ref().and_then(StudyLaunch::of))
        })
        .await
    }
}
