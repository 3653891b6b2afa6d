use kernel::Locale;

use crate::Purpose;

/// What a person is told before agreeing to a purpose. Each change of the wording is a new version; those agreed to before keep theirs.
///
/// The wordings are part of the program, like the code that keeps them: what is promised and what is done change together, in one
/// review. The operator's own privacy notice stands beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For which purpose.
    pub purpose: Purpose,
    /// The version in force, from 1.
    pub version: u16,
    /// The oldest version whose consents still cover what is done. Raised when a purpose widens: older consents then stop covering.
    pub oldest_covering: u16,
    zh: &'static str,
    en: &'static str,
}

impl Policy {
    /// The wording in force.
    #[must_use]
    pub const fn in_force(purpose: Purpose) -> Self {
        let (zh, en) = match purpose {
            Purpose::HealthTags => (
                "我们会加密保存您选择的健康标签(例如低糖、不含花生),只用于避免向您推荐或发放不适合的商品和权益。\
                 标签不会给订单系统、团长或其他家庭。您随时可以撤回,撤回后标签立即删除。不同意不影响下单和积分。",
                "We keep the health tags you choose (such as low sugar, no peanuts) encrypted, only to keep goods and perks that do \
                 not suit you from being offered or given to you. They never go to the order system, the leader or another \
                 household. You may withdraw at any time; the tags are then deleted at once. Ordering and points need no consent.",
            ),
            Purpose::FamilyView => (
                "同意后,您家庭的户主和成人成员可以看到您的健康标签,方便替您下单。撤回后他们立即看不到。",
                "The owner and the adults of your household will see your health tags, so that they can order for you. Once you \
                 withdraw, they no longer do.",
            ),
            Purpose::PersonalisedOffers => (
                "同意后,我们会按您家以往的购买挑选优惠给您看。关闭后您看到的优惠与所有人相同,价格从不因人而异。",
                "We will choose the offers you see by what your household bought. Without it you see what everybody sees; prices \
                 never differ by person.",
            ),
            Purpose::MarketingContact => (
                "同意后,我们会就优惠联系您,每周最多两次,晚九点到早八点不联系。取货码、退款和代付通知不受影响。",
                "We may contact you about offers, at most twice a week and never between nine in the evening and eight in the \
                 morning. Pick-up codes, refunds and payment requests do not depend on it.",
            ),
        };
        Self { purpose, version: 1, oldest_covering: 1, zh, en }
    }

    /// The wording in a language.
    #[must_use]
    pub const fn text(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::ZhCn => self.zh,
            Locale::En => self.en,
        }
    }
}
