use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a page of ours carries in its forms, and another site cannot know: the session's own secret, keyed over the purpose.
///
/// It needs no table and ends with the session. Who has it has nothing that opens a session.
pub(crate) fn form_token(secret: &str) -> String {
    keyed(secret, &["form"])
}

/// Whether a form carries the token of this session.
pub(crate) fn is_form_token(secret: &str, shown: &str) -> bool {
    form_token(secret).as_bytes().ct_eq(shown.as_bytes()).into()
}

/// Marks a text so that it is known again as ours.
pub(super) fn signed(secret: &str, text: &str) -> String {
    format!("{}.{}", keyed(secret, &["notice", text]), encode(text))
}

/// The text, if we marked it for this session.
pub(super) fn read_signed(secret: &str, marked: &str) -> Option<String> {
    let (mark, text) = marked.split_once('.')?;
    let text = decode(text)?;
    let is_ours: bool = keyed(secret, &["notice", &text]).as_bytes().ct_eq(mark.as_bytes()).into();
    is_ours.then_some(text)
}

fn keyed(secret: &str, parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length is taken");
    mac.update(b"hearth office\n");
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    hex(&mac.finalize().into_bytes())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

/// A cookie holds no semicolon, comma, space or Chinese.
fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn decode(text: &str) -> Option<String> {
    form_urlencoded::parse(text.as_bytes()).next().filter(|(_, value)| value.is_empty()).map(|(name, _)| name.into())
}

#[cfg(test)]
mod tests {
    use super::{form_token, is_form_token, read_signed, signed};

    #[test]
    fn a_form_token_is_of_one_session() {
        let token = form_token("staff_1");
        assert!(is_form_token("staff_1", &token));
        assert!(
            !is_form_token("staff_2", &token)
                && !is_form_token("staff_1", "")
                && !is_form_token("staff_1", &token[1..])
        );
    }

    #[test]
    fn a_notice_is_read_back_only_by_its_session() {
        let text = "已调整 +30 积分; a=b&c, 王奶奶.";
        let marked = signed("staff_1", text);
        assert!(marked.is_ascii() && !marked.contains([';', ',', ' ']), "{marked}");
        assert_eq!(read_signed("staff_1", &marked).as_deref(), Some(text));
        assert_eq!(read_signed("staff_2", &marked), None);
        assert_eq!(read_signed("staff_1", "x.y"), None);
        assert_eq!(read_signed("staff_1", &marked.replace("30", "31")), None);
    }
}
