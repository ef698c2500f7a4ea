"""The project's own dbt tests notice when the project is broken.

Four of the mutations are tried here; all of them take minutes, by `make mutations`. That each of
them still fits the project is tested here too.
"""

import importlib.util
import subprocess
import sys

import pytest
from harness import ROOT

SCRIPT = ROOT / "campaigns" / "check_mutations.py"
TRIED = [
    "recency since the first purchase",
    "each centroid has the next one's id",
    "the scaler is of the customers scored",
    "the history forgets who lapsed",
]


@pytest.fixture(scope="module")
def script():
    """Return the script as a module."""
    specification = importlib.util.spec_from_file_location("check_mutations", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_mutation_fits_the_project_and_has_a_name_of_its_own(script):
    for mutation in script.MUTATIONS:
        text = (ROOT / mutation.file).read_text(encoding="utf-8")
        assert script.mutated(text, mutation) != text
    assert len({mutation.name for mutation in script.MUTATIONS}) == len(script.MUTATIONS)


def test_a_mutation_that_does_not_fit_is_told(script):
    mutation = script.Mutation("none", "a.sql", "old", "new")
    with pytest.raises(ValueError, match=r"'none' no longer fits: in a\.sql .* occurs 2 times"):
        script.mutated("old and old", mutation)


def test_mutations_are_caught():
    command = [sys.executable, str(SCRIPT), *TRIED]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
