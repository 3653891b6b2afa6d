/// One row of a CSV file as RFC 4180 has it: cells quoted where they must be, a line end of two characters.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front: names and reasons are other people's words. A number
/// is none, also below zero.
#[must_use]
pub fn csv_row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(&harmless(cell))).collect();
    format!("{}\r\n", cells.join(","))
}

fn harmless(cell: &str) -> String {
    let begins_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if begins_formula && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::csv_row;

    #[test]
    fn quotes_what_would_break_a_row() {
        assert_eq!(csv_row(&["a", "b,c", "d \"e\"", "", "王奶奶"]), "a,\"b,c\",\"d \"\"e\"\"\",,王奶奶\r\n");
    }

    #[test]
    fn nothing_in_a_cell_is_a_formula() {
        for (cell, row) in [
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"\r\n"),
            ("+1", "'+1\r\n"),
            ("-1+1", "'-1+1\r\n"),
            ("@sum", "'@sum\r\n"),
            ("\tx", "'\tx\r\n"),
            ("＝1", "'＝1\r\n"),
            ("-40", "-40\r\n"),
            ("-0.40", "-0.40\r\n"),
            ("-", "'-\r\n"),
        ] {
            assert_eq!(csv_row(&[cell]), row);
        }
    }
}
