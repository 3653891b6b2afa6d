use accounts::Password;
use app::staff::{ChangeStaffPassword, WrongStaffCredentials};
use askama::Template;

use super::{
    Answer, Desk, Frame, Reply,
    desk::{render, show},
};

/// Whoever is signed in, about themselves.
#[derive(Template)]
#[template(path = "office/account.html")]
struct AccountPage {
    frame: Frame,
    problem: Option<String>,
}

/// `GET /office/account`.
pub(super) async fn account(desk: Desk) -> Answer {
    show(&AccountPage { frame: desk.frame, problem: None })
}

/// `POST /office/account`: another password. Every session ends with it, this one too.
pub(super) async fn change_password(desk: Desk) -> Answer {
    let (new, again) = (desk.form.exact("new"), desk.form.exact("again"));
    let problem = match Password::parse(new) {
        Err(_) => desk.t("新密码要有 12 到 128 个字符。", "The new password must have 12 to 128 characters."),
        Ok(_) if new != again => desk.t("两次输入的新密码不一样。", "The new password was not typed the same twice."),
        Ok(new) => {
            let (current, code) = (desk.form.exact("current").to_owned(), desk.form.text("code").to_owned());
            let change = ChangeStaffPassword { current, code, new };
            match desk.app.change_staff_password(&desk.principal, change).await? {
                Ok(()) => return Ok(Reply::SignedOut),
                Err(WrongStaffCredentials) => desk.t(
                    "密码或动态口令不正确，或尝试次数过多，请稍后再试。",
                    "The password or the code is wrong, or too many tries failed. Try again later.",
                ),
            }
        }
    };
    let problem = Some(problem.to_owned());
    Ok(Reply::NotTaken(render(&AccountPage { frame: desk.frame, problem })))
}
