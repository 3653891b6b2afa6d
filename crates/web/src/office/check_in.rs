use accounts::StaffRole;
use app::entitlements::{CheckInRefusal, DoorKeeper};
use askama::Template;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
};

/// The longest code that is put into the field: a seat's has 96 letters and digits.
const MAX_CODE_CHARS: usize = 120;

/// The door of a gathering: a field for the code of a seat.
#[derive(Template)]
#[template(path = "office/check_in.html")]
struct CheckInPage {
    frame: Frame,
    code: String,
    problem: Option<String>,
}

/// `GET /office/check-in`, also `?code=…` as a scanner opens it. Nobody is let in by looking.
pub(super) async fn ask(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let code = desk.query.text("code").chars().take(MAX_CODE_CHARS).collect();
    show(&CheckInPage { frame: desk.frame, code, problem: None })
}

/// `POST /office/check-in`.
pub(super) async fn check_in(desk: Desk) -> Answer {
    // The use-case looks at the code first, which would tell others whether it is one.
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let typed = desk.form.text("code");
    let code = code_in(typed);
    match desk.app.check_in_seat(&DoorKeeper::Staff(desk.principal), &code).await? {
        Ok(checked_in) => {
            let perk = &checked_in.perk;
            let name = desk.t(perk.name_zh.as_str(), perk.name_en.as_str());
            let notice = format!("{}{name}", desk.t("已核销：", "Checked in: "));
            Ok(Reply::Done { to: "/office/check-in".to_owned(), notice })
        }
        Err(CheckInRefusal::NotAllowed) => Err(Away::NotAllowed),
        Err(refusal) => {
            let problem = Some(refused(&desk, &refusal));
            Ok(Reply::NotTaken(render(&CheckInPage { frame: desk.frame, code: typed.to_owned(), problem })))
        }
    }
}

/// The code in what a scanner types: bare, or at the end of a link to the seat's picture.
fn code_in(typed: &str) -> String {
    let last = typed.rsplit('/').next().unwrap_or_default();
    let bare = last.strip_suffix(".svg").unwrap_or(last);
    bare.chars().filter(|character| !character.is_whitespace()).collect()
}

fn refused(desk: &Desk, refusal: &CheckInRefusal) -> String {
    let at = |zh_cn, en, at| format!("{}{}", desk.t(zh_cn, en), desk.frame.minute(at));
    match refusal {
        CheckInRefusal::NotAllowed => desk.t("您没有这项权限。", "None of your roles allows this.").to_owned(),
        CheckInRefusal::NoSuchSeat => {
            desk.t("没有这个名额，请核对代码。", "There is no such seat: look at the code again.").to_owned()
        }
        CheckInRefusal::Cancelled { at: when } => at("名额已取消：", "The seat was cancelled at ", when),
        CheckInRefusal::CheckedIn { at: when } => at("已经核销过：", "Somebody came in with it at ", when),
        CheckInRefusal::DoorsClosed { starts_at } => at(
            "核销从开始前两小时到结束为止。活动开始于 ",
            "Doors are open from two hours before it begins until it is over. It begins at ",
            starts_at,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::code_in;

    #[test]
    fn a_code_is_found_in_what_a_scanner_types() {
        for typed in ["0A1B", "0A 1B", "https://hearth.example/seats/0A1B.svg", "/seats/0A1B.svg", "0A1B.svg"] {
            assert_eq!(code_in(typed), "0A1B", "{typed}");
        }
        assert_eq!(code_in(""), "");
    }
}
