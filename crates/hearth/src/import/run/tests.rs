use app::{App, ImportMode};
use kernel::Zone;
use testkit::{TestApp, on_both_engines};

use super::{Import, Rejects, Table};
use crate::import::{
    Input, Outcome, Summary, columns::Schema, fields::Times, households::HOUSEHOLDS, lines::LINES, orders::ORDERS,
    products::PRODUCTS,
};

/// Takes files given as text and returns the summary with the reject file's rows.
async fn take(app: &App, mode: ImportMode, files: &[(&'static Schema, &'static str)]) -> (Summary, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejects.csv");
    let times = Times { zone: Zone::SHANGHAI, now: app.db().clock().now(), shift_days: 0 };
    let mut import = Import::new(app, mode, times, Rejects::create(&path).unwrap());
    import.find_earn_rule().await.unwrap();
    let mut held = None;
    for (schema, text) in files {
        let table = Table::open(Input::embedded(schema.noun, text.as_bytes()).unwrap(), schema).unwrap();
        match schema.noun {
            "lines" => held = Some(import.lines(table).unwrap()),
            "products" => import.products(table).await.unwrap(),
            "people" => import.households(table).await.unwrap(),
            _ => import.orders(table, held.take()).await.unwrap(),
        }
    }
    let summary = import.finish().unwrap();
    let rejects = summary.rejects.as_ref().map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
    (summary, rejects.lines().skip(1).map(str::to_owned).collect())
}

const PRODUCT_ROWS: &str = "product_id,department,package_size\nP1,蔬菜,500克\nP2,水果,\n";

on_both_engines! {
    async fn an_order_is_taken_with_its_lines_or_not_at_all(app: TestApp) {
        let app = app.app();
        crate::earn_rules::ensure_default(app).await.unwrap();
        let orders = "household,order_id,ordered_at,amount,items\n\
            H1,good,2026-01-05T10:00:00,3.50,3\n\
            H1,without-lines,2026-01-05T10:00:00,1,1\n\
            H1,nothing-paid,2026-01-05T10:00:00,0,1\n\
            H1,bad-line,2026-01-05T10:00:00,0,1\n\
            H1,wrong-sum,2026-01-05T10:00:00,9,1\n\
            H1,bad-itself,never,2,1\n";
        let lines = "order_id,product_id,quantity,sales_value,colour\n\
            wrong-sum,P1,1,8.99,\n\
            good,P1,1,1.75,\n\
            bad-line,P1,minus,0,\n\
            good,P2,2,1.750000000000001,\n\
            bad-itself,P1,1,2,\n\
            nowhere,P2,1,2,\n";
        let (summary, rejects) =
            take(app, ImportMode::Commit, &[(&LINES, lines), (&PRODUCTS, PRODUCT_ROWS), (&ORDERS, orders)]).await;

        assert_eq!(rejects, [
            "lines,1,colour,is not a column of lines: its values are not read,\"order_id,product_id,quantity,sales_value,colour\"",
            "lines,4,quantity,is not a whole number,\"bad-line,P1,minus,0,\"",
            "orders,3,order_id,no line of this order is in lines,\"H1,without-lines,2026-01-05T10:00:00,1,1\"",
            "orders,5,order_id,\"line 4 of lines, which is of this order, was rejected\",\"H1,bad-line,2026-01-05T10:00:00,0,1\"",
            "orders,7,ordered_at,is not a date and time such as 2017-01-01T11:53:26,\"H1,bad-itself,never,2,1\"",
            "orders,6,amount,the lines sum to 899 fen but the order says ¥9.00,\"H1,wrong-sum,2026-01-05T10:00:00,9,1\"",
            "lines,7,order_id,no order of this number is in orders,nowhere P2 ¥2.00",
        ]);
        let counted = |at: usize| {
            let tally = summary.tallies[at];
            (tally.noun, tally.rows, tally.new, tally.known, tally.rejected, tally.unknown_columns)
        };
        assert_eq!(counted(0), ("lines", 6, 0, 0, 2, 1));
        assert_eq!(counted(1), ("products", 2, 2, 0, 0, 0));
        assert_eq!(counted(2), ("orders", 6, 2, 0, 4, 0));
        assert_eq!((summary.tallies[2].points.get(), summary.outcome()), (3, Outcome::SomeRejected));
    }

    async fn taken_again_nothing_changes_and_a_dry_run_writes_nothing(app: TestApp) {
        let orders = "household,order_id,ordered_at,amount,items\nH1,A,2026-01-05T10:00:00,3.50,3\n";
        let (dry, _) = take(app.app(), ImportMode::DryRun, &[(&ORDERS, orders)]).await;
        assert_eq!((dry.tallies[0].new, app.db().count("orders").await), (1, 0));

        take(app.app(), ImportMode::Commit, &[(&ORDERS, orders)]).await;
        let (again, _) = take(app.app(), ImportMode::Commit, &[(&ORDERS, orders)]).await;
        assert_eq!((again.tallies[0].new, again.tallies[0].known), (0, 1));
        assert_eq!((app.db().count("orders").await, again.outcome()), (1, Outcome::AllTaken));
    }

    async fn a_dry_run_sees_contradictions_across_batches_and_writes_no_rule(app: TestApp) {
        let mut orders = "household,order_id,ordered_at,amount,items\n".to_owned();
        for number in 0..App::MAX_ORDERS_PER_IMPORT {
            orders.push_str(&format!("H1,A{number},2026-01-05T10:00:00,3.50,3\n"));
        }
        orders.push_str("H1,A0,2026-01-05T10:00:00,9.50,3\nH1,A1,2026-01-05T10:00:00,3.50,3\n");
        let orders: &'static str = orders.leak();
        let (dry, dry_rejects) = take(app.app(), ImportMode::DryRun, &[(&ORDERS, orders)]).await;
        assert_eq!((app.db().count("orders").await, app.db().count("earn_rules").await), (0, 0));
        assert!(dry.to_string().contains("The real run sets 1 point per yuan"), "{dry}");

        let (real, real_rejects) = take(app.app(), ImportMode::Commit, &[(&ORDERS, orders)]).await;
        let counted = |summary: &Summary| (summary.tallies[0].new, summary.tallies[0].known, summary.tallies[0].rejected);
        let batch = u64::try_from(App::MAX_ORDERS_PER_IMPORT).unwrap();
        assert_eq!((counted(&dry), counted(&real)), ((batch, 1, 1), (batch, 1, 1)));
        assert_eq!(dry_rejects, real_rejects);
    }

    async fn a_refused_person_is_named_by_the_column_of_the_file(app: TestApp) {
        let people = "household_id,person_id,person_name,role,born_on,relative_of,relation\n\
            H2,P3,陈晨,adult,1990-02-30,,\n\
            H2,P4,陈静,owner,,P1,daughter\n\
            H1,P1,王奶奶,owner,1951-03-08,,\n\
            H1,P2,王爷爷,owner,,,\n\
            H1,P5,王小明,cousin,,,\n\
            H1,P6,王小红,adult,,P1,\n\
            H3,P7,李想,owner,,P9,son\n";
        let (summary, rejects) = take(app.app(), ImportMode::Commit, &[(&HOUSEHOLDS, people)]).await;

        let named: Vec<_> = rejects.iter().map(|row| row.split(',').skip(1).take(3).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(named, [
            "2 born_on is not a day such as 1951-03-08",
            "6 role \"is none of owner",
            "7 relation is empty although relative_of is not",
            "5 role this household has an owner already",
            "8 relative_of \"no person P9 is known",
        ]);
        assert_eq!((summary.tallies[0].new, app.db().count("kin_links").await), (2, 1));
    }

    async fn a_product_told_otherwise_is_refused(app: TestApp) {
        let files: [(&Schema, &str); 2] =
            [(&PRODUCTS, PRODUCT_ROWS), (&PRODUCTS, "product_id,department\nP1,水果\nP2,水果\n")];
        let (summary, rejects) = take(app.app(), ImportMode::Commit, &files).await;

        assert_eq!(rejects.len(), 1);
        assert!(rejects[0].starts_with("products,2,product_id,\"a product of this number is there with another name"), "{rejects:?}");
        assert_eq!((summary.tallies[1].known, app.db().count("products").await), (1, 2));
    }
}
