//! `hearth import`: files in, an exit code out.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use app::{App, ImportMode};

use crate::{
    Failure, cli, console, deployment, earn_rules,
    import::{
        Import, Input, Outcome, Rejects, Table, columns::Schema, fields::Times, households::HOUSEHOLDS, lines::LINES,
        orders::ORDERS, products::PRODUCTS,
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
    // Also for a dry run: it would else tell of an import that earns nothing.
    earn_rules::ensure_default(app).await?;
    if mode == ImportMode::Commit {
        deployment::keep_own_data(app).await?;
    }
    let times = Times { zone: app.settings().zone, now: app.db().clock().now(), shift_days: 0 };
    let mut import = Import::new(app, mode, times, rejects);
    tables.take(&mut import).await?;

    let summary = import.finish()?;
    console::say(&summary);
    Ok(match summary.outcome() {
        Outcome::AllTaken => ExitCode::SUCCESS,
        Outcome::SomeRejected => ExitCode::from(2),
        Outcome::NothingDone => ExitCode::from(1),
    })
}

enum Kind {
    Orders { lines: Option<PathBuf>, products: Option<PathBuf> },
    Households,
    Products,
}

/// The files of one import, each standing at its first row.
struct Tables {
    products: Option<Table>,
    lines: Option<Table>,
    orders: Option<Table>,
    households: Option<Table>,
}

impl Kind {
    fn open(&self, file: &Path) -> Result<Tables, Failure> {
        let mut tables = Tables { products: None, lines: None, orders: None, households: None };
        match self {
            Self::Orders { lines, products } => {
                tables.orders = Some(open(file, &ORDERS)?);
                tables.lines = lines.as_deref().map(|file| open(file, &LINES)).transpose()?;
                tables.products = products.as_deref().map(|file| open(file, &PRODUCTS)).transpose()?;
            }
            Self::Households => tables.households = Some(open(file, &HOUSEHOLDS)?),
            Self::Products => tables.products = Some(open(file, &PRODUCTS)?),
        }
        Ok(tables)
    }
}

impl Tables {
    async fn take(self, import: &mut Import<'_>) -> Result<(), Failure> {
        // Lines first: whether they can be held at all is known before anything is written.
        let held = self.lines.map(|table| import.lines(table)).transpose()?;
        if let Some(table) = self.products {
            import.products(table).await?;
        }
        if let Some(table) = self.households {
            import.households(table).await?;
        }
        if let Some(table) = self.orders {
            import.orders(table, held).await?;
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let tables = [&self.products, &self.lines, &self.orders, &self.households];
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
