use accounts::StaffRole;
use app::webhooks::{Decider, EventKeyRefusal, SealedEventKey};
use askama::Template;
use kernel::kinds;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    secret::SecretPage,
};

/// What the order system may sign with.
#[derive(Template)]
#[template(path = "office/event_keys.html")]
struct EventKeysPage {
    frame: Frame,
    keys: Vec<SealedEventKey>,
    problem: Option<String>,
}

/// `GET /office/event-keys`.
pub(super) async fn event_keys(desk: Desk) -> Answer {
    show(&list(&desk, None).await?)
}

async fn list(desk: &Desk, problem: Option<String>) -> Result<EventKeysPage, Away> {
    let keys = desk.app.list_event_keys_by_staff(&desk.principal).await??;
    Ok(EventKeysPage { frame: desk.frame.clone(), keys, problem })
}

/// `POST /office/event-keys`.
pub(super) async fn issue(desk: Desk) -> Answer {
    match desk.app.issue_event_key(Decider::Staff(desk.principal)).await? {
        Ok(issued) => {
            let title = desk.t("新的事件密钥", "The new event key").to_owned();
            SecretPage::show(desk.frame, title, issued.key.to_text(), "/office/event-keys".to_owned())
        }
        Err(refusal) => refused(&desk, refusal).await,
    }
}

/// `POST /office/event-keys/ID`: worth nothing from now on.
pub(super) async fn revoke(desk: Desk) -> Answer {
    if !desk.form.is_ticked("sure") {
        return Err(Away::BadRequest);
    }
    match desk.app.revoke_event_key(Decider::Staff(desk.principal), desk.id::<kinds::EventKey>()?).await? {
        Ok(()) => {
            let notice =
                desk.t("密钥已作废，一秒内在所有进程生效。", "Revoked; within a second nobody believes it.").to_owned();
            Ok(Reply::Done { to: "/office/event-keys".to_owned(), notice })
        }
        Err(refusal) => refused(&desk, refusal).await,
    }
}

async fn refused(desk: &Desk, refusal: EventKeyRefusal) -> Answer {
    let problem = match refusal {
        EventKeyRefusal::NotAllowed(refusal) => return Err(refusal.into()),
        EventKeyRefusal::NoSuchKey => return Err(Away::NotThere),
        EventKeyRefusal::TooMany => {
            desk.t("已有两把有效密钥，请先作废一把。", "Two keys are good already; revoke one first.")
        }
    };
    Ok(Reply::NotTaken(render(&list(desk, Some(problem.to_owned())).await?)))
}
