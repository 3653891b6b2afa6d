use kernel::{EmailAddress, Fault, FaultKind};
use lettre::{
    Address,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::{Mail, render::Rendered};

/// How the words of a mail are spelled in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Whatever passes every mail server: quoted-printable or base64.
    Travelling,
    /// Plain UTF-8, for people who open the file.
    Readable,
}

/// Puts a rendered mail together as RFC 5322 wants it.
pub(crate) fn build(
    from: &EmailAddress,
    mail: &Mail,
    rendered: &Rendered,
    spelling: Spelling,
) -> Result<lettre::Message, Fault> {
    let domain = from.as_str().rsplit('@').next().unwrap_or_default();
    // Our own boundary, from the key: the same mail is the same bytes.
    let boundary = format!("{}-{}", mail.key.event, mail.key.reaction);
    let body = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, &rendered.text, spelling))
        .singlepart(part(ContentType::TEXT_HTML, &rendered.html, spelling));
    lettre::Message::builder()
        .message_id(Some(format!("<{}@{domain}>", mail.key)))
        .date(mail.sent_at.into())
        .from(Mailbox::new(Some(rendered.sender.clone()), address(from)?))
        .to(Mailbox::new(None, address(&mail.to)?))
        .subject(rendered.subject.as_str())
        // RFC 3834: keeps holiday notices from answering.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .multipart(body)
        .map_err(|error| Fault::because(FaultKind::Broken, "put a mail together", error))
}

fn part(content_type: ContentType, text: &str, spelling: Spelling) -> SinglePart {
    let body = match spelling {
        Spelling::Travelling => Body::new(text.to_owned()),
        // Spelled by hand: the library calls UTF-8 lines above 76 bytes unfit for 8bit. RFC 5322's limit is 998 bytes,
        // and our longest line is a name within tags.
        Spelling::Readable => {
            let lines = text.replace('\n', "\r\n");
            Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::EightBit)
        }
    };
    SinglePart::builder().header(content_type).body(body)
}

fn address(address: &EmailAddress) -> Result<Address, Fault> {
    // The library's own error would repeat the address, which must not reach a log.
    address.as_str().parse().map_err(|_| Fault::new(FaultKind::Broken, "address a mail"))
}
