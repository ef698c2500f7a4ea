"""A refresh reads the files and counts the customers that may have changed, and no others."""

import os

import duckdb
from harness import ROOT

SEED = ROOT / "seeds" / "raw_transactions.csv"
HEADER = "transaction_id,customer_id,product_id,purchased_at,amount\n"


def test_a_refresh_reads_new_files_alone_and_counts_their_customers_alone(project):
    folder = project.folder / "lines"
    folder.mkdir()
    old = folder / "old.csv"
    duckdb.sql(
        f"copy (from read_csv('{SEED}', all_varchar = true) where purchased_at < '2025-06-30')"
        f" to '{old}' (header)"
    )
    an_hour_ago = old.stat().st_mtime - 3600
    os.utime(old, (an_hour_ago, an_hour_ago))
    variables = {"source": {"lines": str(folder / "*.csv")}, "snapshot_date": "2025-07-01"}
    first = project(vars=variables)
    assert first.exit_code == 0, first.output
    totals = "select customer_id, frequency, monetary from int_customer_totals"
    before = dict((row[0], row[1:]) for row in first.query(totals))
    lines = first.query("select count(*) from int_loaded_lines")[0][0]

    # Other digits under the same size and time: the file now has other amounts.
    size = old.stat().st_size
    text = old.read_text(encoding="utf-8")
    old.write_text(text.replace(".1", ".9").replace(".2", ".8"), encoding="utf-8")
    os.utime(old, (an_hour_ago, an_hour_ago))
    assert old.stat().st_size == size
    known = next(name for name in sorted(before) if before[name][0] > 1)
    (folder / "new.csv").write_text(
        f"{HEADER}N1,{known},P1,2025-06-30,5.00\nN2,newcomer,P1,2025-06-30,7.00\n",
        encoding="utf-8",
    )
    second = project(vars=variables)
    assert second.exit_code == 0, second.output
    assert second.query("select count(*) from int_loaded_lines") == [(lines + 2,)]
    after = dict((row[0], row[1:]) for row in second.query(totals))
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {known, "newcomer"}
    counted = "select customer_id from int_customer_totals where refresh_number = 2"
    assert {name for (name,) in second.query(counted)} == {known, "newcomer"}
