//! What an announced study came to, as bars, tables and price curves.

use serde_json::Value;

use super::{Frame, chart::Chart, desk::render, studies::yuan};

/// A table of a result; the first of its columns may be drawn as bars.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Line>,
    pub(super) has_bars: bool,
}

/// A row of it.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    /// Of 300 units of the picture.
    pub(super) width: u64,
}

/// The points of a price study, numbered from 1 in the picture.
const POINTS: [(&str, &str, &str); 4] = [
    ("marginal_cheapness", "可接受的最低价", "Acceptable from"),
    ("optimal", "最优价", "Optimal"),
    ("indifference", "无差异价", "Indifference"),
    ("marginal_expensiveness", "可接受的最高价", "Acceptable up to"),
];

/// The tables of a result, in the order in which they are read.
pub(super) fn sections(frame: &Frame, result: &Value, called: &dyn Fn(&str) -> String) -> Vec<Section> {
    let detail = &result["detail"];
    let names = |ids: &Value| {
        let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_str());
        ids.map(called).collect::<Vec<_>>().join(frame.t("、", ", "))
    };
    let mut all = vec![outcome(frame, result, &names)];
    all.extend(sums(frame, detail, called));
    for (field, zh_cn, en) in [
        ("pairwise", "两两比较：多少户更喜欢行，胜过列", "Pairs: how many prefer the row to the column"),
        ("scored_higher", "决选：多少户给行打分更高", "How many score the row higher than the column"),
    ] {
        all.extend(matrix(frame.t(zh_cn, en), &detail[field], called));
    }
    let beside = &detail["runoff_beside"]["rounds"];
    all.extend(rounds(
        frame,
        frame.t("并列显示的排序复选", "The instant runoff, shown beside"),
        beside,
        "eliminated",
        called,
    ));
    let (title, rounds_title) = (frame.t("各轮", "Round by round"), frame.t("各阶段", "Stage by stage"));
    let decides = if detail["rounds"][0].get("elected").is_some() { "elected" } else { "eliminated" };
    all.extend(rounds(frame, title, &detail["rounds"], decides, called));
    all.extend(rounds(frame, rounds_title, &detail["stages"], "options", called));
    all.extend(points(frame, detail));
    all
}

fn outcome(frame: &Frame, result: &Value, names: &dyn Fn(&Value) -> String) -> Section {
    let detail = &result["detail"];
    let count = |value: &Value| value.as_i64().map_or_else(String::new, |count| frame.number(count));
    let line =
        |zh_cn: &str, en: &str, text: String| Line { name: frame.t(zh_cn, en).to_owned(), cells: vec![text], width: 0 };
    let yes = |is: bool| if is { frame.t("是", "yes") } else { frame.t("否", "no") }.to_owned();
    let rows = if detail["answers"].is_null() {
        vec![
            line("选出", "Elected", names(&result["elected"])),
            line("平票可能选出的全部", "Every winner the ties allow", names(&result["winners"])),
            line("是否平票", "A tie", yes(result["is_tie"] == true)),
            line("收到的票", "Ballots", count(&result["ballots"]["received"])),
            line("空白票", "Blank", count(&result["ballots"]["blank"])),
            line("达到法定票数", "Quorum met", yes(result["quorum"]["is_met"] == true)),
        ]
    } else {
        vec![
            line("回答", "Answers", count(&detail["answers"])),
            line("有效", "Valid", count(&detail["valid"])),
            line("前后矛盾，不计入", "Inconsistent, left out", count(&detail["inconsistent"])),
        ]
    };
    let title = frame.t("结果", "Result").to_owned();
    Section { title, columns: vec![String::new()], rows, has_bars: false }
}

fn sums(frame: &Frame, detail: &Value, called: &dyn Fn(&str) -> String) -> Option<Section> {
    let sums = detail["sums"].as_object()?;
    let most = sums.values().filter_map(Value::as_u64).max()?.max(1);
    let mut rows: Vec<(u64, Line)> = sums
        .iter()
        .filter_map(|(id, sum)| {
            let sum = sum.as_u64()?;
            let cells = vec![frame.number(i64::try_from(sum).unwrap_or(i64::MAX))];
            Some((sum, Line { name: called(id), cells, width: sum * 300 / most }))
        })
        .collect();
    rows.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.name.cmp(&b.name)));
    let title = frame.t("得票", "Votes").to_owned();
    let columns = vec![frame.t("票", "Votes").to_owned()];
    Some(Section { title, columns, rows: rows.into_iter().map(|(_, line)| line).collect(), has_bars: true })
}

fn matrix(title: &str, matrix: &Value, called: &dyn Fn(&str) -> String) -> Option<Section> {
    let rows = matrix.as_object()?;
    let line = |(id, row): (&String, &Value)| {
        let cells = rows.keys().map(|other| if other == id { "—".to_owned() } else { row[other].to_string() });
        Line { name: called(id), cells: cells.collect(), width: 0 }
    };
    let columns = rows.keys().map(|id| called(id)).collect();
    Some(Section { title: title.to_owned(), columns, rows: rows.iter().map(line).collect(), has_bars: false })
}

/// A column for each option, and one for what the round decided.
fn rounds(
    frame: &Frame,
    title: &str,
    rounds: &Value,
    decided: &str,
    called: &dyn Fn(&str) -> String,
) -> Option<Section> {
    let rounds = rounds.as_array().filter(|rounds| !rounds.is_empty())?;
    let votes = |round: &Value| round.get("votes").or_else(|| round.get("gains")).and_then(Value::as_object).cloned();
    let first = votes(&rounds[0])?;
    let mut columns: Vec<String> = first.keys().map(|id| called(id)).collect();
    columns.push(match decided {
        "eliminated" => frame.t("淘汰", "Out").to_owned(),
        "elected" => frame.t("当选", "Elected").to_owned(),
        _ => frame.t("结果", "What happens").to_owned(),
    });
    let line = |(number, round): (usize, &Value)| {
        let votes = votes(round).unwrap_or_default();
        let mut cells: Vec<String> =
            first.keys().map(|id| votes.get(id).and_then(Value::as_str).unwrap_or("—").to_owned()).collect();
        let ids: Vec<&str> = match &round[decided] {
            Value::String(id) => vec![id],
            list => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        };
        let names = ids.into_iter().map(called).collect::<Vec<_>>().join(frame.t("、", ", "));
        let act = match round["act"].as_str() {
            Some("elected") => frame.t("当选：", "elected: "),
            Some("eliminated") => frame.t("淘汰：", "out: "),
            Some("surplus_transferred") => frame.t("转出多余的票：", "surplus passed on: "),
            Some("filled") => frame.t("补足席位：", "fills the seats: "),
            _ => "",
        };
        cells.push(format!("{act}{names}"));
        Line { name: number.to_string(), cells, width: 0 }
    };
    Some(Section { title: title.to_owned(), columns, rows: (1..).zip(rounds).map(line).collect(), has_bars: false })
}

/// The points of a price study.
fn points(frame: &Frame, detail: &Value) -> Option<Section> {
    let line = |(number, (field, zh_cn, en)): (usize, (&str, &str, &str))| {
        let point = &detail[field];
        let step = |at: usize| point["step"][at].as_u64().map_or_else(|| "—".to_owned(), yuan);
        let linear = point["linear"].as_u64().map_or_else(|| "—".to_owned(), yuan);
        Line {
            name: format!("{number}. {}", frame.t(zh_cn, en)),
            cells: vec![linear, format!("{} – {}", step(0), step(1))],
            width: 0,
        }
    };
    detail.get("curves")?;
    let columns = vec![frame.t("直线上", "On straight lines").to_owned(), frame.t("阶梯上", "By steps").to_owned()];
    let title = frame.t("价格点", "The points").to_owned();
    Some(Section { title, columns, rows: (1..).zip(POINTS).map(line).collect(), has_bars: false })
}

/// The curves of a price study, or the demand by price.
pub(super) fn price_chart(frame: &Frame, result: &Value) -> Option<String> {
    let detail = &result["detail"];
    let (rows, lines): (&Vec<Value>, &[(&str, &str, &str)]) =
        match (detail["curves"].as_array(), detail["rows"].as_array()) {
            (Some(curves), _) => (
                curves,
                &[
                    ("too_cheap", "太便宜", "Too cheap"),
                    ("cheap", "便宜", "Cheap"),
                    ("expensive", "贵", "Expensive"),
                    ("too_expensive", "太贵", "Too expensive"),
                ],
            ),
            (None, Some(rows)) => (rows, &[("buyers", "会买的户数", "Would buy")]),
            (None, None) => return None,
        };
    let moments = rows.iter().map(|row| row["price"].as_u64().map_or_else(String::new, yuan)).collect();
    let line = |(field, zh_cn, en): &(&str, &str, &str)| {
        let numbers = rows.iter().map(|row| row[*field].as_i64().unwrap_or_default()).collect();
        (frame.t(zh_cn, en).to_owned(), numbers)
    };
    let title = frame.t("各价格的回答户数", "How many households say so, by price");
    let lines = lines.iter().map(line).collect();
    let mut chart = Chart::new(frame, title, frame.t("价格", "Price"), moments, lines);
    let prices: Vec<i64> = rows.iter().filter_map(|row| row["price"].as_i64()).collect();
    for (number, (field, _, _)) in (1..).zip(POINTS) {
        if let Some((after, thousandths)) = detail[field]["linear"].as_i64().and_then(|price| between(&prices, price)) {
            chart.mark(after, thousandths, i32::to_string(&number));
        }
    }
    Some(render(&chart))
}

/// After which of the rising prices another one lies, and how many thousandths of the way to the next.
fn between(prices: &[i64], price: i64) -> Option<(usize, i64)> {
    let after = prices.iter().rposition(|&below| below <= price)?;
    match prices.get(after + 1) {
        Some(next) => Some((after, (price - prices[after]) * 1_000 / (next - prices[after]))),
        None => (prices[after] == price).then_some((after, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_price_lies_on_one_or_between_two() {
        let prices = [100, 300, 700];
        for (price, place) in [
            (99, None),
            (100, Some((0, 0))),
            (150, Some((0, 250))),
            (500, Some((1, 500))),
            (700, Some((2, 0))),
            (701, None),
        ] {
            assert_eq!(between(&prices, price), place, "{price}");
        }
    }
}
