//! `hearth import`: files in, an exit code out.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use app::{App, ImportMode};

use crate::{
    Failure, cli, console, deployment,
    import::{
        HeldLines, HeldProducts, Import, Input, Outcome, Rejects, Table, columns::Schema, fields::Times,
        households::HOUSEHOLDS, lines::LINES, orders::ORDERS, products::PRODUCTS,
    },
};

/// Takes the files of one `hearth import`.
///
/// # Errors
/// A [`Failure`] when nothing was done, or when the database failed on the way; running again goes on where it ended.
pub(crate) async fn run(app: &App, import: cli::Import) -> Result<ExitCode, Failure> {
    let (files, kind) = match import {
        cli::Import::Orders(options) => {
            let kind = Kind::Orders { lines: options.lines, products: options.products };
            (options.orders, kind)
        }
        cli::Import::Households(files) => (files, Kind::Households),
        cli::Import::Products(files) => (files, Kind::Products),
    };
    let mode = if files.dry_run { ImportMode::DryRun } else { ImportMode::Commit };
    // All headers are read before anything is done: "nothing was done" must be true of every one of them.
    let tables = kind.open(&files.file)?;
    let rejects = Rejects::create(&rejects_path(&files, &tables)?)?;
    let times = Times { zone: app.settings().zone, now: app.db().clock().now(), shift_days: 0 };
    let mut import = Import::new(app, mode, times, rejects);
    // Whatever others depend on is read to its end before anything is written.
    let held = tables.hold(&mut import)?;
    import.find_earn_rule().await?;
    if mode == ImportMode::Commit {
        deployment::keep_own_data(app).await?;
    }
    held.take(&mut import).await?;

    let summary = import.finish()?;
    console::say(&summary);
    Ok(match summary.outcome() {
        Outcome::AllTaken => ExitCode::SUCCESS,
        Outcome::SomeRejected => ExitCode::from(2),
        Outcome::NothingDone => ExitCode::from(1),
    })
}

impl cli::Import {
    /// Whether nothing is to be written.
    pub(crate) fn is_dry_run(&self) -> bool {
        match self {
            Self::Orders(options) => options.orders.dry_run,
            Self::Households(files) | Self::Products(files) => files.dry_run,
        }
    }
}

enum Kind {
    Orders { lines: Option<PathBuf>, products: Option<PathBuf> },
    Households,
    Products,
}

/// The files of one import, each standing at its first row.
#[expect(clippy::large_enum_variant, reason = "one value lives for a whole import: its size costs nothing")]
enum Tables {
    Orders { orders: Table, lines: Option<Table>, products: Option<Table> },
    Households(Table),
    Products(Table),
}

impl Kind {
    fn open(&self, file: &Path) -> Result<Tables, Failure> {
        Ok(match self {
            Self::Orders { lines, products } => Tables::Orders {
                orders: open(file, &ORDERS)?,
                lines: lines.as_deref().map(|file| open(file, &LINES)).transpose()?,
                products: products.as_deref().map(|file| open(file, &PRODUCTS)).transpose()?,
            },
            Self::Households => Tables::Households(open(file, &HOUSEHOLDS)?),
            Self::Products => Tables::Products(open(file, &PRODUCTS)?),
        })
    }
}

/// The files of one import, with those read to their end that orders depend on.
#[expect(clippy::large_enum_variant, reason = "one value lives for a whole import: its size costs nothing")]
enum Held {
    Orders { orders: Table, lines: Option<HeldLines>, products: Option<HeldProducts> },
    Households(Table),
    Products(Table),
}

impl Held {
    async fn take(self, import: &mut Import<'_>) -> Result<(), Failure> {
        match self {
            Self::Orders { orders, lines, products } => {
                if let Some(held) = products {
                    import.held_products(held).await?;
                }
                import.orders(orders, lines).await
            }
            Self::Households(table) => import.households(table).await,
            Self::Products(table) => import.products(table).await,
        }
    }
}

impl Tables {
    fn hold(self, import: &mut Import<'_>) -> Result<Held, Failure> {
        match self {
            Self::Orders { orders, lines, products } => Ok(Held::Orders {
                orders,
                lines: lines.map(|table| import.lines(table)).transpose()?,
                products: products.map(|table| import.hold_products(table)).transpose()?,
            }),
            Self::Households(table) => Ok(Held::Households(table)),
            Self::Products(table) => Ok(Held::Products(table)),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let tables = match self {
            Self::Orders { orders, lines, products } => [Some(orders), lines.as_ref(), products.as_ref()],
            Self::Households(table) | Self::Products(table) => [Some(table), None, None],
        };
        tables.into_iter().flatten().map(|table| table.name.as_str())
    }
}

fn open(file: &Path, schema: &'static Schema) -> Result<Table, Failure> {
    Table::open(Input::open(file)?, schema)
}

/// Where rejects go; never over a file that is being read.
fn rejects_path(files: &cli::ImportFile, tables: &Tables) -> Result<PathBuf, Failure> {
    let path = files.rejects.clone().unwrap_or_else(|| {
        let mut name = files.file.clone().into_os_string();
        name.push(".rejects.csv");
        name.into()
    });
    let Ok(there) = path.canonicalize() else { return Ok(path) };
    let is_read = |name: &str| Path::new(name).canonicalize().is_ok_and(|read| read == there);
    if tables.names().any(is_read) {
        return Err(Failure::new(format!("{} is read by this import, so rejects cannot go there", path.display())));
    }
    Ok(path)
}
