//! Use-cases about seniors who order and relatives who pay.

mod draft_order_from_speech;

pub use draft_order_from_speech::{DraftOrderRefusal, spoken_product};
