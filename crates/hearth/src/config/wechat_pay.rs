use std::sync::Arc;

use app::familypay::{ApiKey, CashierKind, Merchant, MerchantKey, PlatformKey, WeChatPay};

use super::{trusted_url, values::Values};
use crate::Failure;

/// What is needed together.
const NEEDED: [&str; 7] = [
    "wechat_app_id",
    "wechat_merchant_id",
    "wechat_key_serial",
    "wechat_key_file",
    "wechat_api_key",
    "wechat_platform_keys",
    "wechat_notify_url",
];

/// The merchant's account: all of it or nothing. With half of it money could come in and not go back.
pub(super) fn account(values: &Values) -> Result<Option<Arc<WeChatPay>>, Failure> {
    let text = |name| values.optional(name, |text: &str| (!text.is_empty()).then(|| text.to_owned()));
    let mut set = Vec::with_capacity(NEEDED.len());
    for name in NEEDED {
        set.push(text(name)?);
    }
    let is_chosen = values.text("payments") == "wechat_pay";
    if set.iter().all(Option::is_none) && !is_chosen {
        return Ok(None);
    }
    if let Some(missing) = set.iter().position(Option::is_none) {
        let why = if is_chosen { "with payments = wechat_pay" } else { "with the other wechat_… settings" };
        return Err(Failure::new(format!("setting {} is needed {why}", NEEDED[missing])));
    }
    let set: Vec<String> = set.into_iter().flatten().collect();
    let [app_id, merchant_id, serial, key_file, _, platform_keys, _] =
        <[String; 7]>::try_from(set).map_err(|_| Failure::new("read the settings of WeChat Pay"))?;
    let api_key = values.optional("wechat_api_key", ApiKey::new)?;
    let notify_url = values.optional("wechat_notify_url", notify_url)?;
    let (Some(api_key), Some(notify_url)) = (api_key, notify_url) else { return Ok(None) };
    let key = MerchantKey::from_pem(&serial, &read("wechat_key_file", &key_file)?)
        .map_err(|error| Failure::because(format_args!("setting wechat_key_file: {key_file}"), error))?;
    let platform_keys = platform_keys.split(',').map(|entry| platform_key(entry.trim()));
    let merchant =
        Merchant { merchant_id, app_id, key, platform_keys: platform_keys.collect::<Result<_, _>>()?, api_key };
    let cashier = values.checked("wechat_cashier", CashierKind::from_code)?;
    let base = values.checked("wechat_url", trusted_url)?;
    Ok(Some(Arc::new(WeChatPay::new(merchant, cashier, notify_url, base.trim_end_matches('/').to_owned()))))
}

/// It goes to WeChat Pay as it is, which takes no query.
fn notify_url(text: &str) -> Option<String> {
    trusted_url(text).filter(|url| url.ends_with("/v1/pay/wechat") && !url.contains('?'))
}

fn platform_key(entry: &str) -> Result<PlatformKey, Failure> {
    let (id, file) = entry
        .split_once('=')
        .ok_or_else(|| Failure::new(format!("setting wechat_platform_keys: {entry} is not of the form ID=FILE")))?;
    PlatformKey::from_pem(id, &read("wechat_platform_keys", file)?)
        .map_err(|error| Failure::because(format_args!("setting wechat_platform_keys: {file}"), error))
}

fn read(setting: &str, file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::because(format_args!("setting {setting}: could not read {file}"), error))
}
