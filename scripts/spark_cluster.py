"""Start and stop a small Spark cluster on this machine, for `dbt build --target spark`.

    python scripts/spark_cluster.py start spark-cluster
    python scripts/spark_cluster.py stop spark-cluster

One master, two workers and a Spark Connect server, each its own local process, from the jars of
the package pyspark. Java is the only system package needed. Tables and catalog are in the folder
and survive a stop. No Python runs on the workers.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
PORT = 15002
WORKERS = 2
WORKER_MEMORY = "1g"
# The Connect server plans the queries and collects the training sample.
DRIVER_MEMORY = "2g"
PATIENCE = 120
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"


class ClusterError(Exception):
    """Why the cluster cannot start, in one sentence."""


def spark_home() -> Path:
    """Return the folder with Spark's jars and scripts: the package pyspark."""
    package = find_spec("pyspark")
    home = Path(package.origin).parent if package and package.origin else None
    if home is None or not (home / "jars").is_dir():
        raise ClusterError(
            f"{sys.executable} has no pyspark with its jars: use the environment that"
            " tests/spark/requirements-cluster.txt describes (make .venv-spark-cluster/.done)."
        )
    return home


def java_fault() -> str:
    """Return why Java cannot be used, or nothing."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    return "" if java else "Spark needs a Java runtime of version 17 or later, and there is none."


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    """Return whether a process listens on a local port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def settings(folder: Path, port: int) -> dict[str, str]:
    """Return the options of the Connect server."""
    return {
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.executor.memory": WORKER_MEMORY,
        "spark.executor.cores": "1",
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        # The default of 200 is meant for thousands of cores.
        "spark.sql.shuffle.partitions": str(WORKERS),
        "spark.ui.enabled": "false",
        # A catalog on disk, as on real clusters: tables survive the server.
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={folder / 'catalog'};create=true"
        ),
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
    }


def commands(folder: Path, port: int) -> dict[str, list[str]]:
    """Return the command of each process by name, in starting order."""
    home = spark_home()
    master_port = free_port()
    master = f"spark://{HOST}:{master_port}"
    spark_class = [str(home / "bin/spark-class")]
    named = ["--host", HOST, "--port", str(master_port), "--webui-port", "0"]
    found = {"master": [*spark_class, MASTER, *named]}
    for number in range(1, WORKERS + 1):
        size = ["--cores", "1", "--memory", WORKER_MEMORY, "--webui-port", "0", "--host", HOST]
        size += ["--work-dir", str(folder / f"worker-{number}")]
        found[f"worker-{number}"] = [*spark_class, WORKER, *size, master]
    options = [f"--conf={name}={value}" for name, value in settings(folder, port).items()]
    submit = [str(home / "bin/spark-submit"), "--class", CONNECT, "--master", master]
    found["connect"] = [*submit, *options]
    return found


def launch(folder: Path, name: str, command: list[str]) -> int:
    """Start a process in its own group, which can be killed as a whole; return its id."""
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "512m",
        "PYSPARK_PYTHON": sys.executable,
    }
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ).pid


def processes(folder: Path) -> dict[str, int]:
    """Return the process ids of a cluster by name; empty if it was not started."""
    file = folder / "processes.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def is_running(process_id: int) -> bool:
    """Return whether a process is running; a zombie is not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def kill(process_id: int, how: int = signal.SIGKILL) -> None:
    """Signal a process and its children, for example a worker and its executor."""
    try:
        os.killpg(process_id, how)
    except ProcessLookupError:
        return


def start(folder: Path, port: int = PORT) -> None:
    """Start the cluster and wait until its Connect server responds."""
    folder = folder.resolve()
    fault = java_fault()
    if not fault and listens(port):
        fault = f"Port {port} is taken: stop what listens there, or name another with --port."
    if fault:
        raise ClusterError(fault)
    folder.mkdir(parents=True, exist_ok=True)
    started: dict[str, int] = {}
    for name, command in commands(folder, port).items():
        started[name] = launch(folder, name, command)
        (folder / "processes.json").write_text(json.dumps(started), encoding="utf-8")
    deadline = time.monotonic() + PATIENCE
    while not listens(port):
        ended = [name for name, number in started.items() if not is_running(number)]
        if ended or time.monotonic() > deadline:
            stop(folder)
            raise ClusterError(
                f"{ended[0]} ended: see {folder / ended[0]}.log."
                if ended
                else f"No Connect server after {PATIENCE} s: see {folder / 'connect.log'}."
            )
        time.sleep(0.2)


def stop(folder: Path) -> None:
    """Stop the processes of the cluster in reverse starting order; tables and logs stay."""
    folder = folder.resolve()
    for process_id in reversed(processes(folder).values()):
        kill(process_id, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while is_running(process_id) and time.monotonic() < deadline:
            time.sleep(0.1)
        kill(process_id)
    (folder / "processes.json").unlink(missing_ok=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=["start", "stop"])
    parser.add_argument("folder", type=Path, help="for tables, catalog and logs")
    parser.add_argument("--port", type=int, default=PORT, help=f"of Spark Connect ({PORT})")
    given = parser.parse_args()
    try:
        if given.verb == "start":
            start(given.folder, given.port)
            print(f"Spark Connect listens at sc://{HOST}:{given.port}.")
        else:
            stop(given.folder)
    except ClusterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
