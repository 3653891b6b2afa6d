use std::io::Read;

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{MAX_RECORD_BYTES, Next, Records, Shape};

/// Hands out its bytes in pieces of one size, as a slow pipe does.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

/// What was read: `line: field|field` for records, `line! reason` for the rest.
fn read_all(bytes: &[u8], piece: usize, shape: Option<Shape>) -> Vec<String> {
    let mut records = Records::new(Pieces { bytes, size: piece });
    if let Some(shape) = shape {
        records.expect(shape);
    }
    let mut seen = Vec::new();
    loop {
        match records.read_next() {
            Next::Row(row) => {
                let fields: Vec<_> =
                    (0..row.width()).map(|at| String::from_utf8_lossy(row.field(at)).into_owned()).collect();
                seen.push(format!("{}: {}", row.line, fields.join("|")));
            }
            Next::Unreadable { line, why, .. } => seen.push(format!("{line}! {why}")),
            Next::End => return seen,
        }
    }
}

fn two_columns() -> Option<Shape> {
    Some(Shape { width: 2, one_line: vec![0] })
}

#[test]
fn splits_records_whatever_their_line_breaks() {
    for (text, expected) in [
        ("a,b\nc,d\n", vec!["1: a|b", "2: c|d"]),
        ("a,b\r\nc,d", vec!["1: a|b", "2: c|d"]),
        ("a,b\r\nc,d\ne,f\r\n", vec!["1: a|b", "2: c|d", "3: e|f"]),
        ("\u{FEFF}a,b\n", vec!["1: a|b"]),
        ("\u{FEFF}", vec![]),
        ("\n\r\n\na,b\n\n\nc,d\n\n", vec!["4: a|b", "7: c|d"]),
        ("a,\"b, \"\"b\"\"\"\n", vec!["1: a|b, \"b\""]),
        ("a,\"b\r\nb\"\nc,d\n", vec!["1: a|b\r\nb", "3: c|d"]),
        ("a,\n,b\n", vec!["1: a|", "2: |b"]),
        ("", vec![]),
    ] {
        for piece in [1, 2, 7, 1_000_000] {
            assert_eq!(read_all(text.as_bytes(), piece, two_columns()), expected, "{text:?} in pieces of {piece}");
        }
    }
}

#[test]
fn one_stray_quotation_mark_costs_one_line() {
    let text = "a,b\n\"c,d\ne,f\ng,h\n";
    assert_eq!(
        read_all(text.as_bytes(), 5, two_columns()),
        ["1: a|b", "2! opens a quotation mark and does not close it", "3: e|f", "4: g|h"]
    );

    let text = "a,b\nc,\"d\ne,f\n\"g,h\ni,j\n";
    assert_eq!(
        read_all(text.as_bytes(), 5, two_columns()),
        [
            "1: a|b",
            "2! has 3 fields where the header has 2",
            "3: e|f",
            "4! opens a quotation mark and does not close it",
            "5: i|j"
        ]
    );
}

#[test]
fn refuses_a_line_break_inside_a_value_that_is_read() {
    let text = "\"a\nb\",c\nd,\"e\nf\"\n";
    assert_eq!(
        read_all(text.as_bytes(), 100, two_columns()),
        ["1! has a line break inside a value", "2: b\"|c", "3: d|e\nf"]
    );
}

#[test]
fn rows_of_another_width_are_unreadable() {
    assert_eq!(
        read_all(b"a,b,c\na\nd,e\n", 3, two_columns()),
        ["1! has 3 fields where the header has 2", "2! has 1 fields where the header has 2", "3: d|e"]
    );
    let wide = format!("{}\na,b\n", ",".repeat(300));
    assert_eq!(read_all(wide.as_bytes(), 50, None), ["1! has more than 256 fields", "2: a|b"]);
}

#[test]
fn a_line_of_ten_megabytes_is_one_reject() {
    let mut text = b"a,b\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 10_000_000));
    text.extend_from_slice(b"\nc,d\n");
    assert_eq!(read_all(&text, 100_000, two_columns()), ["1: a|b", "2! is longer than 64 KiB", "3: c|d"]);

    let largest = format!("{},b\n", "x".repeat(MAX_RECORD_BYTES - 3));
    assert_eq!(read_all(largest.as_bytes(), 100_000, two_columns()).len(), 1);
    assert!(!read_all(largest.as_bytes(), 100_000, two_columns())[0].contains('!'));
    let longer = format!("{},b\n", "x".repeat(MAX_RECORD_BYTES - 2));
    assert_eq!(read_all(longer.as_bytes(), 100_000, two_columns()), ["1! is longer than 64 KiB"]);
}

#[test]
fn a_source_that_fails_ends_the_file_there() {
    struct Failing(&'static [u8]);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() { Err(std::io::Error::other("disk gone")) } else { self.0.read(buffer) }
        }
    }
    let mut records = Records::new(Failing(b"a,b\nc,12.3"));
    assert!(matches!(records.read_next(), Next::Row(row) if row.line == 1));
    // The row looks whole, but the amount may have been 12.34.
    let Next::Unreadable { line: 2, why, raw: b"c,12.3" } = records.read_next() else {
        panic!("the cut row is not handed out")
    };
    assert_eq!(why.to_string(), "cannot be read from here on: disk gone");
    assert!(matches!(records.read_next(), Next::End));
}

/// Bytes that look enough like CSV to reach every branch.
fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b",".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"a,b\n".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just(b"\0".to_vec()),
        Just(vec![b'x'; 40_000]),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn never_panics_and_is_the_same_in_any_pieces(bytes in csv_like(), piece in 1_usize..70_000) {
        let whole = read_all(&bytes, usize::MAX, two_columns());
        prop_assert_eq!(read_all(&bytes, piece.max(bytes.len() / 500 + 1), two_columns()), whole);
    }

    #[test]
    fn accounts_for_every_line_that_is_not_blank(bytes in csv_like()) {
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| line.iter().any(|&byte| byte != b'\r')).count();
        let byte_order_marks = bytes.windows(3).filter(|window| window == b"\xEF\xBB\xBF").count();
        let mut covered = 0;
        let mut last = 0;
        let mut records = Records::new(&bytes[..]);
        records.expect(two_columns().expect("a shape"));
        loop {
            let line = match records.read_next() {
                Next::Row(row) => {
                    covered += row.raw.split(|&byte| byte == b'\n').count();
                    row.line
                }
                Next::Unreadable { line, .. } => {
                    covered += 1;
                    line
                }
                Next::End => break,
            };
            prop_assert!(line >= last);
            last = line;
        }
        prop_assert!(covered + byte_order_marks >= lines, "{covered} of {lines}");
    }
}
