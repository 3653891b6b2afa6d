use askama::Template;

use super::{Answer, Frame, desk::show};

/// Something that is shown once: no redirect could carry it, and no notice may.
#[derive(Template)]
#[template(path = "office/secret.html")]
pub(super) struct SecretPage {
    frame: Frame,
    title: String,
    secret: String,
    back: String,
}

impl SecretPage {
    pub(super) fn show(frame: Frame, title: String, secret: String, back: String) -> Answer {
        show(&Self { frame, title, secret, back })
    }
}
