"""Every bad input is handled, rejected with a reason, or ends the build with one sentence.

The table is in three parts. LINES share one file and one build; FILES and SOURCES have a build of
their own as far as they need it. What needs several refreshes or a fit is tested where its like
is: a source that shrank by half, is empty, was cut off or did not change, ids that changed their
type and a lone line of a future year in test_input_checks.py; all alike, one customer, two kinds
of customers and five segments, only returns and nobody in the window in test_bundled_build.py; one
giant outlier in test_refreshes.py; missing columns, files and tables in test_input_errors.py.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from harness import Build, Project, thresholds

HEADER = ["transaction_id", "customer_id", "product_id", "purchased_at", "amount"]
NEEDED = ["--select", "+customer_features", "+rejected_transactions"]
NEEDED += ["assert_lines_and_money_reconcile_with_the_source"]
NEEDED += ["assert_rejected_lines_are_explained"]
NEEDED += ["--indirect-selection", "cautious"]
NEEDED += ["--exclude", "raw_transactions", "completed_refreshes"]
LONG = "x" * 20_000
DAY = "2025-03-01"


def line(transaction="1", customer=None, product="p", day=DAY, amount="10") -> list[str | None]:
    """Return a line that is fine but for what is given; no customer: one of the case's own."""
    return [transaction, customer, product, day, amount]


def used(*frequency_and_money: tuple[int, str]) -> list[tuple[int, Decimal]]:
    """Return frequency and net spend of each customer that comes out, by customer id."""
    return [(frequency, Decimal(money)) for frequency, money in frequency_and_money]


# Lines, and what comes of them: customers (frequency, net spend), or the reason of the refusal.
LINES = {
    # Dates
    "a day and a time": ([line(day="2025-03-01 23:59:59")], used((1, "10"))),
    "an hour that summer time skips": ([line(day="2025-03-30 02:30:00")], used((1, "10"))),
    "an hour that winter time repeats": ([line(day="2025-10-26 02:30:00")], used((1, "10"))),
    "a time zone, read in UTC": ([line(day="2025-03-01T23:30:00+05:00")], used((1, "10"))),
    "universal time": ([line(day="2025-03-01T23:30:00Z")], used((1, "10"))),
    "month before day": ([line(day="3/13/2025")], "unreadable date"),
    "day before month": ([line(day="13.03.2025")], "unreadable date"),
    "a date in words": ([line(day="March 1st, 2025")], "unreadable date"),
    "digits alone": ([line(day="20250301")], used((1, "10"))),
    "digits alone of no day": ([line(day="20250231")], "unreadable date"),
    "Unix seconds": ([line(day="1740787200")], "unreadable date"),
    "an offset without a colon": ([line(day="2025-03-01 10:22:33 -0500")], used((1, "10"))),
    "a zone by name": ([line(day="2025-03-01 10:22:33 UTC")], used((1, "10"))),
    "a spreadsheet's day number": ([line(day="45717")], "unreadable date"),
    "a day that does not exist": ([line(day="2025-02-29")], "unreadable date"),
    "an hour that does not exist": ([line(day="2025-03-01 25:00:00")], "unreadable date"),
    "no day": ([line(day="")], "no date"),
    "before 1970": ([line(day="1969-12-31")], used((1, "10"))),
    "before 1900": ([line(day="1899-12-31")], "date out of range"),
    "before Christ": ([line(day="-0044-03-15")], "date out of range"),
    "the year 0201": ([line(day="0201-03-01")], "date out of range"),
    "after 2100": ([line(day="2101-03-01")], "after the last date"),
    "the year 9999": ([line(day="9999-12-31")], "date out of range"),
    "the day infinity": ([line(day="infinity")], "date out of range"),
    "a future date": ([line(day="2026-01-01")], "after the last date"),
    # Money
    "NaN": ([line(amount="NaN")], "not finite amount"),
    "infinity": ([line(amount="Infinity")], "not finite amount"),
    "minus infinity": ([line(amount="-inf")], "not finite amount"),
    "1e300": ([line(amount="1e300")], "amount out of range"),
    "a huge whole number": ([line(amount="9" * 40)], "amount out of range"),
    "the largest amount": ([line(amount="99999999999999.9999")], used((1, "99999999999999.9999"))),
    "thousands and decimals": ([line(amount="1,234.50")], "unreadable amount"),
    "a decimal comma": ([line(amount="12,50")], "unreadable amount"),
    "a currency sign": ([line(amount="€10")], "unreadable amount"),
    "a dollar": ([line(amount="$10.00")], "unreadable amount"),
    "a currency code": ([line(amount="10 EUR")], "unreadable amount"),
    "brackets for a return": ([line(amount="(10.00)")], "unreadable amount"),
    "a minus behind": ([line(), line("C1", amount="4.50-")], used((1, "5.5"))),
    "a minus behind after a space": ([line(), line("C1", amount="4.50 -")], used((1, "5.5"))),
    "a minus on both sides": ([line(amount="-4.50-")], "unreadable amount"),
    "a formula for money": ([line(amount="=5*2")], "unreadable amount"),
    "no amount": ([line(amount="")], "no amount"),
    "zero": ([line(amount="0.00")], "no money moved"),
    "negative zero": ([line(amount="-0.0")], "no money moved"),
    "less than a ten-thousandth": ([line(amount="0.00001")], "no money moved"),
    "spaces around": ([line(amount="  10  ")], used((1, "10"))),
    "a power of ten": ([line(amount="1e1")], used((1, "10"))),
    "a plus sign": ([line(amount="+10")], used((1, "10"))),
    # Ids and text
    "no customer": ([line(customer="")], "no customer"),
    "a blank customer": ([line(customer="   ")], "no customer"),
    "no transaction": ([line(transaction="")], "no transaction id"),
    "no product": ([line(product="")], used((1, "10"))),
    "a very long id": ([line(customer=LONG)], used((1, "10"))),
    "an emoji": ([line(customer="🛍️👩‍👩‍👧")], used((1, "10"))),
    "right to left": ([line(customer="לקוח ١٢٣")], used((1, "10"))),
    "ids that differ by case": (
        [line(customer="Case"), line(customer="case", amount="20")],
        used((1, "10"), (1, "20")),
    ),
    "ids that differ by a space": (
        [line(customer="space"), line(customer="space ", amount="20")],
        used((1, "10"), (1, "20")),
    ),
    "ids that differ by leading zeros": (
        [line(customer="00017"), line(customer="17", amount="20")],
        used((1, "10"), (1, "20")),
    ),
    "a NUL byte": ([line(customer="a\0b")], used((1, "10"))),
    "a line break": ([line(customer="two\nlines")], used((1, "10"))),
    "a quote and a comma": ([line(customer='O"Neil, Ltd')], used((1, "10"))),
    "SQL": ([line(customer="'; drop table stg_transactions; --")], used((1, "10"))),
    "Jinja": ([line(customer="{{ 1 / 0 }}")], used((1, "10"))),
    "a formula of a spreadsheet, exact here": ([line(customer="=1+1")], used((1, "10"))),
    "the text null": ([line(customer="NULL")], used((1, "10"))),
    # Lines together
    "lines twice": ([line(), line()], used((1, "20"))),
    "one transaction at two customers": (
        [line("shared", "here"), line("shared", "there", amount="20")],
        used((1, "10"), (1, "20")),
    ),
    "a transaction over two days": ([line(day="2025-03-02"), line()], used((1, "20"))),
    "only returns": ([line(amount="-10")], used()),
    "a return before its purchase": (
        [line(day="2025-02-01", amount="-4"), line()],
        used((1, "6")),
    ),
    "a refund larger than the purchase": ([line(), line("C1", amount="-15")], used((1, "-5"))),
}  # fmt: skip


def own(lines: list[list], number: int) -> list[list[str]]:
    """Return a case's lines with a customer of its own where none is given."""
    return [[one[0], f"case {number}" if one[1] is None else one[1], *one[2:]] for one in lines]


CASES = {name: own(lines, number) for number, (name, (lines, _)) in enumerate(LINES.items())}


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> Build:
    """Return one build on the lines of all cases; a product tells whose they are."""
    folder = tmp_path_factory.mktemp("lines")
    with (folder / "lines.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER, "case"])
        for name, rows in CASES.items():
            writer.writerows([*row, name] for row in rows)
    given = {"source": {"lines": str(folder / "lines.csv"), "last_date": "2025-12-31"}}
    given |= {"observation_months": None}
    project = Project(folder / "project").edited(thresholds(rejected_share={"fail_threshold": ""}))
    build = project(vars=given, args=NEEDED)
    assert build.exit_code == 0, build.output
    return build


@pytest.mark.parametrize("case", LINES)
def test_a_line_is_used_or_rejected_with_its_reason(lines, case):
    expected = LINES[case][1]
    customers = sorted({row[1] for row in CASES[case]})
    condition = f"customer_id in ({', '.join(map(literal, customers))})"
    kept = lines.query(
        f"select customer_id, frequency, monetary from customer_features where {condition}"
    )
    if isinstance(expected, str):
        assert kept == []
        (row,) = CASES[case]
        texts = zip(HEADER, row, strict=True)
        same = " and ".join(f"coalesce({name}, '') = {literal(text)}" for name, text in texts)
        query = (
            f"select rejection_reason, count(*) from rejected_transactions where {same} group by 1"
        )
        assert lines.query(query) == [(expected, 1)], "rejected as it came"
    else:
        assert [found[1:] for found in sorted(kept)] == expected
        query = f"select count(*) from rejected_transactions where {condition}"
        assert lines.query(query) == [(0,)]


def literal(text: str) -> str:
    """Return a text as SQL, also with a NUL byte in it."""
    return "'" + text.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


GOOD = "1,a,p,2025-03-01,10\n"
TITLES = ",".join(HEADER) + "\n"
LATIN = (TITLES + GOOD * 3 + "2,Jürgen,p,2025-03-01,5\n").encode("latin-1")
ALIKE = (
    " cannot be read as CSV: check that quotes are closed, and that all lines end alike and have"
)
ALIKE += " as many columns as the header."
NO_UTF8 = (
    "The file {file} is not UTF-8: set encoding in source to latin-1 or utf-16 if it is in one"
)
NO_UTF8 += " of these, or else save it as UTF-8."
NO_COLUMN = "The column 'transaction_id' for transaction_id is not in {file}: write one of its"
NO_COLUMN += " columns (1, a, p, 2025-03-01, 10) in the variable source.columns.transaction_id."
# The bytes of a file, keys of the source, and its net spend or the sentence the build ends with.
FILES = {
    "header only": (
        TITLES.encode(),
        {},
        "Lines in the source: 0, below the threshold of 1. Check that lines in source names the"
        " right file or table and that the export holds lines.",
    ),
    "extra columns": ((TITLES[:-1] + ",note\n" + GOOD[:-1] + ",hello\n").encode(), {}, "10"),
    "columns in another order": (b"amount,purchased_at,product_id,customer_id,transaction_id\n"
                                 b"10,2025-03-01,p,a,1\n", {}, "10"),
    "byte order mark": (("\ufeff" + TITLES + GOOD).encode(), {}, "10"),
    "Windows line ends": ((TITLES + GOOD).replace("\n", "\r\n").encode(), {}, "10"),
    "no line end at the end": ((TITLES + GOOD)[:-1].encode(), {}, "10"),
    "empty lines": ((TITLES + GOOD + "\n\n" + GOOD).encode(), {}, "20"),
    "quoted line breaks": ((TITLES + '1,"a\nb",p,2025-03-01,10\n' + GOOD).encode(), {}, "20"),
    "tabs": ((TITLES + GOOD).replace(",", "\t").encode(), {}, "10"),
    "decimal commas that are named": (
        (TITLES + GOOD).replace(",", ";").replace(";10", ";1.010,50").encode(),
        {"decimal_separator": ","},
        "1010.50",
    ),
    "decimal commas that are not named": (
        (TITLES + GOOD * 2).replace(",", ";").replace(";10", ";10,50").encode(),
        {},
        "100% of the source lines were rejected (2 of 2: unreadable amount 2 such as 10,50), above"
        " the threshold of 60%. Each rejected line is in rejected_transactions with its reason.",
    ),
    "currencies mixed": (
        (TITLES[:-1] + ",cur\n" + GOOD[:-1] + ",EUR\n" + GOOD[:-1] + ",USD\n").encode(),
        {"columns": {"currency": "cur"}},
        "The variable source.currency is 'null': write the one to report in, for the lines are in"
        " several (EUR, USD), and rates of the others into it in currency_rates.",
    ),
    "currencies converted": (
        (TITLES[:-1] + ",cur\n" + GOOD[:-1] + ",EUR\n" + GOOD[:-1] + ",USD\n").encode(),
        {
            "columns": {"currency": "cur"},
            "currency": "EUR",
            "currency_rates": {"USD": 0.9},
        },
        "19",
    ),
    "brackets beside a decimal separator": (
        (TITLES + GOOD + "2,a,p,2025-03-01,(4.50)\n").encode(),
        {"decimal_separator": "."},
        "5.50",
    ),
    "a minus behind beside decimal commas": (
        (TITLES + GOOD + "2,a,p,2025-03-01,4.50-\n").replace(",", ";").replace(".", ",").encode(),
        {"decimal_separator": ","},
        "5.50",
    ),
    "a currency sign that is named": (
        (TITLES + '1,a,p,2025-03-01,"$1,010.50"\n2,a,p,2025-03-01,-$10\n').encode(),
        {"decimal_separator": ".", "currency_sign": "$"},
        "1000.50",
    ),
    "signs between thousands, and around amounts, that are named": (
        (
            TITLES + "1,a,p,2025-03-01,1 045.50\n1,a,p,2025-03-01,1\u202f045.50\n"
            "1,a,p,2025-03-01,1'045.50\n1,a,p,2025-03-01,1\u2019045.50\n"
            "1,a,p,2025-03-01,CHF 10.00\n1,a,p,2025-03-01,10.00\u00a0CHF\n"
            "2,a,p,2025-03-01,\u22125.00\n2,a,p,2025-03-01,CHF -5.00\n"
        ).encode(),
        {"decimal_separator": ".", "currency_sign": "CHF"},
        "4192",
    ),
    "another currency sign than is named": (
        (TITLES + "1,a,p,2025-03-01,€10\n").encode(),
        {"decimal_separator": ".", "currency_sign": "$"},
        "100% of the source lines were rejected (1 of 1: unreadable amount 1 such as €10), above",
    ),
    "dates that one format reads": (
        (TITLES + GOOD.replace("2025-03-01", "03/13/2025")).encode(),
        {},
        "unreadable date 1 such as 03/13/2025, which date_format '%m/%d/%Y' reads)",
    ),
    "dates that two formats read": (
        (TITLES + GOOD.replace("2025-03-01", "03/01/2025 10:15")).encode(),
        {},
        "such as 03/01/2025 10:15, which date_format '%d/%m/%Y %H:%M' or '%m/%d/%Y %H:%M' reads)",
    ),
    "dates before a comma": (
        (TITLES + GOOD.replace("2025-03-01", '"13.3.2025, 07:05:00"')).encode(),
        {},
        "such as 13.3.2025, 07:05:00, which date_format '%d.%m.%Y, %H:%M:%S' reads)",
    ),
    "dates that are numbers": (
        (TITLES + GOOD.replace("2025-03-01", "1740787200")).encode(),
        {},
        "such as 1740787200, which date_format unix_seconds reads)",
    ),
    "a delivery in another format than is named": (
        (TITLES + GOOD).encode(),
        {"date_format": "%d/%m/%Y"},
        "such as 2025-03-01, which date_format iso reads)",
    ),
    "lines_where without a line that counts": (
        (TITLES[:-1] + ",status\n" + GOOD[:-1] + ",paid\n").encode(),
        {"lines_where": {"status": "complete"}},
        "100% of the source lines were left out by lines_where (1 of 1), above the threshold of"
        " 95%. Check that the values in lines_where are those of the source.",
    ),
    "lines that count in another spelling": (
        (TITLES[:-1] + ",status\n" + GOOD[:-1] + ", PAID \n").encode(),
        {"lines_where": {"status": "Paid"}},
        "10",
    ),
    "guests by their id": (
        (TITLES + GOOD + GOOD.replace(",a,", ",0,")).encode(),
        {"guest_ids": ["0"]},
        "10",
    ),
    "a refund beside its payment": (
        (TITLES[:-1] + ",back\n" + GOOD[:-1] + ",4\n" + GOOD[:-1] + ",\n").encode(),
        {"returns": "back"},
        "16",
    ),
    "a refund that cannot be read": (
        (TITLES[:-1] + ",back\n" + GOOD[:-1] + ",four\n").encode(),
        {"subtract": "back"},
        "100% of the source lines were rejected (1 of 1: unreadable refund 1), above",
    ),
    "copies rejected": ((TITLES + GOOD * 2).encode(), {"duplicate_lines": "reject"}, "10"),
    "latin-1": (LATIN, {}, NO_UTF8),
    "latin-1 that is named": (LATIN, {"encoding": "latin-1"}, "35"),
    "latin-1 in the header": (
        (TITLES[:-1] + ",Stück\n" + GOOD[:-1] + ",1\n").encode("latin-1"),
        {},
        NO_UTF8,
    ),
    "UTF-16": (
        (TITLES + GOOD).encode("utf-16"),
        {},
        NO_UTF8,
    ),
    "UTF-16 that is named": (
        (TITLES + GOOD).encode("utf-16"),
        {"encoding": "utf-16"},
        "10",
    ),
    "a late line with a column too many": (
        (TITLES + GOOD * 60_000 + GOOD[:-1] + ",50\n" + GOOD).encode(),
        {},
        "Line 60002 of {file} has 6 columns where the header has 5: fix the line.",
    ),
    "a late line that is cut off": (
        (TITLES + GOOD * 60_000 + "1,a,p\n" + GOOD).encode(),
        {},
        "Line 60002 of {file} has 3 columns where the header has 5: fix the line.",
    ),
    "a late quote that is not closed": (
        (TITLES + GOOD * 60_000 + '1,"a,p,2025-03-01,10\n' + GOOD).encode(),
        {},
        "Line 60002 of {file}" + ALIKE,
    ),
    "line ends mixed": (
        (TITLES + GOOD * 2 + GOOD[:-1] + "\r\n" + GOOD).encode(),
        {},
        "The file {file}" + ALIKE,
    ),
    "no header": ((GOOD * 3).encode(), {}, NO_COLUMN),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_read_or_ends_in_one_sentence(project, case):
    content, given, expected = FILES[case]
    file = Path(project.folder / "lines.csv")
    file.write_bytes(content)
    build = project(
        vars={"source": {"lines": str(file), **given}},
        args=[*NEEDED, "--select", "+customer_features", "+rejected_transactions",
              "+segment_data_checks",
              "assert_lines_and_money_reconcile_with_the_source", "assert_no_data_check_fails"],
    )  # fmt: skip
    if " " in expected:
        assert build.exit_code == 1
        assert expected.format(file=file) in build.output
        assert "Traceback" not in build.output
    else:
        assert build.exit_code == 0, build.output
        spend = build.query("select coalesce(sum(monetary), 0) from customer_features")
        assert spend == [(Decimal(expected),)]


# Types of columns, values of one line, and its net spend: text and numbers come to the same.
SOURCES = {
    "text": ("varchar", "'17'", "varchar", "'2025-03-01'", "varchar", "'10.5'"),
    "numbers and times": ("bigint", "17", "timestamp", "'2025-03-01 10:00'", "double", "10.5"),
    "decimals and days": ("integer", "17", "date", "'2025-03-01'", "decimal(9, 2)", "10.50"),
}


def test_column_types_that_changed_between_refreshes_change_nothing(project):
    project.execute("create schema shop")
    seen = []
    for customer_type, customer, day_type, day, money_type, money in SOURCES.values():
        project.execute(
            "create or replace table shop.lines as select 1 as transaction_id,"
            f" {customer}::{customer_type} as customer_id, 'p' as product_id,"
            f" {day}::{day_type} as purchased_at, {money}::{money_type} as amount"
        )
        build = project(vars={"source": {"lines": "shop.lines"}}, args=NEEDED)
        assert build.exit_code == 0, build.output
        seen.append(build.query("select * from customer_features"))
    assert seen[0][0][0] == "17"
    assert seen == [seen[0]] * len(SOURCES)


def test_numbers_that_are_not_finite_in_a_typed_column_are_rejected(project):
    project.execute(
        "create schema shop",
        "create table shop.lines as select 1 as transaction_id, 'a' as customer_id,"
        " 'p' as product_id, date '2025-03-01' as purchased_at, unnest(["
        "'nan', 'inf', '-inf', '1e300', '10']::double[]) as amount",
    )
    build = project(vars={"source": {"lines": "shop.lines"}}, args=NEEDED)
    assert build.exit_code == 0, build.output
    reasons = "select rejection_reason, count(*) from rejected_transactions group by 1 order by 1"
    assert build.query(reasons) == [("amount out of range", 1), ("not finite amount", 3)]
    assert build.query("select monetary from customer_features") == [(Decimal(10),)]


def test_the_table_holds_what_was_asked_for():
    assert len(LINES) + len(FILES) >= 60
