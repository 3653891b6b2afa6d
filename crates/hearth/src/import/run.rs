use accounts::Imported;
use app::{
    App, ImportMode,
    orders::{ImportedProduct, RecordOrderRefusal, Recorded},
};
use kernel::{Money, Points};
use orders::{InvalidOrder, OrderPaid, Product};

use super::{
    Rejects, Table,
    columns::Layout,
    fields::{BadField, Fields, Times, reference_at},
    households::{self, HOUSEHOLDS},
    judged::JudgedOrders,
    lines::{self, Claimed, LINES, LinesByOrder, Unclaimed},
    orders::{self as order_rows, ORDERS},
    products::{self, PRODUCTS},
    records::Row,
    session::{Late, Origin, Reading, Session},
    tally::Summary,
};
use crate::{Failure, earn_rules};

/// Rows of one transaction: what a crash can undo, and how long others wait.
const ROWS_PER_BATCH: usize = App::MAX_ORDERS_PER_IMPORT;

/// How many people are looked at together, so that relatives may stand before their seniors in the file.
const PEOPLE_PER_LOOK: usize = 100_000;

/// How many lines are read between two looks at the progress.
const LINES_PER_LOOK: usize = 1_000;

/// One import under way: files are taken one after another, in batches, each batch its own transaction.
///
/// It keeps nothing between runs: what is there already is told by the database, so that running again after any end
/// finishes the work.
pub struct Import<'a> {
    app: &'a App,
    mode: ImportMode,
    times: Times,
    session: Session,
    judged: JudgedOrders,
    earns_nothing: bool,
}

/// Lines waiting for their orders.
pub struct HeldLines {
    file: String,
    lines: LinesByOrder,
}

/// Products waiting until everything that is needed was read.
pub struct HeldProducts {
    reading: Reading,
    rows: Vec<Product>,
    origins: Vec<Origin>,
}

impl<'a> Import<'a> {
    /// An import that shows its progress.
    #[must_use]
    pub fn new(app: &'a App, mode: ImportMode, times: Times, rejects: Rejects) -> Self {
        let session = Session::new(rejects, false);
        Self { app, mode, times, session, judged: JudgedOrders::default(), earns_nothing: false }
    }

    /// An import that says nothing, of data built into the program.
    #[must_use]
    pub fn silent(app: &'a App, times: Times) -> Self {
        let session = Session::new(Rejects::none_expected(), true);
        Self { app, mode: ImportMode::Commit, times, session, judged: JudgedOrders::default(), earns_nothing: false }
    }

    /// Makes a real run earn by some rule, and a dry run say that it found none.
    ///
    /// # Errors
    /// A [`Failure`] of the database.
    pub async fn find_earn_rule(&mut self) -> Result<(), Failure> {
        match self.mode {
            ImportMode::Commit => earn_rules::ensure_default(self.app).await?,
            ImportMode::DryRun => self.earns_nothing = self.app.list_earn_rules().await?.versions.is_empty(),
        }
        Ok(())
    }

    /// Takes a file of products.
    ///
    /// # Errors
    /// A [`Failure`] of the database or the reject file; batches taken before stay taken.
    pub async fn products(&mut self, table: Table) -> Result<(), Failure> {
        let mut reading = self.session.begin(table)?;
        loop {
            let (rows, origins) = self.session.read_batch(&mut reading, ROWS_PER_BATCH, read_product)?;
            if rows.is_empty() {
                break;
            }
            self.take_products(&mut reading, &rows, &origins).await?;
        }
        self.session.end(reading);
        Ok(())
    }

    /// Reads a file of products to its end and takes none yet: orders that earn by them must not find half a catalogue.
    ///
    /// # Errors
    /// A [`Failure`] of the reject file, when the file is damaged, or when there are more products than can be held.
    pub fn hold_products(&mut self, table: Table) -> Result<HeldProducts, Failure> {
        let mut reading = self.session.begin_whole(table)?;
        // One more than may be held tells whether there are too many.
        let (rows, origins) = self.session.read_batch(&mut reading, products::MAX_PRODUCTS_HELD + 1, read_product)?;
        if rows.len() > products::MAX_PRODUCTS_HELD {
            return Err(Failure::new(format!(
                "{} has more than {} products; import it by itself with hearth import products; nothing was done",
                reading.table.name,
                products::MAX_PRODUCTS_HELD
            )));
        }
        Ok(HeldProducts { reading, rows, origins })
    }

    /// Takes products read before.
    ///
    /// # Errors
    /// As [`Import::products`].
    pub async fn held_products(&mut self, held: HeldProducts) -> Result<(), Failure> {
        let HeldProducts { mut reading, rows, origins } = held;
        for (rows, origins) in rows.chunks(ROWS_PER_BATCH).zip(origins.chunks(ROWS_PER_BATCH)) {
            self.take_products(&mut reading, rows, origins).await?;
        }
        self.session.end(reading);
        Ok(())
    }

    async fn take_products(
        &mut self,
        reading: &mut Reading,
        rows: &[Product],
        origins: &[Origin],
    ) -> Result<(), Failure> {
        let answers = self.app.import_products(rows, self.mode).await?;
        for (answer, origin) in answers.into_iter().zip(origins) {
            match answer {
                Ok(ImportedProduct::New) => reading.tally.new += 1,
                Ok(ImportedProduct::Duplicate) => reading.tally.known += 1,
                Err(refusal) => self.session.refuse(reading, origin, Some(products::PRODUCT_ID), refusal)?,
            }
        }
        self.session.settle(reading, origins.len())
    }

    /// Takes a file of people.
    ///
    /// # Errors
    /// As [`Import::products`].
    pub async fn households(&mut self, table: Table) -> Result<(), Failure> {
        let mut reading = self.session.begin(table)?;
        loop {
            let (rows, origins) = self.session.read_batch(&mut reading, PEOPLE_PER_LOOK, |row, layout| {
                households::read_household(&Fields::of(row, &HOUSEHOLDS, layout)?)
            })?;
            if rows.is_empty() {
                break;
            }
            let mut people: Vec<_> = rows.into_iter().zip(origins).collect();
            households::sort_seniors_first(&mut people, |(row, _)| row);
            for batch in people.chunks(ROWS_PER_BATCH) {
                self.take_people(&mut reading, batch).await?;
            }
        }
        self.session.end(reading);
        Ok(())
    }

    async fn take_people(
        &mut self,
        reading: &mut Reading,
        batch: &[(accounts::HouseholdRow, Origin)],
    ) -> Result<(), Failure> {
        let rows = batch.iter().map(|(row, _)| row.clone()).collect();
        let answers = self.app.import_households(rows, self.mode).await?;
        for (answer, (_, origin)) in answers.into_iter().zip(batch) {
            match answer {
                Ok(Imported::New) => reading.tally.new += 1,
                Ok(Imported::Duplicate) => reading.tally.known += 1,
                Err(refusal) => {
                    let column = households::column_named(refusal.column());
                    self.session.refuse(reading, origin, column, refusal)?;
                }
            }
        }
        self.session.settle(reading, batch.len())
    }

    /// Reads a file of lines into memory; they are handed on with their orders.
    ///
    /// # Errors
    /// A [`Failure`] of the reject file, when the file is damaged, or when there are more lines than can be held.
    pub fn lines(&mut self, table: Table) -> Result<HeldLines, Failure> {
        let mut reading = self.session.begin_whole(table)?;
        let mut held = LinesByOrder::default();
        let mut hold = |row: &Row<'_>, layout: &Layout| match read_line(row, layout) {
            Ok(read) => Ok(held.hold(row.line, read)),
            Err(bad) => {
                // A bad line takes its order with it, so the order is told even when the rest of the line is damaged.
                if let Some(order) = reference_at(row, layout, lines::ORDER_ID) {
                    held.spoil(row.line, order);
                }
                Err(bad)
            }
        };
        let mut unseen = 0;
        while let Some(held) = self.session.next_row(&mut reading, &mut hold)? {
            held.map_err(|error| Failure::new(format!("{} {error}; nothing was done", reading.table.name)))?;
            unseen += 1;
            if unseen == LINES_PER_LOOK {
                self.session.settle(&mut reading, unseen)?;
                unseen = 0;
            }
        }
        let file = self.session.end(reading).name;
        Ok(HeldLines { file, lines: held })
    }

    /// Takes a file of orders, with their lines when they were read before.
    ///
    /// # Errors
    /// As [`Import::products`].
    pub async fn orders(&mut self, table: Table, mut held: Option<HeldLines>) -> Result<(), Failure> {
        let mut reading = self.session.begin(table)?;
        let times = self.times;
        loop {
            let (rows, origins) = self.session.read_batch(&mut reading, ROWS_PER_BATCH, |row, layout| {
                read_order(row, layout, &times, held.as_mut())
            })?;
            if rows.is_empty() {
                break;
            }
            self.take_orders(&mut reading, &rows, &origins).await?;
        }
        let orders_file = self.session.end(reading).name;
        held.map_or(Ok(()), |held| self.reject_unclaimed(&held, &orders_file))
    }

    async fn take_orders(
        &mut self,
        reading: &mut Reading,
        orders: &[OrderPaid],
        origins: &[Origin],
    ) -> Result<(), Failure> {
        let answers = match self.mode {
            ImportMode::Commit => self.app.import_orders(orders, self.mode).await?,
            ImportMode::DryRun => self.judged.import_orders(self.app, orders).await?,
        };
        for (answer, origin) in answers.into_iter().zip(origins) {
            match answer {
                Ok(Recorded::New { points, .. }) => {
                    reading.tally.new += 1;
                    reading.tally.points = added(reading.tally.points, points)?;
                }
                Ok(Recorded::PickedUp { .. }) => reading.tally.new += 1,
                Ok(Recorded::Duplicate) => reading.tally.known += 1,
                Err(refusal) => self.session.refuse(reading, origin, column_of(&refusal), refusal)?,
            }
        }
        self.session.settle(reading, orders.len())
    }

    /// A line whose order never came would be lost without a word.
    fn reject_unclaimed(&mut self, held: &HeldLines, orders_file: &str) -> Result<(), Failure> {
        for unclaimed in held.lines.unclaimed() {
            let Unclaimed { file_line, order, product, amount } = unclaimed;
            let product = product.map(|product| product.to_string()).unwrap_or_default();
            let late = Late {
                file: &held.file,
                line: u64::from(file_line),
                column: LINES.columns[lines::ORDER_ID].names[0],
                reason: format!("no order of this number is in {orders_file}"),
                row: format!("{order} {product} {amount}"),
            };
            self.session.reject_later(LINES.noun, &late)?;
        }
        Ok(())
    }

    /// Ends the import and says what it did.
    ///
    /// # Errors
    /// A [`Failure`] of the reject file.
    pub fn finish(self) -> Result<Summary, Failure> {
        self.session.finish(self.mode, self.earns_nothing)
    }
}

fn read_product(row: &Row<'_>, layout: &Layout) -> Result<Product, BadField> {
    products::read_product(&Fields::of(row, &PRODUCTS, layout)?)
}

fn read_line(row: &Row<'_>, layout: &Layout) -> Result<lines::ReadLine, BadField> {
    lines::read_line(&Fields::of(row, &LINES, layout)?)
}

/// Reads an order and gives it its lines. Lines are claimed first, so that a bad order's lines are not reported as lost too.
fn read_order(
    row: &Row<'_>,
    layout: &Layout,
    times: &Times,
    held: Option<&mut HeldLines>,
) -> Result<OrderPaid, BadField> {
    let claimed = held.and_then(|held| {
        let order = reference_at(row, layout, order_rows::ORDER_ID)?;
        Some((held.lines.claim(&order), &held.file))
    });
    let fields = Fields::of(row, &ORDERS, layout)?;
    let order = order_rows::read_order(&fields, times)?;
    match claimed {
        Some((Claimed::BadLine(line), file)) => Err(fields
            .bad(order_rows::ORDER_ID, format_args!("line {line} of {file}, which is of this order, was rejected"))),
        // Taken as one line over everything it would earn at the plain rate, and could never be told better.
        Some((Claimed::Lines(lines), file)) if lines.is_empty() && order.amount > Money::ZERO => {
            Err(fields.bad(order_rows::ORDER_ID, format_args!("no line of this order is in {file}")))
        }
        Some((Claimed::Lines(lines), _)) => Ok(OrderPaid { lines, ..order }),
        None => Ok(order),
    }
}

/// The column that holds what was refused.
fn column_of(refusal: &RecordOrderRefusal) -> Option<usize> {
    match refusal {
        RecordOrderRefusal::OrderDiffers | RecordOrderRefusal::Cancelled(_) => Some(order_rows::ORDER_ID),
        RecordOrderRefusal::Invalid(invalid) => Some(match invalid {
            InvalidOrder::LinesDoNotSum { .. } | InvalidOrder::TooManyLines => order_rows::AMOUNT,
            InvalidOrder::CashAboveAmount { .. } => order_rows::CASH,
            InvalidOrder::TenderDoesNotSum { .. } => order_rows::POINTS_TENDERED,
            InvalidOrder::PickedUpBeforeOrdered => order_rows::PICKED_UP_AT,
        }),
        RecordOrderRefusal::NotTendered(_) => Some(order_rows::POINTS_TENDERED),
        RecordOrderRefusal::PickedUp(_) => Some(order_rows::PICKED_UP_AT),
        RecordOrderRefusal::UnknownPerson | RecordOrderRefusal::PersonElsewhere => Some(order_rows::PERSON),
        RecordOrderRefusal::WalletFull(_) => None,
    }
}

fn added(points: Points, more: Points) -> Result<Points, Failure> {
    points.plus(more).map_err(|error| Failure::because("could not add up the points earned", error))
}

#[cfg(test)]
mod tests;
