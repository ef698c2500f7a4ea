"""What `scripts/backfill.py` runs; the builds themselves are those of test_refreshes.py."""

from types import SimpleNamespace

import backfill
import pytest
import yaml

pytestmark = pytest.mark.quick


@pytest.fixture
def builds(monkeypatch):
    """Record the commands instead of running them; the one for 2025-02-26 fails."""
    commands: list[list[str]] = []

    def invoke(command):
        commands.append(command)
        return SimpleNamespace(success="2025-02-26" not in command[-1])

    monkeypatch.setattr(backfill, "dbtRunner", lambda: SimpleNamespace(invoke=invoke))
    return commands


def test_each_date_is_one_build_in_order_with_the_variables_given(builds):
    given = ["--", "--vars", "{segment_count: 4, snapshot_date: 2020-01-01}", "--target", "dev"]
    assert backfill.main(["2025-01-01", "2025-01-31", "--every", "15", *given]) == 0
    assert [yaml.safe_load(command[-1]) for command in builds] == [
        {"segment_count": 4, "snapshot_date": date}
        for date in ("2025-01-01", "2025-01-16", "2025-01-31")
    ]
    for command in builds:
        assert command[0] == "build"
        assert command[command.index("--target") + 1] == "dev"
        assert command[command.index("--exclude-resource-type") + 1] == "unit_test"


def test_it_stops_at_the_date_that_fails_and_names_it(builds, capsys):
    assert backfill.main(["2025-01-29", "2025-04-23"]) == 1
    assert [yaml.safe_load(command[-1])["snapshot_date"] for command in builds] == [
        "2025-01-29",
        "2025-02-12",
        "2025-02-26",
    ]
    assert "the build for 2025-02-26 failed; run it again from there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2025-02-01", "2025-01-01"], "no date lies between the two"),
        (["2025-01-01", "2025-02-01", "--every", "0"], "--every is a number of days from 1"),
        (["2025-13-01", "2025-02-01"], "'2025-13-01' is not a day: write it as 2025-06-30"),
    ],
)
def test_dates_without_a_meaning_build_nothing(builds, arguments, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        backfill.main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
    assert not builds
