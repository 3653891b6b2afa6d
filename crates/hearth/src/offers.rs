//! What can be ordered now, as the operator puts it up from the shell.

use std::path::Path;

use app::App;
use familypay::understand::Pack;
use kernel::Label;
use orders::{MAX_OFFERS, Offer};

use crate::{
    Failure, console, deployment,
    import::{
        Input, Table,
        columns::{Schema, optional, reason_of, required},
        fields::{BadField, Fields},
        records::Next,
    },
};

const PRODUCT: usize = 0;
const NAME: usize = 1;
const UNIT: usize = 2;
const PRICE: usize = 3;
const PACK: usize = 4;
const ALIASES: usize = 5;
const WARNS: usize = 6;
const STOCK: usize = 7;
const CUT_OFF: usize = 8;

/// A catalogue that can be ordered from by voice.
static OFFERS: Schema = Schema {
    noun: "products",
    columns: &[
        required(&["product_id", "product_ref"]),
        required(&["name"]),
        required(&["unit"]),
        required(&["price"]),
        optional(&["pack"]),
        optional(&["aliases"]),
        optional(&["warns"]),
        optional(&["stock"]),
        optional(&["cut_off"]),
    ],
    ignored: &["category"],
};

/// Puts a catalogue up instead of all that was on offer.
pub(crate) async fn replace(app: &App, file: &Path) -> Result<(), Failure> {
    let offers = read_offers(Input::open(file)?)?;
    app.offer_products(&offers).await?.map_err(|refusal| Failure::new(format!("{}: {refusal}", file.display())))?;
    deployment::keep_own_data(app).await?;
    console::say(format_args!("{} products are on offer", offers.len()));
    Ok(())
}

/// The catalogue of a file.
///
/// # Errors
/// A [`Failure`] when it cannot be read, or at the first row that is no offer: half a catalogue would sell half of what there is.
pub(crate) fn read_offers(file: Input) -> Result<Vec<Offer>, Failure> {
    let mut table = Table::open(file, &OFFERS)?;
    let mut products = Vec::new();
    loop {
        let (next, layout, name) = table.read_next();
        let product = match next {
            Next::Row(row) => Fields::of(&row, &OFFERS, layout)
                .and_then(|fields| read_offer(&fields))
                .map_err(|bad| Failure::new(format!("{name}, line {}: {} {}", row.line, bad.column, bad.reason)))?,
            Next::Unreadable { why, .. } => return Err(Failure::new(format!("{name}: {}", reason_of(&why)))),
            Next::End => return Ok(products),
        };
        if products.len() == MAX_OFFERS {
            return Err(Failure::new(format!("{name}: a catalogue has at most {MAX_OFFERS} products")));
        }
        products.push(product);
    }
}

fn read_offer(fields: &Fields<'_>) -> Result<Offer, BadField> {
    let words = |column: usize| -> Result<Vec<Label>, BadField> {
        let text: Option<Label> = fields.optional(column)?;
        let text = text.as_ref().map(Label::as_str).unwrap_or_default();
        let words = text.split([';', '；']).map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| word.parse().map_err(|error| fields.bad(column, error))).collect()
    };
    let packs = words(PACK)?;
    if packs.iter().any(|pack| Pack::parse_all(pack.as_str()).is_err()) {
        return Err(fields.bad(PACK, "is neither like 箱=24 nor like 30个"));
    }
    Ok(Offer {
        product_ref: fields.required(PRODUCT)?,
        name: fields.required(NAME)?,
        unit: fields.required(UNIT)?,
        price: fields.amount(PRICE)?,
        packs,
        aliases: words(ALIASES)?,
        warns: words(WARNS)?,
        stock_thousandths: stock(fields)?,
        cut_off_minute: cut_off(fields)?,
    })
}

/// How many units are left, whole ones: `120`. Empty: as many as are asked for.
fn stock(fields: &Fields<'_>) -> Result<Option<i64>, BadField> {
    let Some(text) = fields.optional::<Label>(STOCK)? else { return Ok(None) };
    let units = text.as_str().parse::<u32>().map_err(|_| fields.bad(STOCK, "is no whole number of units"))?;
    Ok(Some(i64::from(units) * 1_000))
}

/// When orders of it close, on the operator's clocks: `22:00`. Empty: with all others.
fn cut_off(fields: &Fields<'_>) -> Result<Option<u16>, BadField> {
    let Some(text) = fields.optional::<Label>(CUT_OFF)? else { return Ok(None) };
    app::minute_of_day(text.as_str()).map(Some).ok_or_else(|| fields.bad(CUT_OFF, "is no time of day like 22:00"))
}
