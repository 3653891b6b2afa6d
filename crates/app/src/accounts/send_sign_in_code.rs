use accounts::{CODE_LIFE, Code, events::SignInCodeRequested, store};
use db::outbox::ClaimedEvent;
use kernel::{Fault, FaultKind, Locale};
use mail::{Mail, MailKey, Message, SignInCode};

use crate::App;

/// The name of the reaction, for receipts and `Message-ID`s.
pub const SEND_SIGN_IN_CODE: &str = "send_sign_in_code";

impl App {
    /// Outside reaction to [`SignInCodeRequested`]: mails the code, at least once. Does nothing for an address nobody
    /// has, and for a code that is no longer good: after a long outage people should not be sent yesterday's codes.
    ///
    /// # Errors
    /// A [`Fault`] of the database or of the mail's way out; the event is then tried again later.
    pub(crate) async fn send_sign_in_code(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let unreadable = |error| Fault::because(FaultKind::Broken, "read a sign-in event", error);
        let requested: SignInCodeRequested = serde_json::from_str(&event.payload).map_err(unreadable)?;
        let challenge_id = requested.challenge_id.parse().map_err(|_| Fault::inconsistent("read a challenge's id"))?;
        let found = store::find_challenge(&self.reader(), challenge_id).await?;
        let Some((challenge, address)) = found else { return Ok(()) };
        let now = self.db().clock().now();

        if challenge.check_open(now).is_err() {
            return Ok(());
        }
        let code = Code::of(self.secret().bytes(), challenge.id());

        let mail = Mail {
            key: MailKey { event: event.id, reaction: SEND_SIGN_IN_CODE, person: None },
            to: address,
            // A language tag is a list of one.
            locale: Locale::from_accept_language(&requested.locale),
            message: Message::SignInCode(SignInCode {
                code: code.digits().to_owned(),
                valid_minutes: CODE_LIFE.num_minutes(),
            }),
            sent_at: now,
        };
        self.mailer().send(&mail).await
    }
}
