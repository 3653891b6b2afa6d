use super::{Answer, Desk, Reply};

/// `POST /office/sign-out`: at once and in every process.
pub(super) async fn sign_out(desk: Desk) -> Answer {
    desk.app.staff_sign_out(&desk.principal).await?;
    Ok(Reply::SignedOut)
}
