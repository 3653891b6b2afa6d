use askama::Template;

use super::{
    Answer, Frame,
    desk::{Desk, show},
};

/// Where a day at the office begins.
#[derive(Template)]
#[template(path = "office/home.html")]
struct HomePage {
    frame: Frame,
}

/// `GET /office`.
pub(super) async fn home(desk: Desk) -> Answer {
    show(&HomePage { frame: desk.frame })
}
