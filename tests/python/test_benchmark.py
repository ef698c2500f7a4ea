"""A small benchmark; `make benchmark` is the real one."""

import csv
import re

import costs
import fit
import pytest
import run


def test_contenders_agree_on_a_small_benchmark(tmp_path, monkeypatch):
    output = tmp_path / "benchmarks.md"
    drawn = {}
    # What draws the picture is in the environment of the benchmark alone.
    monkeypatch.setattr(run, "plot", lambda rows, path: drawn.update({path: rows}))
    names = ["scan of the file", "polars", "DuckDB script"]
    names += ["dbt build, from nothing", "dbt build, refresh"]
    command = ["2e4", "--rounds", "1", "--output", str(output), "--contenders", *names]
    assert run.main(command) == 0
    text = output.read_text(encoding="utf-8")
    for name in names:
        assert f"| 20,000 | {name} |" in text
    assert re.search(r"\| DuckDB script \| 1 \| \d+\.\d \| 1\.0 \|", text)
    builds = names[-2:]
    assert f"| node | {builds[0]} | {builds[1]} |" in text
    assert re.search(r"\| all data tests \| \d+\.\d \| \d+\.\d \|", text)
    assert [*drawn] == [output.with_suffix(".svg")]
    assert {row["contender"] for row in drawn[output.with_suffix(".svg")]} == set(names)


def test_a_contender_that_counts_otherwise_ends_the_benchmark(tmp_path, monkeypatch):
    found = iter([(1, 2), (1, 3)])
    monkeypatch.setattr(run, "summary", lambda source: next(found))
    names = ["DuckDB script", "polars"]
    with pytest.raises(SystemExit, match="the contenders disagree"):
        list(run.run_size(2_000, names, 1, "1GB", tmp_path / "benchmark"))


def test_a_sample_of_everybody_agrees_with_a_fit_on_everybody(tmp_path):
    output = tmp_path / "fit.md"
    command = ["--customers", "1000", "--sample", "1000", "--output", str(output)]
    assert fit.main(command) == 0
    text = output.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if "100.00% | 1.000 |" in line]
    assert len(rows) == len(fit.SEEDS)
    for customers in (100, 1_000, 10_000):
        assert f"| {customers:,} | " in text


@pytest.mark.quick
def test_agreement_counts_customers_whatever_the_numbers_of_the_clusters():
    assert fit.agreement([0, 0, 1, 1], [1, 1, 0, 0]) == 1
    assert fit.agreement([0, 0, 1, 1], [1, 1, 0, 1]) == 0.75


@pytest.mark.quick
def test_a_build_that_takes_more_than_recorded_is_told():
    runs = {
        "DuckDB script": [run.Run(9, 0, 2.5), run.Run(9, 0, 2.0)],
        "dbt build, refresh": [run.Run(9, 0, 9.0), run.Run(9, 0, 8.0)],
    }
    found = costs.costs(runs)
    assert found == {"dbt build, refresh": 4}
    assert costs.slower(found, {"dbt build, refresh": 3.8}) == []
    (sentence,) = costs.slower(found, {"dbt build, refresh": 3.7})
    assert sentence.startswith(
        "dbt build, refresh: 4.00 times the CPU of the DuckDB script, recorded are 3.70:"
    )


@pytest.mark.quick
def test_the_costs_of_all_builds_are_recorded():
    with costs.RECORDED.open(encoding="utf-8", newline="") as file:
        recorded = {row["build"]: float(row["cost"]) for row in csv.DictReader(file)}
    assert set(recorded) == {*costs.BUILDS, *costs.BUNDLED}
    assert min(recorded.values()) > 0
