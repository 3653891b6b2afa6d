use std::collections::HashMap;

use chrono::{Datelike, NaiveDateTime};
use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue, langid};
use kernel::Locale;

use crate::{
    BallotThanked, FamilyPay, FamilyPayKind, HeldPointsLapsed, Invitation, LapseNotice, LapsingDay, MemberRemoved,
    Message, PerkRedeemed, PlaceOffered, SeatsReturned, SignInCode, SlotMissed,
};

fluent_templates::static_loader! {
    static WORDING = {
        locales: "./locales",
        fallback_language: "zh-CN",
        // Fluent wraps values in invisible direction marks by default; copied with a code they would make it wrong.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ZH_CN: LanguageIdentifier = langid!("zh-CN");
static EN: LanguageIdentifier = langid!("en");

/// A highlight with more bytes is set smaller, or a telephone would break it in the middle.
const LONG_HIGHLIGHT: usize = 30;

/// A message in words, ready for any transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// The name shown beside the from address.
    pub(crate) sender: String,
    /// The subject line.
    pub(crate) subject: String,
    /// The plain text.
    pub(crate) text: String,
    /// The same as HTML, in large type and with styles inline, as mail programs drop everything else.
    pub(crate) html: String,
}

/// What every message is made of: one thing to see at once, and a few sentences around it.
struct Sheet {
    subject: String,
    heading: String,
    before: String,
    highlight: String,
    /// Where a tap on the highlight leads; plain text shows it beside.
    link: Option<String>,
    after: [String; 2],
}

/// Words a message in a language.
pub(crate) fn render(message: &Message, locale: Locale) -> Rendered {
    let sheet = match message {
        Message::SignInCode(code) => sign_in_code(code, locale),
        Message::PerkRedeemed(redeemed) => perk_redeemed(redeemed, locale),
        Message::LapseNotice(notice) => lapse_notice(notice, locale),
        Message::HeldPointsLapsed(lapsed) => held_points_lapsed(*lapsed, locale),
        Message::Invitation(message) => invitation(message, locale),
        Message::MemberRemoved(message) => member_removed(message, locale),
        Message::PlaceOffered(offered) => place_offered(offered, locale),
        Message::SeatsReturned(returned) => seats_returned(returned, locale),
        Message::SlotMissed(missed) => slot_missed(missed, locale),
        Message::BallotThanked(thanked) => ballot_thanked(thanked, locale),
        Message::FamilyPay(told) => family_pay(told, locale),
    };
    Rendered {
        sender: word(locale, "sender", &HashMap::new()),
        text: text_of(&sheet),
        html: html_of(&sheet, locale),
        subject: sheet.subject,
    }
}

fn sign_in_code(message: &SignInCode, locale: Locale) -> Sheet {
    let values = HashMap::from([("minutes", FluentValue::from(message.valid_minutes))]);
    Sheet {
        // The code is not in the subject: locked phones show subjects to whoever holds them.
        subject: word(locale, "sign-in-code-subject", &values),
        heading: word(locale, "sign-in-code-heading", &values),
        before: word(locale, "sign-in-code-before", &values),
        highlight: message.code.clone(),
        link: None,
        after: [word(locale, "sign-in-code-valid", &values), word(locale, "sign-in-code-ignore", &values)],
    }
}

fn perk_redeemed(message: &PerkRedeemed, locale: Locale) -> Sheet {
    let values = HashMap::from([
        ("perk", FluentValue::from(message.perk.as_str())),
        ("points", FluentValue::from(message.price.get())),
        ("year", FluentValue::from(message.valid_until.year())),
        ("month", FluentValue::from(message.valid_until.month())),
        ("day", FluentValue::from(message.valid_until.day())),
    ]);
    Sheet {
        subject: word(locale, "perk-redeemed-subject", &values),
        heading: word(locale, "perk-redeemed-heading", &values),
        before: word(locale, "perk-redeemed-before", &values),
        highlight: message.perk.to_string(),
        link: None,
        after: [word(locale, "perk-redeemed-valid", &values), word(locale, "perk-redeemed-question", &values)],
    }
}

fn lapse_notice(message: &LapseNotice, locale: Locale) -> Sheet {
    let points: i64 = message.days.iter().map(|day| day.points.get()).sum();
    let between = match locale {
        Locale::ZhCn => "；",
        Locale::En => "; ",
    };
    let days: Vec<String> = message.days.iter().map(|day| lapsing_day(day, locale)).collect();
    let values =
        HashMap::from([("points", FluentValue::from(points)), ("days", FluentValue::from(days.join(between)))]);
    Sheet {
        subject: word(locale, "lapse-notice-subject", &values),
        heading: word(locale, "lapse-notice-heading", &values),
        before: word(locale, "lapse-notice-before", &values),
        highlight: word(locale, "lapse-notice-points", &values),
        link: None,
        after: [word(locale, "lapse-notice-days", &values), word(locale, "lapse-notice-use", &values)],
    }
}

fn invitation(message: &Invitation, locale: Locale) -> Sheet {
    let household = message.household.as_ref().map_or("", |household| household.as_str());
    let values = HashMap::from([
        ("name", FluentValue::from(message.name.as_str())),
        ("inviter", FluentValue::from(message.inviter.as_str())),
        ("household", FluentValue::from(household)),
        ("year", FluentValue::from(message.last_day.year())),
        ("month", FluentValue::from(message.last_day.month())),
        ("day", FluentValue::from(message.last_day.day())),
    ]);
    let (before, highlight) = match (&message.household, &message.link) {
        (Some(_), Some(_)) if message.brings_household => {
            ("invitation-before-household", word(locale, "invitation-open", &values))
        }
        (Some(_), None) if message.brings_household => ("invitation-before-household-code", message.token.clone()),
        (Some(_), Some(_)) => ("invitation-before-member", word(locale, "invitation-open", &values)),
        (None, Some(_)) => ("invitation-before-kin", word(locale, "invitation-open", &values)),
        (Some(_), None) => ("invitation-before-member-code", message.token.clone()),
        (None, None) => ("invitation-before-kin-code", message.token.clone()),
    };
    Sheet {
        // Neither the household nor the link is in the subject: locked phones show subjects to whoever holds them.
        subject: word(locale, "invitation-subject", &values),
        heading: word(locale, "invitation-heading", &values),
        before: word(locale, before, &values),
        highlight,
        link: message.link.clone(),
        after: [word(locale, "invitation-valid", &values), word(locale, "invitation-ignore", &values)],
    }
}

fn member_removed(message: &MemberRemoved, locale: Locale) -> Sheet {
    let values = HashMap::from([
        ("household", FluentValue::from(message.household.as_str())),
        ("points", FluentValue::from(message.points.get())),
    ]);
    Sheet {
        // The household is not in the subject: locked phones show subjects to whoever holds them.
        subject: word(locale, "member-removed-subject", &values),
        heading: word(locale, "member-removed-heading", &values),
        before: word(locale, "member-removed-before", &values),
        highlight: word(locale, "member-removed-points", &values),
        link: None,
        after: [word(locale, "member-removed-keeps", &values), word(locale, "member-removed-question", &values)],
    }
}

fn lapsing_day(day: &LapsingDay, locale: Locale) -> String {
    let values = HashMap::from([
        ("points", FluentValue::from(day.points.get())),
        ("year", FluentValue::from(day.last_day.year())),
        ("month", FluentValue::from(day.last_day.month())),
        ("day", FluentValue::from(day.last_day.day())),
    ]);
    word(locale, "lapse-notice-day", &values)
}

fn held_points_lapsed(message: HeldPointsLapsed, locale: Locale) -> Sheet {
    let at: NaiveDateTime = message.ended_at;
    let values = HashMap::from([
        ("points", FluentValue::from(message.points.get())),
        ("year", FluentValue::from(at.year())),
        ("month", FluentValue::from(at.month())),
        ("day", FluentValue::from(at.day())),
        ("time", FluentValue::from(at.format("%H:%M").to_string())),
    ]);
    Sheet {
        subject: word(locale, "held-points-lapsed-subject", &values),
        heading: word(locale, "held-points-lapsed-heading", &values),
        before: word(locale, "held-points-lapsed-before", &values),
        highlight: word(locale, "held-points-lapsed-points", &values),
        link: None,
        after: [word(locale, "held-points-lapsed-why", &values), word(locale, "held-points-lapsed-question", &values)],
    }
}

fn place_offered(message: &PlaceOffered, locale: Locale) -> Sheet {
    let values = with_time(
        message.ends_at,
        [("perk", FluentValue::from(message.perk.as_str())), ("points", FluentValue::from(message.price.get()))],
    );
    Sheet {
        subject: word(locale, "place-offered-subject", &values),
        heading: word(locale, "place-offered-heading", &values),
        before: word(locale, "place-offered-before", &values),
        highlight: message.perk.to_string(),
        link: None,
        after: [word(locale, "place-offered-until", &values), word(locale, "place-offered-price", &values)],
    }
}

fn seats_returned(message: &SeatsReturned, locale: Locale) -> Sheet {
    let gathering = FluentValue::from(message.gathering.as_str());
    let values =
        with_time(message.starts_at, [("gathering", gathering), ("points", FluentValue::from(message.points.get()))]);
    let back = if message.points.is_zero() { "seats-returned-none" } else { "seats-returned-points" };
    Sheet {
        subject: word(locale, "seats-returned-subject", &values),
        heading: word(locale, "seats-returned-heading", &values),
        before: word(locale, "seats-returned-before", &values),
        highlight: message.gathering.to_string(),
        link: None,
        after: [word(locale, back, &values), word(locale, "seats-returned-sorry", &values)],
    }
}

fn slot_missed(message: &SlotMissed, locale: Locale) -> Sheet {
    let numbers =
        [("points", FluentValue::from(message.points.get())), ("apology", FluentValue::from(message.apology.get()))];
    let values = with_time(message.starts_at, numbers);
    let back = if message.apology.is_zero() { "slot-missed-points" } else { "slot-missed-apology" };
    Sheet {
        subject: word(locale, "slot-missed-subject", &values),
        heading: word(locale, "slot-missed-heading", &values),
        before: word(locale, "slot-missed-before", &values),
        highlight: message.perk.to_string(),
        link: None,
        after: [word(locale, back, &values), word(locale, "slot-missed-sorry", &values)],
    }
}

fn ballot_thanked(message: &BallotThanked, locale: Locale) -> Sheet {
    let values = HashMap::from([
        ("study", FluentValue::from(message.study.as_str())),
        ("chosen", FluentValue::from(message.chosen.as_str())),
        ("households", FluentValue::from(message.chosen_by)),
        ("points", FluentValue::from(message.points.get())),
    ]);
    let thanks = if message.points.is_zero() { "ballot-thanked-words" } else { "ballot-thanked-points" };
    Sheet {
        subject: word(locale, "ballot-thanked-subject", &values),
        heading: word(locale, "ballot-thanked-heading", &values),
        before: word(locale, "ballot-thanked-before", &values),
        highlight: message.chosen.to_string(),
        link: None,
        after: [word(locale, "ballot-thanked-one-of", &values), word(locale, thanks, &values)],
    }
}

fn family_pay(message: &FamilyPay, locale: Locale) -> Sheet {
    // What the payer can still do something about shows where; a mail that only tells shows how much.
    let opens = matches!(message.kind, FamilyPayKind::Asked | FamilyPayKind::Reminded);
    let until = message.until.map(|at| at.format("%m-%d %H:%M").to_string()).unwrap_or_default();
    let amount = message.amount.to_string();
    let values = HashMap::from([
        ("senior", FluentValue::from(message.senior.as_str())),
        ("payer", FluentValue::from(message.payer.as_str())),
        ("goods", FluentValue::from(message.goods.as_str())),
        ("until", FluentValue::from(until)),
    ]);
    let part = |part: &str| word(locale, &format!("family-pay-{}-{part}", message.kind.word()), &values);
    let (highlight, link) = match (opens, &message.link) {
        (true, Some(link)) => (word(locale, "family-pay-open", &values), Some(link.clone())),
        (true, None) => (message.token.clone(), None),
        (false, _) => (amount.clone(), None),
    };
    let before = if opens { format!("{} {amount}", part("before")) } else { part("before") };
    Sheet {
        subject: part("subject"),
        heading: part("heading"),
        before,
        highlight,
        link,
        after: [part("first"), part("second")],
    }
}

/// The values of a sentence with those of a day and an hour.
fn with_time<'a>(
    at: NaiveDateTime,
    values: [(&'static str, FluentValue<'a>); 2],
) -> HashMap<&'static str, FluentValue<'a>> {
    let mut values = HashMap::from(values);
    values.insert("year", FluentValue::from(at.year()));
    values.insert("month", FluentValue::from(at.month()));
    values.insert("day", FluentValue::from(at.day()));
    values.insert("time", FluentValue::from(at.format("%H:%M").to_string()));
    values
}

fn word(locale: Locale, id: &str, values: &HashMap<&str, FluentValue<'_>>) -> String {
    let language = match locale {
        Locale::ZhCn => &ZH_CN,
        Locale::En => &EN,
    };
    // No fallback to the other language: a missing sentence is a defect that the tests of this file find.
    WORDING.lookup_single_language(language, id, Some(values)).expect("every message is worded in every language")
}

fn text_of(sheet: &Sheet) -> String {
    let Sheet { heading, before, highlight, link, after: [first, second], .. } = sheet;
    // A plain mail shows where it leads, and nothing to tap on.
    let highlight = link.as_ref().unwrap_or(highlight);
    format!("{heading}\n\n{before}\n\n    {highlight}\n\n{first}\n{second}\n")
}

fn html_of(sheet: &Sheet, locale: Locale) -> String {
    let [first, second] = sheet.after.each_ref().map(|sentence| escape(sentence));
    let (heading, before, highlight) = (escape(&sheet.heading), escape(&sheet.before), escape(&sheet.highlight));
    let language = locale.tag();
    let highlight = match &sheet.link {
        None if sheet.highlight.len() > LONG_HIGHLIGHT => {
            format!(r#"<p style="margin:16px 0;font-size:24px;font-weight:bold">{highlight}</p>"#)
        }
        None => {
            format!(r#"<p style="margin:16px 0;font-size:40px;font-weight:bold;letter-spacing:2px">{highlight}</p>"#)
        }
        Some(link) => format!(
            r#"<p style="margin:24px 0"><a href="{}" style="display:inline-block;padding:16px 32px;border-radius:8px;background:#b3261e;color:#ffffff;font-size:28px;font-weight:bold;text-decoration:none">{highlight}</a></p>"#,
            escape(link)
        ),
    };
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{heading}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font-family:sans-serif;font-size:20px;line-height:1.6">
<h1 style="margin:0 0 16px;font-size:28px">{heading}</h1>
<p style="margin:0">{before}</p>
{highlight}
<p style="margin:0 0 8px">{first}</p>
<p style="margin:0">{second}</p>
</body>
</html>
"#
    )
}

/// Makes a text safe between tags and within quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
