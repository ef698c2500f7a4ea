"""Mistakes that real exports have never pass in silence: the log says what is wrong and where.

Each case is the same made-up shop, spoiled in one way. A sentence warns or ends the build.
"""

import csv
import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from harness import Build, Project

HEADER = ["order", "customer", "sku", "day", "qty", "price", "status"]
COLUMNS = {
    "transaction_id": "order",
    "customer_id": "customer",
    "product_id": "sku",
    "purchased_at": "day",
    "amount": "qty * price",
}
NEEDED = [
    "--select",
    "+segment_data_checks",
    "+monthly_transaction_totals",
    "assert_no_data_check_fails",
    "warn_data_checks",
]
NEEDED += ["--exclude", "raw_transactions", "completed_refreshes"]
NEEDED += ["--indirect-selection", "cautious"]
FIRST, DAYS = date(2025, 1, 1), 150
Rows = list[list]


def shop() -> Rows:
    """Return orders of one to three lines, some of them returned, by day."""
    chance, rows = random.Random(4), []
    for order in range(10_000, 10_700):
        customer = f"{int(chance.random() ** 1.3 * 260) + 100:05d}"
        day = FIRST + timedelta(int(chance.random() * DAYS))
        for _ in range(chance.choice([1, 1, 2, 3])):
            price = Decimal(chance.randint(299, 39_999)) / 100
            product = f"P{int(chance.random() ** 2 * 60):02d}"
            rows.append([str(order), customer, product, day, chance.randint(1, 4), price, "paid"])
        if chance.random() < 0.06:
            rows.append([f"R{order}", customer, product, day, -1, price, "paid"])
    return sorted(rows, key=lambda row: row[3])


ROWS = shop()
HALF = len(ROWS) // 2
TOTAL = sum(row[4] * row[5] for row in ROWS)


def text(rows: Rows = ROWS, header: list[str] = HEADER, delimiter: str = ",") -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def column(place: int, value: Callable[[list], object], every: int = 1, rows: Rows = ROWS) -> Rows:
    """Return the rows with another value in a column of every so many rows."""
    return [
        [*row[:place], value(row), *row[place + 1 :]] if number % every == 0 else row
        for number, row in enumerate(rows)
    ]


def beside(name: str, value: Callable[[int, list], object]) -> str:
    """Return the rows with one more column."""
    return text([[*row, value(number, row)] for number, row in enumerate(ROWS)], [*HEADER, name])


def two_files(place: int, value: Callable[[list], object], delimiter: str = ",") -> dict:
    """Return two files, the second with other values in a column."""
    second = column(place, value, rows=ROWS[HALF:])
    return {"a.csv": text(ROWS[:HALF]), "b.csv": text(second, delimiter=delimiter)}


def without_first_lines_value(place: int) -> Rows:
    """Return the rows with a value only on the first line of each order."""
    seen, rows = set(), []
    for row in ROWS:
        rows.append(row if row[0] not in seen else [*row[:place], "", *row[place + 1 :]])
        seen.add(row[0])
    return rows


def with_totals() -> Rows:
    """Return the rows, and for each order a line with its total."""
    orders: dict[str, Rows] = {}
    for row in ROWS:
        orders.setdefault(row[0], []).append(row)
    totals = [
        [order, rows[0][1], "", rows[0][3], 1, sum(row[4] * row[5] for row in rows), ""]
        for order, rows in orders.items()
    ]
    return ROWS + totals


# Columns that say of some lines that they are no sale: the usual value, another one, and the sign.
SIGNS = {
    "FKART": ("F2", "G2", "FKART = g2, S/H = s, current_state = 2"),
    "S/H": ("S", "H", "FKART = f2, S/H = h, current_state = 2"),
    "current_state": ("2", "6", "FKART = f2, S/H = s, current_state = 6"),
    "Invoice Status": ("paid", "open", "Invoice Status: open"),
    "Payment Status": ("paid", "uncollectible", "Payment Status: uncollectible"),
    "Balance Type": ("charge", "payout", "Balance Type: payout"),
    "is_refund": ("FALSE", "TRUE", "is_refund"),
    "Refund Status": ("none", "partially", "Refund Status"),
    "Returned": ("0.00", "2", "Returned"),
    "Gateway": ("Card", "(for testing) Bogus", "Gateway: (for testing) bogus"),
    "livemode": ("true", "false", "livemode: false"),
    "Transaction Type": (
        "sale",
        "General Authorization",
        "Transaction Type: general authorization",
    ),
    "Situação": ("aprovado", "Aguardando pagamento", "Situação: aguardando pagamento"),
    "État": ("payée", "En attente", "État: en attente"),
    "Order Phase": ("won", "lost", "Order Phase: lost"),
    "Is Paid": ("1", "0", "Is Paid: 0"),
    "Tags": ("vip", "vip, test", "Tags: vip, test"),
    "Price Unit": ("1", "100", "Price Unit above 1"),
    "amount-type": ("ItemPrice", "ItemFees", "amount-type: itemfees"),
    "Fulfillment Status": ("unfulfilled", "Cancelled", "Fulfillment Status: cancelled"),
    "Payment": ("credit card", "Unpaid", "Payment: unpaid"),
    # No sign at all.
    "Payment Type": ("cash", "credit card", None),
    "Customer Type": ("new", "returning", None),
    "Returnable": ("yes", "no", None),
    "Amount Paid": ("5.00", "0", None),
    "Page Tags": ("", "latest", None),
}


def signs() -> str:
    """Return the rows with these columns; a row has at most one value that is not usual."""
    usual, odd = ([values[place] for values in SIGNS.values()] for place in (0, 1))
    rows = [
        [*row, *(odd[i] if number % len(SIGNS) == i else usual[i] for i in range(len(SIGNS)))]
        for number, row in enumerate(ROWS)
    ]
    return text(rows, [*HEADER, *SIGNS])


def priced(factor: str) -> Rows:
    """Return the first rows, a product always at its own price, times a factor."""
    cent, prices = Decimal("0.01"), {row[2]: Decimal(int(row[2][1:]) + 3) for row in ROWS}
    return column(
        5, lambda row: (prices[row[2]] * Decimal(factor)).quantize(cent), rows=ROWS[:HALF]
    )


def spread_over_ids(ids: list[str]) -> str:
    """Return the rows, each id instead of every sixtieth customer."""
    places = [number // 2 % 60 for number in range(len(ROWS))]
    return text(
        [
            [row[0], ids[place], *row[2:]] if place < len(ids) else row
            for place, row in zip(places, ROWS, strict=True)
        ]
    )


RESPELLED = (
    "of the customers differ from another only by case, spaces, accents, a +tag, leading zeros"
)
# Ids that stand for anybody.
ANYBODY = ["9999", "Consumidor Final", "client comptoir", "NOT LOGGED IN", "Barkunde", "N.N."]
ANYBODY += ["00000000-0000-0000-0000-000000000000", "walkin@shop.example", "POS"]


# Files, keys of the source, and sentences in the log.
CASES: dict[str, tuple[dict, dict, str | list[str]]] = {
    "columns that say that lines are no sales": (
        {"a.csv": signs()},
        {},
        [f"of the loaded lines have {sign}, which no" for *_, sign in SIGNS.values() if sign],
    ),
    "kinds of lines": (
        {"a.csv": text([[*row, kind] for row in ROWS for kind in ("Sale", "Sale Line", "Payment")],
                       [*HEADER, "Line Type"])},
        {},
        ["of the loaded lines have Line Type = sale, which", "of the lines in the observation"],
    ),
    "a currency before a status": (
        {"a.csv": text([["EUR", *row[:6], "cancelled" if number % 30 == 0 else "paid"]
                        for number, row in enumerate(ROWS)], ["Currency", *HEADER])},
        {},
        "of the loaded lines have status: cancelled, which no setting of source reads",
    ),
    "ids that stand for anybody": (
        {"a.csv": spread_over_ids(ANYBODY)},
        {},
        [f"belong to the customer {id_}, which looks like a placeholder" for id_ in ANYBODY],
    ),
    "totals of orders on every line": (
        {"a.csv": beside("order_value", lambda _, row: sum(
            other[4] * other[5] for other in ROWS if other[0] == row[0]))},
        {"columns": {**COLUMNS, "amount": "order_value"}},
        "of the sampled orders of several products have the same amount on all their lines (",
    ),
    "points between thousands and no decimals": (
        {"a.csv": text(column(5, lambda row: f"{int(row[5] * 20):,}".replace(",", ".")))},
        {"columns": {**COLUMNS, "amount": "price"}},
        ["have three of them (", "If 1.234 means 1234, set decimal_separator in source to ','"],
    ),
    "refunds that the shop itself gets": (
        {"a.csv": text(column(1, lambda row: "shop@shop.example" if row[4] < 0 else row[1]))},
        {},
        "100% of the returns belong to one customer, shop@shop.example (",
    ),
    "deliveries that contradict each other": (
        {"a.csv": text(priced("1")),
         "b_with_tax.csv": text(column(0, lambda row: f"{row[0]}b", rows=priced("1.19"))),
         "c_corrected.csv": text(priced("1.10")[-40:]),
         "d_other.csv": text([[f"o{row[0]}", f"o{row[1]}", f"o{row[2]}", *row[3:]]
                              for row in ROWS[HALF:]])},
        {},
        [
            "lines/b_with_tax.csv cost 1.19 times as much as in",
            "have other amounts in another file (",
            "lines/a.csv and ",
            "lines/d_other.csv are of customers and products that no other file has (",
        ],
    ),
    "a text below the lines": (
        {"a.csv": text() + "\nRows: 1459\n"},
        {},
        "is one column (order,customer,sku,day,qty,price,status): remove titles above it",
    ),
    "a file without a byte": (
        {"a.csv": text(), "b.csv": ""},
        {},
        "lines/b.csv is empty: remove it, or have it delivered again.",
    ),
    "two columns of one name": (
        {"a.csv": text([[*row[:5], row[5] * 2, *row[5:]] for row in ROWS],
                       [*HEADER[:6], "price", "status"])},
        {},
        "reads the first: if you mean the second, write price_1.",
    ),
    "order numbers only on first lines": (
        {"a.csv": text(without_first_lines_value(0))},
        {},
        "in order of ",
    ),

    "a header in between": (
        {"a.csv": text() + text(ROWS[:0])},
        {},
        "unreadable date 1 such as day)",
    ),
    "a title above the header": (
        {"a.csv": "Sales report,,,,,,\n" + text()},
        {},
        "The column 'order' for transaction_id is not in",
    ),
    "a row of totals": (
        {"a.csv": text() + f"Total,,,2025-05-30,1,{TOTAL},\n"},
        {},
        "total of other lines 1)",
    ),
    "a row of totals with a customer": (
        {"a.csv": text() + f"99999,Total,,2025-05-30,1,{TOTAL},\n"},
        {},
        [
            "belong to the customer Total, which looks like a placeholder",
            "50% of the revenue is in one line (",
        ],
    ),
    "blank lines at the end": (
        {"a.csv": text() + ",,,,,,\n" * 40},
        {},
        "rejected for one reason, no transaction id (40 of",
    ),
    "thousands separators": (
        {"a.csv": text(column(5, lambda row: f"{row[5] * 20:,.2f}"))},
        {},
        "unreadable amount such as",
    ),
    "a currency sign on some amounts": (
        {"a.csv": text(column(5, lambda row: f"${row[5]}", 50))},
        {},
        "rejected for one reason, unreadable amount",
    ),
    "returns in brackets": (
        {"a.csv": text([[*row[:4], abs(row[4]), f"({row[5]})" if row[4] < 0 else row[5], row[6]]
                        for row in ROWS])},
        {},
        "of the returns were rejected",
    ),
    "units behind some quantities": (
        {"a.csv": text(column(4, lambda row: f"{row[4]} pcs", 70))},
        {},
        "unreadable amount",
    ),
    "some dates rewritten by a spreadsheet": (
        {"a.csv": text(column(3, lambda row: f"{row[3]:%m/%d/%Y}", 30))},
        {},
        "which date_format '%m/%d/%Y' reads",
    ),
    "day numbers in the second file": (
        two_files(3, lambda row: (row[3] - date(1899, 12, 30)).days),
        {},
        "which date_format excel_serial reads",
    ),
    "1900 in place of no date": (
        {"a.csv": text(column(3, lambda _: "1900-01-01", 40))},
        {},
        "30 years before the last purchase, or before a year without any: 32, above",
    ),
    "days read as months": (
        {"a.csv": text(column(3, lambda row: f"{row[3]:%d/%m/%Y}"))},
        {"date_format": "%m/%d/%Y"},
        "which date_format '%d/%m/%Y' reads",
    ),
    "leading zeros lost in the second file": (
        two_files(1, lambda row: row[1].lstrip("0")),
        {},
        RESPELLED,
    ),
    "quotes before the ids of the second file": (
        two_files(1, lambda row: f"'{row[1]}"),
        {},
        RESPELLED,
    ),
    "names before the addresses of the second file": (
        {"a.csv": text(column(1, lambda row: f"a{row[1]}@x.org", rows=ROWS[:HALF])),
         "b.csv": text(column(1, lambda row: f"Ann <a{row[1]}@x.org>", rows=ROWS[HALF:])),
         "c.csv": text(ROWS[:0])},
        {},
        [RESPELLED, "Files without a line: 1 (such as "],
    ),
    "ids of another system in the second file": (
        two_files(1, lambda row: f"CUST-{row[1]}"),
        {},
        ["have customer ids such as CUST-00100, and no others do (", "lines/b.csv), above"],
    ),
    "number one of a till": (
        {"a.csv": text(column(1, lambda _: "K1", 12))},
        {},
        "belong to the customer K1, which looks like a placeholder",
    ),
    "totals of orders beside their lines": (
        {"a.csv": text(with_totals())},
        {},
        "of the sampled orders of three lines or more have a line that adds up the others (",
    ),
    "years that are mistyped, and times with an offset": (
        {"a.csv": text(column(3, lambda row: row[3].replace("25-", "15-"), 99,
                              column(3, lambda row: f"{row[3]}T00:30:00+02:00")))},
        {},
        ["or before a year without any: ", "lines/*.csv have an offset, such as 20"],
    ),
    "no-break spaces behind the ids of the second file": (
        two_files(1, lambda row: f"{row[1]}\u00a0"),
        {},
        RESPELLED,
    ),
    "ids in another encoding in the second file": (
        {"a.csv": text(column(1, lambda row: f"Jürgen{row[1]}", rows=ROWS[:HALF])).encode("l1"),
         "b.csv": text(column(1, lambda row: f"Jürgen{row[1]}", rows=ROWS[HALF:]))},
        {"encoding": "latin-1"},
        "of the customers have garbled letters in their ids",
    ),
    "ids shortened by a spreadsheet": (
        {"a.csv": text(column(1, lambda row: f"4.9{row[1][-1]}E+11", 9))},
        {},
        "belong to the customer 4.90E+11, which looks like a placeholder",
    ),
    "guests with one e-mail address": (
        {"a.csv": text(column(1, lambda _: "guest@shop.example", 8))},
        {},
        "belong to the customer guest@shop.example, which looks like a placeholder",
    ),
    "deleted customers": (
        {"a.csv": text(column(1, lambda _: "[deleted]", 12))},
        {},
        "belong to the customer [deleted], which looks like a placeholder",
    ),
    "an account of the house": (
        {"a.csv": text(column(1, lambda _: "K70000", 5))},
        {},
        "of the transactions belong to one customer, K70000",
    ),
    "ids of lines": (
        {"a.csv": text([[str(number), *row[1:]] for number, row in enumerate(ROWS)])},
        {},
        "If transaction_id in source names lines, name the order's or receipt's number.",
    ),
    "two shops with the same numbers": (
        two_files(0, lambda row: str(int(row[0].lstrip("R")) % 350 + 10_000)),
        {},
        "sampled transaction ids occur on several days or at several customers",
    ),
    "customers on first lines alone": (
        {"a.csv": text(without_first_lines_value(1))},
        {},
        "name its column in order_columns in source.",
    ),
    "cancelled orders": (
        {"a.csv": text(column(6, lambda _: "Order cancelled", 25))},
        {},
        "of the loaded lines have status: order cancelled, which no setting of source reads",
    ),
    "test orders": (
        {"a.csv": beside("is test", lambda number, _: "true" if number % 60 == 0 else "false")},
        {},
        "of the loaded lines have is test, which no setting of source reads",
    ),
    "returns by type": (
        {"a.csv": text([[*row[:4], abs(row[4]), *row[5:], "Return" if row[4] < 0 else "Sale"]
                        for row in ROWS], [*HEADER, "Type"])},
        {},
        "of the loaded lines have Type: return, which no setting of source reads",
    ),
    "refunds in a column": (
        {"a.csv": beside("refunded", lambda number, _: "5.00" if number % 30 == 0 else "")},
        {},
        "of the loaded lines have refunded, which no setting of source reads",
    ),
    "discounts in a column": (
        {"a.csv": beside("discount", lambda number, _: "1.50" if number % 5 == 0 else "0.00")},
        {},
        "of the loaded lines have discount, which no setting of source reads",
    ),
    "a quantity that is forgotten": (
        {"a.csv": text()},
        {"columns": {**COLUMNS, "amount": "price"}},
        "of the loaded lines have qty above 1, which no setting of source reads",
    ),
    "a currency that is forgotten": (
        {"a.csv": beside("currency", lambda number, _: "SEK" if number % 10 == 0 else "EUR")},
        {},
        "of the loaded lines have currency = sek, which no setting of source reads",
    ),
    "cents": (
        {"a.csv": text(column(5, lambda row: int(row[5] * 100)))},
        {},
        "of the purchases have a whole amount of 100 or more",
    ),
    "cents in the second file": (
        two_files(5, lambda row: int(row[5] * 100)),
        {},
        "of the purchases have a whole amount of 100 or more",
    ),
    "decimal commas in the second file": (
        two_files(5, lambda row: str(row[5]).replace(".", ","), delimiter=";"),
        {},
        "/b.csv were rejected",
    ),
    "a file twice": (
        {"a.csv": text(), "a (1).csv": text()},
        {},
        "of the sampled lines also stand in another file",
    ),
    "some lines twice in a file": (
        {"a.csv": text(ROWS + ROWS[: len(ROWS) // 12])},
        {},
        "of the lines in the observation window repeat another line",
    ),
    "returns with a negative price, too": (
        {"a.csv": text([[*row[:5], -row[5] if row[4] < 0 else row[5], row[6]] for row in ROWS])},
        {},
        "rejected for one reason, several negative factors",
    ),
}  # fmt: skip


def build_on(project: Project, files: dict, **source) -> Build:
    """Run the data checks on these files, ten days after the last line."""
    folder = project.folder / "lines"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    given = {"lines": str(folder / "*.csv"), "columns": COLUMNS, **source}
    return project(vars={"source": given, "build_day": "2025-06-10"}, args=NEEDED)


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_an_export_is_told(project, case):
    files, source, expected = CASES[case]
    build = build_on(project, files, **source)
    log = [*build.warnings, build.output.partition("Completed with")[2]]
    log += [line for line in build.output.splitlines() if line.startswith("What arrived:")]
    for sentence in [expected] if isinstance(expected, str) else expected:
        assert any(sentence in said for said in log), sentence + build.output[-6000:]
    if case == "columns that say that lines are no sales":
        assert len([said for said in log if "no setting of source reads" in said]) == len(expected)


def test_a_copy_of_all_lines_is_left_out_where_duplicates_are(project):
    """So is the total of a group of lines."""
    total = ["Total 2025-03", "x", "", date(2025, 3, 31), 1, TOTAL, ""]
    files = {"a.csv": text([*ROWS[:HALF], total, *ROWS[HALF:]]), "all.csv": text()}
    build = build_on(project, files, duplicate_lines="reject")
    assert build.exit_code == 0, build.output
    assert build.query("select verdict from segment_data_checks where status <> 'ok'") == []
    assert f"total of other lines 1; exact duplicates left out: {len(ROWS):,})" in build.output
    spend = build.query("select sum(net_revenue) from monthly_transaction_totals")
    assert spend == [(TOTAL,)]


def test_the_shop_without_a_mistake_is_told_nothing(project):
    build = build_on(project, {"a.csv": text()})
    assert build.exit_code == 0, build.output
    assert [said for said in build.warnings if "selection criterion" not in said] == []
    assert "What arrived: 0% of the source lines were rejected (0 of " in build.output
    may = next(line for line in build.output.splitlines() if line.startswith("2025-05"))
    sold = [row for row in ROWS if row[3] >= date(2025, 5, 1)]
    bought = [row for row in sold if row[4] > 0]
    orders, customers = ({row[place] for row in bought} for place in (0, 1))
    revenue = sum(row[4] * row[5] for row in sold)
    numbers = f"{len(orders):,} {len(customers):,} {revenue:.2f} 0 0.00"
    assert may.split() == ["2025-05", *numbers.split()]
