"""Builds that tests share."""

import pytest
from harness import Build, Project


def pytest_addoption(parser):
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="write the stored expected results again instead of comparing with them",
    )


@pytest.fixture
def project(tmp_path) -> Project:
    """Return this project with an empty warehouse."""
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def may(tmp_path_factory) -> Build:
    """Return a first refresh of the bundled data, seen from 2025-05-01; not to be built upon."""
    build = Project(tmp_path_factory.mktemp("may"))(vars={"snapshot_date": "2025-05-01"})
    assert build.exit_code == 0, build.output
    return build


@pytest.fixture
def refreshed(project, may) -> Project:
    """Return this project after a first refresh, seen from 2025-05-01."""
    return project.after(may)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory) -> Build:
    """Return one build of the bundled data, to be read and not to be built upon."""
    return Project(tmp_path_factory.mktemp("bundled"))(unit_tests=True)
