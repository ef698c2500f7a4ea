"""The report: one page with every segment, that loads nothing and fits a phone."""

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from harness import ROOT

pytest.importorskip("altair", reason="the extra `report` is not installed")

SCRIPT = ROOT / "scripts" / "report"
HOSTILE = '<script src="http://example.org/x.js">alert(1)</script> & "co"'
CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def report(file: Path, output: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), "--file", str(file), "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def page(file: Path, output: Path) -> str:
    ended = report(file, output)
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
    assert f"<dd>{revenue:,.2f}<" in text
    assert f"{rejected:,} lines" in text
    guests = "select verdict from data_checks where check_name = 'guest_revenue_share'"
    assert bundled.query(guests)[0][0] in text


def test_no_element_names_an_address_and_the_page_forbids_requests(text):
    assert addresses(text) == []
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert ' id="clip' not in text


def test_every_picture_has_a_name_and_its_numbers(text):
    pictures = re.findall(r"<svg[^>]*>", text)
    assert len(pictures) > 10
    assert all('role="img"' in found and "aria-label=" in found for found in pictures)
    assert text.count("<details") >= 4


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
    assert "<script" not in text
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


def test_an_older_file_says_what_it_lacks(bundled, tmp_path):
    absent = ["feature_drift", "segment_transitions", "rejected_transactions"]
    file = changed(bundled, tmp_path, *(f"drop table {name}" for name in absent))
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


def test_a_first_refresh_has_nothing_to_compare_and_a_later_one_draws_a_flow(
    bundled, text, tmp_path
):
    assert "First refresh: nothing to compare" in text
    file = changed(
        bundled,
        tmp_path,
        "create table moved as from segment_transitions where to_segment_id in (1, 2)",
        "update segment_transitions set snapshot_date = snapshot_date - 14",
        "update customer_segments set segment_since = segment_since - 14 where segment_id > 2",
        "insert into segment_transitions from moved",
    )
    later = page(file, tmp_path / "report.html")
    assert "180 are new" in later
    assert "Bands: customers" in later


def test_the_cards_say_what_would_move_customers_up(bundled, text, tmp_path):
    ((orders, customers),) = bundled.query(
        "select quantile_disc(more_orders, 0.5), count(more_orders) from segment_moves"
        " where segment_name = 'Newcomers'"
    )
    assert f"{customers} of them would move up with about {orders} more orders; " in text
    file = changed(bundled, tmp_path, "drop table segment_moves")
    assert "would move up" not in page(file, tmp_path / "report.html")


def test_the_top_of_the_page_says_what_needs_attention(bundled, text, tmp_path):
    assert "Needs attention" not in text
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
    assert "The customers have drifted from the model: two measures are above it" in text
    declined = "Model version 2 was declined, and the version before it stays active: too many"
    assert declined in text
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
        create or replace table data_checks as from (values
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
