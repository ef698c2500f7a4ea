"""Disturb refreshes on purpose while a reader reads, and check that nothing is lost.

Every try starts from the same warehouse and published file (one refresh old) and disturbs the next
refresh. The published file must then hold either all old tables or all new ones. Some tries are
followed by an undisturbed build, which must give exactly what it gives without a fault, and must
leave no leftovers. Run it with the environment of `make build`.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
from harness import ROOT, Project

# Fourteen days apart: with `refit_after_days: 7` the second refresh refits; by default it scores.
OLD_DATE, NEW_DATE = "2025-06-01", "2025-06-15"
REFITS = {"scoring": {}, "refit": {"refit_after_days": 7}}
# Tries in a row before a healing build, because a machine that fails often fails again.
TRIES_IN_A_ROW = 5
# Many times as long as a build: one that has not ended by then never will.
SECONDS_AT_MOST = 300


@dataclass
class Fault:
    """One kind of disturbance, and how its tries ended."""

    name: str
    tries: int = 0
    kept_old: int = 0
    became_new: int = 0
    healed: int = 0
    heals: int = 0
    lost: list[str] = field(default_factory=list)


def start(folder: Path, variables: dict, largest: int | None = None, **environment):
    """Start `dbt build` in the folder, with writes that fail beyond the ``largest`` file (bytes).

    A separate process, not a fork: a fork of a process with threads may hang.
    """
    # The build's progress is read from the log, so an old log would mislead.
    log = folder / "build.log"
    log.unlink(missing_ok=True)
    command: list[str | Path] = [sys.executable, "-m", "dbt.cli.main", "build"]
    command += ["--project-dir", ROOT]
    command += ["--profiles-dir", ROOT, "--target-path", folder / "target"]
    command += ["--log-path", folder / "logs", "--exclude-resource-type", "unit_test"]
    command += ["--no-use-colors", "--vars", json.dumps(variables)]
    if largest:
        # Python ignores the signal of this limit, so that the write itself fails.
        command = ["bash", "-c", 'ulimit -f "$0" && exec "$@"', str(largest // 1024), *command]
    warehouse = {"SEGMENTATION_WAREHOUSE": str(folder / "warehouse.duckdb")}
    with log.open("w") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | warehouse | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def contents(file: Path) -> str:
    """Return a fingerprint of every row of every public table in the published file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = sorted(name for (name,) in connection.execute("from (show tables)").fetchall())
        rows = {
            name: connection.execute(f"from {name} order by all").fetchall()
            for name in names
            # Its refresh number counts the disturbed ones too.
            if name != "published_tables"
        }
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def read(file: Path, counts, stop) -> None:
    """Read the published file until told to stop, and count reads, failed and mixed ones."""
    while not stop.is_set():
        try:
            with duckdb.connect(str(file), read_only=True) as connection:
                ((sets, customers, profiled),) = connection.execute(
                    "select (select count(distinct snapshot_date) from (select snapshot_date from"
                    " customer_segments union all select snapshot_date from customer_features"
                    " union all select snapshot_date from published_tables)),"
                    " (select count(*) from customer_segments),"
                    " (select sum(customers) from segment_profiles)"
                ).fetchall()
            counts[2] += sets != 1 or customers != profiled
        except duckdb.Error as error:
            if counts[1] == 0:
                print(f"a read failed: {error}", file=sys.stderr)
            counts[1] += 1
        counts[0] += 1
        # A reader without pauses would take the core that the build needs.
        time.sleep(0.01)


def remove(path: Path) -> None:
    """Remove a file, or the folder that SQL spilled to."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def wait_for(folder: Path, text: str, process: subprocess.Popen) -> None:
    """Wait until the build says ``text``, or has ended."""
    log = folder / "build.log"
    while process.poll() is None and not (
        log.exists() and text in log.read_text(errors="replace")
    ):
        time.sleep(0.005)


class Campaign:
    """A shop with one refresh, the same shop with two, and the faults in between."""

    def __init__(self, folder: Path, mode: str, chance: random.Random):
        self.folder, self.chance = folder, chance
        self.work = folder / "work"
        self.saved = folder / "saved"
        self.file = self.work / "warehouse_published.duckdb"
        self.old = {"snapshot_date": OLD_DATE, **REFITS[mode]}
        self.new = {"snapshot_date": NEW_DATE, **REFITS[mode]}
        self.work.mkdir(parents=True)
        self.undisturbed(self.old)
        self.old_contents = contents(self.file)
        shutil.copytree(self.work, self.saved)
        # In a process of its own, like the builds that are killed: a kill comes within this time.
        started = time.monotonic()
        if start(self.work, self.new).wait(SECONDS_AT_MOST):
            sys.exit((self.work / "build.log").read_text())
        self.seconds = time.monotonic() - started
        self.new_contents = contents(self.file)
        assert self.old_contents != self.new_contents
        self.reset()

    def undisturbed(self, variables: dict) -> None:
        """Build in this process, which imports dbt once; stop the campaign if the build fails."""
        build = Project(self.work)(vars=variables)
        if build.exit_code:
            sys.exit(build.output)

    def reset(self) -> None:
        """Go back to one refresh. The published file is swapped, as for any reader."""
        for path in self.work.glob("warehouse.duckdb*"):
            remove(path)
        for path in self.saved.glob("warehouse.duckdb*"):
            shutil.copy(path, self.work / path.name)
        shutil.copy(self.saved / "warehouse_published.duckdb", self.work / "reset")
        os.replace(self.work / "reset", self.file)
        self.file_is_new = False

    def disturbed(self, fault: Fault, what: str, process: subprocess.Popen) -> None:
        """Wait for the build, and note whether the published set is old, new or neither."""
        fault.tries += 1
        try:
            process.wait(SECONDS_AT_MOST)
        except subprocess.TimeoutExpired:
            process.kill()
            fault.lost.append(f"{what}: the build did not end")
        try:
            found = contents(self.file)
        except duckdb.Error as error:
            fault.lost.append(f"{what}: {error}")
            return
        self.file_is_new = found == self.new_contents
        fault.kept_old += found == self.old_contents
        fault.became_new += self.file_is_new
        if found not in (self.old_contents, self.new_contents):
            fault.lost.append(f"{what}: the published set is neither the old nor the new one")

    def heal(self, fault: Fault) -> None:
        """Build without a fault, and compare with a refresh that never had one."""
        self.undisturbed(self.new)
        leftovers = [path.name for path in self.work.iterdir() if "unfinished" in path.name]
        fault.heals += 1
        if leftovers or contents(self.file) != self.new_contents:
            fault.lost.append(f"after healing: {leftovers or 'another set than undisturbed'}")
        else:
            fault.healed += 1
        self.reset()

    def kills(self, name: str, tries: int, number: int, publishing: bool) -> Fault:
        """Send a signal at random moments of the build, or of its publishing."""
        fault = Fault(name)
        for place in range(tries):
            process = start(self.work, self.new)
            if publishing:
                wait_for(self.work, "START python table model main.published_tables", process)
                time.sleep(self.chance.uniform(0, 0.5))
            else:
                time.sleep(self.chance.uniform(0, self.seconds))
            process.send_signal(number)
            self.disturbed(fault, f"try {place}", process)
            if (place + 1) % TRIES_IN_A_ROW == 0 or place + 1 == tries:
                self.heal(fault)
            elif self.file_is_new:
                # Nothing old is left that the next try could harm.
                self.reset()
        return fault

    def limited(self, name: str, largest: list[int]) -> Fault:
        """Make writes fail beyond a file size, as on a full disk."""
        fault = Fault(name)
        for size in largest:
            process = start(self.work, self.new, largest=size)
            self.disturbed(fault, f"{size} bytes", process)
            self.heal(fault)
        return fault

    def full_disk(self, name: str, tries: int) -> Fault:
        """Build on a small file system of its own, which fills up; needs the right to mount."""
        fault = Fault(name)
        need = sum(path.stat().st_size for path in self.saved.glob("*.duckdb*"))
        disk = self.folder / "disk"
        disk.mkdir()
        whole, self.work, self.file = self.work, disk, disk / "warehouse_published.duckdb"
        for _ in range(tries):
            size = int(need * self.chance.uniform(1.3, 3.0))
            if os.system(f"mount -t tmpfs -o size={size} tmpfs {disk} 2>/dev/null"):
                print("full disk: not tried, for this user may not mount", file=sys.stderr)
                break
            try:
                self.reset()
                self.disturbed(fault, f"{size} bytes", start(self.work, self.new))
                os.system(f"mount -o remount,size=1g {disk}")
                self.heal(fault)
            finally:
                os.system(f"umount {disk}")
        self.work, self.file = whole, whole / "warehouse_published.duckdb"
        return fault

    def little_memory(self, name: str, limits: list[str]) -> Fault:
        """Give SQL too little memory: it must spill, or say so."""
        fault = Fault(name)
        for limit in limits:
            process = start(self.work, self.new, SEGMENTATION_MEMORY_LIMIT=limit)
            self.disturbed(fault, limit, process)
            self.heal(fault)
        return fault

    def unreadable(self, name: str, tries: int) -> Fault:
        """Deliver a file without a readable line next to a good one: no refresh counts."""
        fault = Fault(name)
        seed = ROOT / "seeds" / "raw_transactions.csv"
        header, *lines = seed.read_text(encoding="utf-8").splitlines()
        delivered = self.new | {"source": {"lines": f"{self.work}/incoming/*.csv"}}
        for place in range(tries):
            incoming = self.work / "incoming"
            incoming.mkdir()
            shutil.copy(seed, incoming / "1.csv")
            # Dates of the same lines, with the month and the day before the year.
            text = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", "\n".join(lines[: 50 + place]))
            (incoming / "2.csv").write_text(f"{header}\n{text}\n", encoding="utf-8")
            process = start(self.work, delivered)
            self.disturbed(fault, f"try {place}", process)
            if process.returncode == 0:
                fault.lost.append(f"try {place}: an unreadable delivery became part of a refresh")
            remove(incoming)
            self.heal(fault)
        return fault

    def corrupt(self, name: str, damage: Callable[[Path], None], victim: str) -> Fault:
        """Damage a file between refreshes; a damaged warehouse is restored from a copy."""
        fault = Fault(name)
        damage(self.work / victim)
        if victim == "warehouse.duckdb":
            process = start(self.work, self.new)
            self.disturbed(fault, "build", process)
            if process.returncode == 0:
                fault.lost.append("a damaged warehouse was built upon")
            self.reset()
        else:
            fault.tries += 1
        self.heal(fault)
        return fault


def truncate(path: Path) -> None:
    """Cut a file in half."""
    path.chmod(0o640)
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    """Write something else over the start of a file."""
    path.chmod(0o640)
    with path.open("r+b") as file:
        file.write(b"not a database" * 1000)


def run(folder: Path, kills: int, interrupts: int, disks: int, seed: int) -> pd.DataFrame:
    """Run the campaign and return one row per fault.

    Parameters
    ----------
    kills, interrupts, disks : int
        How often a build is killed (over four kinds), interrupted, and finds the disk full.
    seed : int
        Seed of the moments at which they happen.
    """
    # A shell makes its background commands ignore interrupts, and their children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(seed)
    faults, reads = [], [0, 0, 0]
    for mode in REFITS:
        campaign = Campaign(folder / mode, mode, chance)
        context = multiprocessing.get_context("spawn")
        counts, stop = context.Array("i", 3), context.Event()
        reader = context.Process(target=read, args=(campaign.file, counts, stop), daemon=True)
        reader.start()
        faults += [
            campaign.kills(f"kill -9 of a build, {mode}", -(-kills // 4), signal.SIGKILL, False),
            campaign.kills(f"kill -9 of publishing, {mode}", kills // 4, signal.SIGKILL, True),
        ]
        if mode == "scoring":
            size = campaign.file.stat().st_size
            built = (campaign.saved / "warehouse.duckdb").stat().st_size
            faults += [
                campaign.kills("interrupt (SIGINT)", interrupts, signal.SIGINT, False),
                campaign.limited("write error in publishing", [size // 2][:disks]),
                campaign.limited("write error in the build", [built][:disks]),
                campaign.full_disk("full disk", disks),
                campaign.unreadable("unreadable delivery", disks),
                campaign.little_memory("little memory for SQL", ["60MB", "200MB"][:disks]),
            ]
        stop.set()
        reader.join()
        reads = [before + now for before, now in zip(reads, counts[:], strict=True)]
        if mode == "scoring":
            published, warehouse = "warehouse_published.duckdb", "warehouse.duckdb"
            faults += [
                campaign.corrupt("truncated published file", truncate, published),
                campaign.corrupt("overwritten published file", overwrite, published),
                campaign.corrupt("overwritten warehouse", overwrite, warehouse),
            ]
    for fault in faults:
        for lost in fault.lost:
            print(f"{fault.name}: {lost}", file=sys.stderr)
    print(f"reads meanwhile: {reads[0]}, failed: {reads[1]}, mixed: {reads[2]}")
    table = pd.DataFrame(
        {
            "fault": fault.name,
            "tries": fault.tries,
            "old set": fault.kept_old,
            "new set": fault.became_new,
            "builds after": fault.heals,
            "healed": fault.healed,
            "lost": len(fault.lost),
        }
        for fault in faults
        if fault.tries
    )
    table.attrs.update(reads=reads[0], bad_reads=reads[1] + reads[2])
    return table


def main() -> None:
    """Parse the arguments, run, print, and return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--interrupts", type=int, default=10)
    parser.add_argument("--disks", type=int, default=5, help="tries per kind of full disk")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = run(Path(folder), **vars(arguments))
    print(table.to_string(index=False))
    sys.exit(bool(table["lost"].sum() or table.attrs["bad_reads"]))


if __name__ == "__main__":
    main()
