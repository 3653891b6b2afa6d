use accounts::StaffRole;
use app::webhooks::{
    AddWebhook, AddWebhookRefusal, ChangeWebhook, ChangeWebhookRefusal, Decider, EventTypes, PUBLISHED, Webhook,
    WebhookUrl, WebhookVersion,
};
use askama::Template;
use kernel::{Id, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    listing::Around,
    secret::SecretPage,
};

/// Whom we tell.
#[derive(Template)]
#[template(path = "office/webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    webhooks: Vec<Webhook>,
    around: Around,
    url: String,
    problem: Option<String>,
}

/// One of them.
#[derive(Template)]
#[template(path = "office/webhook.html")]
struct WebhookPage {
    frame: Frame,
    webhook: Webhook,
    version: String,
    problem: Option<String>,
}

impl WebhookPage {
    fn hears(&self, kind: &str) -> bool {
        self.webhook.event_types.iter().any(|heard| heard == kind)
    }
}

/// `GET /office/webhooks`.
pub(super) async fn webhooks(desk: Desk) -> Answer {
    show(&list(&desk, None).await?)
}

async fn list(desk: &Desk, problem: Option<String>) -> Result<WebhooksPage, Away> {
    let page = desk.page(|text| text.parse::<Id<kinds::Webhook>>().ok())?;
    let found = desk.app.list_webhooks_by_staff(&desk.principal, page).await??;
    let around = Around::of("/office/webhooks", &[], &page, &found, |webhook| webhook.id.to_string());
    let url = desk.form.text("url").to_owned();
    Ok(WebhooksPage { frame: desk.frame.clone(), webhooks: found.items, around, url, problem })
}

/// `POST /office/webhooks`: the key is in the answer and nowhere else, so it is a page and no redirect. Sent again it is refused.
pub(super) async fn add(desk: Desk) -> Answer {
    let chosen = EventTypes::of(desk.form.all("type")).map_err(|_| Away::BadRequest)?;
    let url = desk.form.text("url").parse::<WebhookUrl>().ok();
    let problem = match url {
        None => desk.t(
            "地址必须是以 https:// 开头的完整网址。",
            "The address must be an absolute one that begins with https://.",
        ),
        Some(url) if !desk.may_tell(url.as_str()) => {
            desk.t("不能推送到内网地址，也不能不加密。", "Messages go to public addresses only, and encrypted.")
        }
        Some(url) => {
            let add = AddWebhook { url, event_types: chosen };
            match desk.app.add_webhook(Decider::Staff(desk.principal), &add).await? {
                Ok(added) => {
                    let title = desk.t("新地址的签名密钥", "The signing key of the new webhook").to_owned();
                    let back = format!("/office/webhooks/{}", added.webhook);
                    return SecretPage::show(desk.frame, title, added.key.to_text(), back);
                }
                Err(AddWebhookRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
                Err(AddWebhookRefusal::TooMany) => {
                    desk.t("推送地址已达上限，请先停用一个。", "There are twenty already; disable one first.")
                }
                Err(AddWebhookRefusal::AlreadyThere) => {
                    desk.t("已有这个推送地址。", "There is a webhook with this address already.")
                }
            }
        }
    };
    let problem = problem.to_owned();
    Ok(Reply::NotTaken(render(&list(&desk, Some(problem)).await?)))
}

/// `GET /office/webhooks/ID`.
pub(super) async fn webhook(desk: Desk) -> Answer {
    show(&one(&desk, None).await?)
}

async fn one(desk: &Desk, problem: Option<String>) -> Result<WebhookPage, Away> {
    let webhook = desk.app.find_webhook_by_staff(&desk.principal, desk.id()?).await??.ok_or(Away::NotThere)?;
    let version = WebhookVersion::of(&webhook).as_str().to_owned();
    Ok(WebhookPage { frame: desk.frame.clone(), webhook, version, problem })
}

/// `POST /office/webhooks/ID/types`.
pub(super) async fn change_types(desk: Desk) -> Answer {
    let event_types = EventTypes::of(desk.form.all("type")).map_err(|_| Away::BadRequest)?;
    let expected = Some(WebhookVersion::named(desk.form.text("version")));
    let change = ChangeWebhook { webhook: desk.id()?, event_types, expected };
    match desk.app.change_webhook(Decider::Staff(desk.principal), &change).await? {
        Ok(()) => {
            let notice = desk.t("已保存，约一秒后生效。", "Saved; it holds within a second.").to_owned();
            Ok(Reply::Done { to: format!("/office/webhooks/{}", change.webhook), notice })
        }
        Err(refusal) => not_changed(&desk, refusal).await,
    }
}

/// `POST /office/webhooks/ID/key`.
pub(super) async fn rotate_key(desk: Desk) -> Answer {
    let (id, expected) = (desk.id::<kinds::Webhook>()?, WebhookVersion::named(desk.form.text("version")));
    match desk.app.rotate_webhook_key(Decider::Staff(desk.principal), id, Some(&expected)).await? {
        Ok(key) => {
            let title = desk.t("新的签名密钥", "The new signing key").to_owned();
            SecretPage::show(desk.frame, title, key.to_text(), format!("/office/webhooks/{id}"))
        }
        Err(refusal) => not_changed(&desk, refusal).await,
    }
}

/// `POST /office/webhooks/ID/disable`.
pub(super) async fn disable(desk: Desk) -> Answer {
    if !desk.form.is_ticked("sure") {
        return Err(Away::BadRequest);
    }
    let id = desk.id::<kinds::Webhook>()?;
    match desk.app.disable_webhook(Decider::Staff(desk.principal), id).await? {
        Ok(()) => {
            let notice = desk.t("已停用，未送达的消息已搁置。", "Disabled; what was on its way is parked.").to_owned();
            Ok(Reply::Done { to: format!("/office/webhooks/{id}"), notice })
        }
        Err(refusal) => not_changed(&desk, refusal).await,
    }
}

async fn not_changed(desk: &Desk, refusal: ChangeWebhookRefusal) -> Answer {
    let problem = match refusal {
        ChangeWebhookRefusal::NotAllowed(refusal) => return Err(refusal.into()),
        ChangeWebhookRefusal::NoSuchWebhook => return Err(Away::NotThere),
        ChangeWebhookRefusal::Disabled => desk.t("这个推送地址已停用。", "This webhook is disabled."),
        ChangeWebhookRefusal::VersionConflict => desk.t(
            "有人刚刚改过。下面是现在的内容，请看过再改。",
            "Somebody changed it meanwhile. What you see now is as it is: look, then change it.",
        ),
    };
    Ok(Reply::NotTaken(render(&one(desk, Some(problem.to_owned())).await?)))
}
