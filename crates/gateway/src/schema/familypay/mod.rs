//! Seniors order, relatives pay.

mod draft_order_from_speech;
mod spoken_draft;

pub(super) use draft_order_from_speech::{DraftOrderFromSpeechMutation, DraftOrderFromSpeechUserError};
