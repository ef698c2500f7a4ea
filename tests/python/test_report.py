"""The report: one page with every segment, that loads nothing and fits a phone."""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pictures
import pytest
import words
from harness import ROOT

SCRIPT = ROOT / "scripts" / "report"
HOSTILE = '<script src="http://example.org/x.js">alert(1)</script> & "co"'
CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def report(file: Path, output: Path, *flags: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), "--file", str(file), "--output", str(output), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def page(file: Path, output: Path, *flags: str) -> str:
    ended = report(file, output, *flags)
    assert ended.returncode == 0, ended.stderr
    return output.read_text(encoding="utf-8")


def published(build) -> Path:
    """Return the file that the report is of."""
    return build.warehouse.with_name("warehouse_published.duckdb")


def changed(bundled, tmp_path, *statements: str) -> Path:
    """Return a copy of the built file after some statements."""
    copy = tmp_path / "changed.duckdb"
    shutil.copy(published(bundled), copy)
    copy.chmod(0o640)
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy


@pytest.fixture(scope="module")
def written(bundled, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("report") / "report.html"
    page(published(bundled), output)
    return output


@pytest.fixture(scope="module")
def text(written) -> str:
    return written.read_text(encoding="utf-8")


def addresses(text: str) -> list[str]:
    """Return the attributes and styles by which a browser would leave the page."""
    markup = re.sub(r'"[^"]*(?:&lt;|&quot;)[^"]*"', '""', text)
    return re.findall(
        r"""(?:(?:src|href|data|action)\s*=\s*["']?|url\(|@import)[^>]*//[^>]*""", markup
    )


def test_every_segment_is_there_with_its_action_and_exact_numbers(bundled, text):
    rows = bundled.query(
        "select segment_name, suggested_action, customers, revenue from segment_profiles"
    )
    assert len(rows) > 3
    for name, action, customers, revenue in rows:
        assert text.count(html.escape(name)) >= 5, name
        assert html.escape(action) in text
        money = f"{revenue:,.2f}".replace("-", "\N{MINUS SIGN}")
        assert f"<td>{customers:,}</td>" in text
        assert f"<td>{money}</td>" in text


def test_totals_are_those_of_the_file(bundled, text):
    ((customers, revenue),) = bundled.query(
        "select count(*), sum(monetary) from customer_segments"
    )
    ((rejected,),) = bundled.query("select count(*) from rejected_transactions")
    assert f"<dd>{customers:,}</dd>" in text
    assert f"<dd>{revenue:,.0f}</dd>" in text
    assert f"{rejected:,} lines" in text
    guests = "select verdict from segment_data_checks where check_name = 'guest_revenue_share'"
    assert bundled.query(guests)[0][0] in text


def test_no_element_names_an_address_and_the_page_forbids_requests(text):
    assert addresses(text) == []
    assert "default-src 'none'" in text
    assert text.count("<script") == 1
    # The policy lets only this script run.
    (script,) = re.findall(r"<script>(.*)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_every_picture_has_a_name_and_its_numbers(text):
    pictures = re.findall(r"<[a-z]+[^>]*role=\"img\"[^>]*>", text)
    assert len(pictures) > 30
    assert all("aria-label=" in found for found in pictures)
    assert text.count("<details") >= 10


def test_the_same_file_gives_the_same_bytes(bundled, written, tmp_path):
    page(published(bundled), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == written.read_bytes()


def test_hostile_names_stay_text(bundled, tmp_path):
    name = HOSTILE.replace("'", "''")
    file = changed(
        bundled,
        tmp_path,
        f"update segment_profiles set segment_name = '{name}' where segment_id = 1",
        f"update segment_profiles set suggested_action = '{name}' where segment_id = 2",
    )
    text = page(file, tmp_path / "report.html")
    assert text.count("<script") == 1
    assert text.count("&lt;script src=") > 5
    assert addresses(text) == []


def test_a_missing_file_is_one_sentence(tmp_path):
    ended = report(tmp_path / "absent.duckdb", tmp_path / "report.html")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "run `make build`" in ended.stderr
    assert not (tmp_path / "report.html").exists()


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "text.duckdb").write_text("not a database" * 1000)
    ended = report(tmp_path / "text.duckdb", tmp_path / "report.html")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "run `make build`" in ended.stderr


def test_a_file_that_lacks_a_column_is_one_sentence(bundled, tmp_path):
    file = changed(bundled, tmp_path, "alter table segment_models drop column outlook_days")
    ended = report(file, tmp_path / "report.html")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "outlook_days" in ended.stderr
    assert "run `make build`" in ended.stderr


def test_an_older_file_says_what_it_lacks(bundled, tmp_path):
    absent = ["feature_drift", "segment_transitions", "rejected_transactions"]
    # Attributes are optional: without them there is nothing to say.
    dropped = [*absent, "segment_attributes"]
    file = changed(bundled, tmp_path, *(f"drop table {name}" for name in dropped))
    text = page(file, tmp_path / "report.html")
    for name in absent:
        assert f"no table <code>{name}</code>" in text


@pytest.mark.parametrize("kept", ["false", "segment_id = 1", "segment_id = 0"])
def test_data_that_are_hardly_there_render(bundled, tmp_path, kept):
    tables = ["customer_features", "customer_segments", "segment_profiles", "segment_transitions"]
    keep = {"customer_features": kept.replace("segment_id", "recency_score")}
    keep["segment_transitions"] = kept.replace("segment_id", "to_segment_id")
    file = changed(
        bundled,
        tmp_path,
        *(f"delete from {name} where not ({keep.get(name, kept)})" for name in tables),
    )
    text = page(file, tmp_path / "report.html")
    assert ("No customers yet" in text) == (kept == "false")
    assert "nan" not in re.findall(r"\w+", text)


# A refresh two weeks earlier, in which segment 1 was larger and 9 of its customers were in 2.
EARLIER = (
    "update segment_transitions set snapshot_date = snapshot_date - 14",
    """
    insert into segment_history_summary
    select * replace (
        snapshot_date - 14 as snapshot_date,
        if(segment_id = 1, 2 * revenue, revenue) as revenue
    )
    from segment_history_summary
    """,
    "update segment_history_summary set customers_in = 9 where segment_id = 1",
    """
    create temporary table moved as
    from customer_segments where segment_id = 1 order by monetary desc limit 9
    """,
    """
    insert into segment_transitions
    select
        moved.snapshot_date, 2, second.segment_name, 1, moved.segment_name, 'behaviour', 9, 900, 90
    from moved cross join segment_profiles as second where second.segment_id = 2 limit 1
    """,
    """
    update segment_history
    set
        valid_to = valid_from,
        valid_from = valid_from - 14,
        segment_id = 2,
        segment_name = (select segment_name from segment_profiles where segment_id = 2)
    where customer_id in (select customer_id from moved)
    """,
    """
    insert into segment_history
    select customer_id, segment_id, segment_name, snapshot_date, null, 'behaviour', 2 from moved
    """,
)


# Two of three customers of segment 1 live in Oslo, and one of three others. They alone buy tea.
ATTRIBUTES = """
    insert into segment_attributes
    with
    customers as (
        select segment_id, segment_name, monetary, row_number() over (order by customer_id) as n
        from customer_segments
    ),
    listed as (
        select
            *, 'home_town' as attribute,
            case
                when (segment_id = 1) = (n % 3 > 0) then 'Oslo' when n % 2 = 0 then 'Bern'
            end as value
        from customers
        union all
        select *, 'colour' as attribute, if(n % 2 = 0, 'red', '<b>blue</b>') as value
        from customers
    ),
    counted as (
        select
            segment_id, segment_name, attribute, coalesce(value, 'not known') as value,
            count(*) as customers, sum(monetary) as revenue
        from listed
        group by all
    )
    select
        'customers', segment_id, segment_name, attribute, value, customers, null,
        customers / sum(customers) over (partition by segment_id, attribute) as share,
        100 * share / (
            sum(customers) over (partition by attribute, value)
            / sum(customers) over (partition by attribute)
        ),
        coalesce(revenue, 0), 2
    from counted
    union all
    select 'products', 1, max(segment_name), 'category', 'tea', null, 90, 1, 300, 900, 20
    from customers where segment_id = 1
    union all
    select 'products', 2, max(segment_name), 'category', 'other', null, 180, 1, 150, 900, 20
    from customers where segment_id = 2
"""


@pytest.fixture(scope="module")
def later(bundled, tmp_path_factory) -> tuple[str, list[tuple]]:
    """Return the page of a second refresh, and the profiles by how much their median spends."""
    folder = tmp_path_factory.mktemp("later")
    file = changed(bundled, folder, *EARLIER)
    with duckdb.connect(str(file), read_only=True) as connection:
        profiles = connection.execute(
            "select segment_id, segment_name, revenue from segment_profiles"
            " where segment_id in (1, 2) order by median_monetary desc"
        ).fetchall()
    return page(file, folder / "report.html"), profiles


def test_a_first_refresh_has_nothing_to_compare_and_a_later_one_draws_a_flow(text, later):
    assert "First refresh: nothing to compare" in text
    assert "nobody could move yet" in text
    assert "<polyline" not in text
    later, _ = later
    assert "9 customers changed segment" in later
    assert "Bands: customers" in later
    assert later.count("<polyline") > 20


def test_the_first_screen_says_what_did_most_of_the_change(text, later):
    assert "The largest part of the change" not in text
    later, profiles = later
    ((name, revenue),) = [(name, revenue) for id, name, revenue in profiles if id == 1]
    assert (
        f"The largest part of the change: {name} brought {revenue:,.0f} less;"
        " 0 customers left and 9 came."
    ) in later


def test_the_first_screen_says_whether_it_can_be_trusted(bundled, text, tmp_path):
    ((checks, share),) = bundled.query(
        "select count(*), max(value) filter (where check_name = 'rejected_share')"
        " from segment_data_checks"
    )
    passed = f"of {checks} data checks passed; {100 * share:.1f}% of the lines were rejected."
    assert f"Can it be trusted? {checks} {passed} The segments were made on 1" in text
    assert "and still fit." in text
    file = changed(
        bundled,
        tmp_path,
        "update segment_data_checks set status = 'warn' where check_name = 'buyers'",
        "update feature_drift set refit_recommended = true where measure = 'verdict'",
    )
    doubted = page(file, tmp_path / "report.html")
    assert f"Can it be trusted? {checks - 1} {passed}" in doubted
    assert "and fit less well now." in doubted


def test_the_first_screen_lists_who_moved_with_the_reason(bundled, later, text):
    later, ((best, best_name, _), (_, other_name, _)) = later
    title, arrow = "Slipping", f"{best_name} → {other_name}"
    if best == 1:
        title, arrow = "Rising", f"{other_name} → {best_name}"
    (listed,) = re.findall(rf"<h2>{title}: \d+ customers, [^<]*</h2>.*?</article>", later, re.S)
    rows = bundled.query(
        "select customer_id, monetary from customer_segments where segment_id = 1"
        " qualify row_number() over (order by monetary desc) <= 5 and is_overdue is not true"
    )
    assert rows
    for customer, spent in rows:
        assert f">{customer}</span><b>{spent:,.0f}</b><small>{arrow}," in listed
    # Who lapsed with value is there from the first refresh on.
    lapsed = "from customer_segments where segment_id = -1 and net_spend_to_date >"
    median = "(select median(net_spend_to_date) from customer_segments)"
    ((count, worth),) = bundled.query(f"select count(*), sum(net_spend_to_date) {lapsed} {median}")
    assert f"<h2>Win back: {count} customers, {worth:,.0f}</h2>" in text


def test_nobody_of_a_control_group_is_listed_to_be_contacted(bundled, text, tmp_path):
    assert "<h2>Win back: " in text
    file = changed(bundled, tmp_path, "update customer_segments set is_control = true")
    assert "<h2>Win back: " not in page(file, tmp_path / "report.html")


def test_what_fell_and_what_hangs_on_one_customer_needs_attention(bundled, later, tmp_path):
    later, profiles = later
    ((name, revenue),) = [row[1:] for row in profiles if row[0] == 1]
    assert f"The revenue of {name} is down 50% since" in later
    assert f"to {revenue:,.0f}: 0 customers left, 9 came." in later
    file = changed(
        bundled,
        tmp_path,
        """
        update customer_segments
        set monetary = (select revenue from segment_profiles where segment_id = 1)
        where customer_id = (
            select min(customer_id) from customer_segments where segment_id = 1
        )
        """,
    )
    ((customer,),) = bundled.query(
        "select min(customer_id) from customer_segments where segment_id = 1"
    )
    found = rf"One customer \({customer}\) brings (4|5)\d% of the revenue of {name}"
    assert re.search(found, page(file, tmp_path / "report.html"))


def test_what_else_segments_have_in_common_is_compared_with_all(bundled, text, tmp_path):
    assert "What else they have in common" not in text
    file = changed(bundled, tmp_path, ATTRIBUTES)
    text = page(file, tmp_path / "report.html")
    with duckdb.connect(str(file), read_only=True) as connection:
        ((segment, share, index, customers),) = connection.execute(
            "select segment_name, share_in_segment, share_index, customers from segment_attributes"
            " where segment_id = 1 and value = 'Oslo'"
        ).fetchall()
    arrow = re.search(
        rf">{100 * share:.0f}%<span class=\"arrow\"[^>]*above all customers\">▲+</span>"
        rf"<small>{customers}</small>",
        text,
    )
    assert arrow
    assert f"Oslo is {index / 100:.1f} times as common in {segment} as among all customers" in text
    assert text.index(">Oslo</th>") < text.index(">not known</th>")
    purchases = text[text.index(">What they buy<") :]
    assert f"tea is 3.0 times as common in {segment} as among all customers" in purchases
    assert "20 values are known; the rare ones are other." in purchases
    # What all have alike is a sentence, and no table.
    assert "No segment differs by more than chance in colour." in text
    assert "&lt;b&gt;blue" not in text and "<b>blue" not in text


@pytest.mark.quick
def test_a_difference_that_may_be_chance_has_no_arrow():
    assert [words.step(count, 2.0) for count in (8, 20, 200)] == [0, 2, 2]
    assert [words.step(count, 0.5) for count in (4, 20)] == [0, -2]
    assert [words.step(5000, ratio) for ratio in (1.2, 1.25, 0.8, 0.81)] == [0, 1, -1, 0]
    assert words.step(2, 20.0) == 0


def test_money_is_in_the_currency_of_the_settings(bundled, tmp_path):
    ((revenue,),) = bundled.query("select sum(monetary) from customer_segments")
    for currency, written in (("EUR", f"€{revenue:,.0f}"), ("CHF", f"CHF\xa0{revenue:,.0f}")):
        file = changed(
            bundled, tmp_path, f"update monthly_transaction_totals set currency = '{currency}'"
        )
        assert f"<dd>{written}</dd>" in page(file, tmp_path / "report.html")


def test_customers_are_listed_and_can_be_left_out(bundled, text, tmp_path):
    for segment_id, value in ((1, "monetary"), (-1, "net_spend_to_date")):
        rows = bundled.query(
            f"select customer_id from customer_segments where segment_id = {segment_id}"
            f" order by {value} desc, customer_id limit 30"
        )
        (listed,) = re.findall(rf'id="list{segment_id}">.*?</table>', text, re.DOTALL)
        assert all(f">{customer}</th>" in listed for (customer,) in rows)
    without = page(published(bundled), tmp_path / "report.html", "--no-customers")
    everyone = bundled.query("select customer_id from customer_segments")
    shown = re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", " ", without, flags=re.DOTALL)
    assert not set(re.findall(r"\w+", shown)) & {customer for (customer,) in everyone}
    assert "This page names no customers" in without


def test_the_page_of_a_hundred_thousand_customers_is_below_two_megabytes(bundled, tmp_path):
    file = changed(
        bundled,
        tmp_path,
        """
        insert into customer_segments
        select own.* replace (own.customer_id || '-' || copies.copy as customer_id)
        from customer_segments as own
        cross join range(75) as copies (copy)
        """,
    )
    text = page(file, tmp_path / "report.html")
    assert 200_000 < len(text.encode()) < 2_000_000


def test_a_segment_keeps_its_colour_for_as_long_as_it_lives():
    # Segment 9 is born while 1 lives; 10 when 2 is gone.
    lives = {1: (0, 5), 2: (0, 1), 3: (0, 5), 9: (2, 5), 10: (3, 5)}
    assert pictures.colors(lives, 8) == {1: 1, 2: 2, 3: 3, 9: 2, 10: 4}
    before = {1: (0, 2), 2: (0, 1), 3: (0, 2), 9: (2, 2)}
    assert pictures.colors(before, 8) == {1: 1, 2: 2, 3: 3, 9: 2}
    assert set(pictures.colors(dict.fromkeys(range(1, 13), (0, 1)), 8).values()) == set(
        range(1, 9)
    )


# How colours look to people without one kind of cone (Machado and others, 2009), in linear RGB.
SIGHTS = {
    "all cones": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
# From linear RGB to Oklab, in which equal distances look equally far apart.
CONES = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
LAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_colour_blind_people_tell_the_segments_apart(theme, sight):
    style = (SCRIPT / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    found = dict(re.findall(r"--(s\d|paper): #(\w{6})", blocks[theme]))
    assert len(found) == 10
    linear = {
        name: ((np.array([int(code[at : at + 2], 16) for at in (0, 2, 4)]) / 255 + 0.055) / 1.055)
        ** 2.4
        for name, code in found.items()
    }
    light = {name: color @ [0.2126, 0.7152, 0.0722] for name, color in linear.items()}
    paper = light.pop("paper")
    contrasts = [(max(paper, each) + 0.05) / (min(paper, each) + 0.05) for each in light.values()]
    assert min(contrasts) >= 3
    seen = np.clip([np.array(SIGHTS[sight]) @ linear[name] for name in light], 0, 1)
    lab = np.cbrt(seen @ np.transpose(CONES)) @ np.transpose(LAB)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    # Twice what can just be seen beside each other is about 0.04.
    assert apart[np.triu_indices(len(lab), 1)].min() >= 0.07


def test_the_top_of_the_page_says_what_needs_attention(bundled, text, tmp_path):
    assert "Analyst: " not in text
    file = changed(
        bundled,
        tmp_path,
        "update feature_drift set value = -0.0001 where measure = 'frequency'",
        """
        update feature_drift
        set refit_recommended = true, reason = 'two measures are above it'
        where measure = 'verdict'
        """,
        """
        insert into segment_models by name
        select * replace (2 as model_version, false as is_active, 'declined' as status,
            'too many customers would move' as objections)
        from segment_models
        """,
    )
    text = page(file, tmp_path / "report.html")
    assert text.count("Needs attention") == 1
    (attention,) = re.findall(r"Needs attention.*?</div>", text, re.DOTALL)
    assert "Customers buy differently from when the segments were made" in attention
    assert "New segments were made and not used" in attention
    assert "two measures are above it" not in attention
    assert "two measures are above it" in text
    assert "Version 2 was declined, and the version before it stays active: too many" in text
    assert "0.000" in text
    assert "-0.000" not in text and "\N{MINUS SIGN}0.000" not in text


def chromium(tmp_path, file: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--enable-logging=stderr", *arguments, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@needs_chromium
def test_chromium_shows_it_in_both_themes_without_a_complaint(written, tmp_path):
    sizes = {}
    for theme, value in (("light", "1"), ("dark", "0")):
        shot = tmp_path / f"{theme}.png"
        how = [f"--blink-settings=preferredColorScheme={value}", f"--screenshot={shot}"]
        ended = chromium(tmp_path, written, *how)
        assert "CONSOLE" not in ended.stderr
        sizes[theme] = shot.read_bytes()
    assert sizes["light"] != sizes["dark"]


@needs_chromium
@pytest.mark.parametrize("asks", [False, True])
def test_no_request_leaves_the_page(text, tmp_path, asks):
    """Without its policy, which forbids requests; and a page that asks is seen asking."""
    bare, log = tmp_path / "bare.html", tmp_path / "net.json"
    image = '<main><img src="http://127.0.0.1:9/x.png">' if asks else "<main>"
    text = re.sub(r"<meta http-equiv[^>]*>", "", text).replace("<main>", image)
    bare.write_text(text, encoding="utf-8")
    chromium(tmp_path, bare, f"--log-net-log={log}", "--dump-dom")
    # What Chromium itself asks has no origin.
    found = re.findall(r'"initiator":"(?!not an origin).*?"url":"([^"]+)"', log.read_text())
    assert set(found) == ({"http://127.0.0.1:9/x.png"} if asks else set())


@needs_chromium
def test_chromium_would_complain_about_a_request(written, text, tmp_path):
    asking = tmp_path / "asking.html"
    asking.write_text(text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">'))
    assert "CONSOLE" in chromium(tmp_path, asking, "--dump-dom").stderr


@needs_chromium
def test_bars_are_as_long_as_shares_and_the_script_sorts_searches_and_saves(
    bundled, text, tmp_path
):
    """Another script measures and clicks, on the page without its policy."""
    ((wanted,),) = bundled.query(
        "select customer_id from customer_segments where segment_id = -1"
        " order by net_spend_to_date desc, customer_id limit 1 offset 3"
    )
    clicks = f"""
        const list = document.querySelector("#list-1 table"), seen = {{}};
        const heading = list.tHead.rows[0].cells[4];
        const column = (at) => [...list.tBodies[0].rows].map((row) => row.cells[at].textContent);
        seen.bars = [...document.querySelectorAll(".bars i")].map((bar) => bar.clientWidth);
        seen.before = column(4);
        heading.querySelector("button").click();
        seen.falling = column(4); seen.sorted = heading.getAttribute("aria-sort");
        heading.querySelector("button").click();
        seen.rising = column(4);
        const search = document.querySelector("#list-1 input");
        search.value = "{wanted}"; search.dispatchEvent(new Event("input"));
        seen.found = [...list.tBodies[0].rows].filter((row) => !row.hidden).length;
        URL.createObjectURL = (blob) => {{ blob.text().then((csv) => {{
            seen.csv = csv; document.body.dataset.seen = JSON.stringify(seen);
        }}); return "#"; }};
        list.tBodies[0].rows[0].cells[0].textContent = "=1+1";
        document.querySelector("#list-1 .tools button").click();
    """
    bare = re.sub(r"<meta http-equiv[^>]*>", "", text)
    clicked = tmp_path / "clicked.html"
    clicked.write_text(bare.replace("</body>", f"<script>{clicks}</script></body>"))
    dom = chromium(tmp_path, clicked, "--virtual-time-budget=5000", "--dump-dom").stdout
    found = re.search(r'<body[^>]* data-seen="([^"]*)"', dom)
    assert found is not None
    seen = json.loads(html.unescape(found[1]))
    shares = bundled.query(
        "select unnest([customer_share, revenue_share]) as share from segment_profiles"
        " where segment_id > 0 order by revenue desc, share = revenue_share"
    )
    longest = max(seen["bars"]) / max(shares)[0]
    for (share,), bar in zip(shares, seen["bars"], strict=False):
        assert abs(bar - share * longest) < 2
    purchases = sorted(map(int, seen["before"]))
    assert len(purchases) == 100
    assert [int(each) for each in seen["rising"]] == purchases
    assert [int(each) for each in seen["falling"]] == purchases[::-1]
    assert seen["sorted"] == "descending"
    assert seen["found"] == 1
    lines = seen["csv"].strip().splitlines()
    assert len(lines) == 101
    assert lines[1].startswith('"\'=1+1",')


@needs_chromium
@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_overflows_the_page(text, tmp_path, width):
    # A frame has the width of a phone, which a window of Chromium cannot have; only a page
    # without its policy may be measured by a script.
    inside = re.sub(r"<meta http-equiv[^>]*>", "", text)
    frame = tmp_path / "frame.html"
    measure = "this.dataset.seen = this.contentDocument.documentElement.scrollWidth"
    frame.write_text(
        f'<iframe width="{width}" height="800" style="border: 0" onload="{measure}"'
        f' srcdoc="{html.escape(inside)}"></iframe>',
        encoding="utf-8",
    )
    found = re.search(r'data-seen="(\d+)"', chromium(tmp_path, frame, "--dump-dom").stdout)
    assert found is not None
    assert int(found[1]) <= width


def test_checks_and_descriptions_show_where_the_file_has_them(bundled, tmp_path):
    checks = "about, check_name, subject, value, warn_threshold, fail_threshold, bad_side"
    file = changed(
        bundled,
        tmp_path,
        f"""
        create or replace table segment_data_checks as from (values
            ('arrival', 'rejected_share', null, 0.25, 0.2, 0.6, 'above', 'warn',
                'A quarter was <rejected>.'),
            ('fitness', 'buyers', null, null::double, 100, null, 'below', 'ok', 'Enough buyers.'),
            ('fitness', 'commonest_value_share', 'frequency', 0.2, 0.9, null, 'above', 'ok', 'A')
        ) as checks({checks}, status, verdict)
        """,
        "comment on column customer_features.monetary is 'Net & `gross` are two things.'",
    )
    text = page(file, tmp_path / "report.html")
    assert text.count("A quarter was &lt;rejected&gt;.") == 3, "at the top as well"
    assert "The data arrived as usual." not in text
    assert text.count("The data are fit for segments.") == 1
    assert "commonest value share: frequency" in text
    assert "8,780 lines were read" in text
    assert "Net &amp; gross are two things." in text
