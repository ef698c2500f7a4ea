"""What scripts/spark_cluster.py says where it cannot start; that it starts is in tests/spark."""

import os
import socket

import pytest
import spark_cluster

pytestmark = pytest.mark.quick


def test_java_is_looked_for_before_anything_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(spark_cluster.ClusterError, match="needs a Java runtime"):
        spark_cluster.start(tmp_path / "cluster")
    assert not (tmp_path / "cluster").exists()


def test_a_port_that_is_taken_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_cluster, "java_fault", lambda: "")
    with socket.create_server((spark_cluster.HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(spark_cluster.ClusterError, match=f"Port {port} is taken"):
            spark_cluster.start(tmp_path / "cluster", port)


def test_an_environment_without_the_jars_is_told_which_one_has_them(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_cluster, "java_fault", lambda: "")
    monkeypatch.setattr(spark_cluster, "find_spec", lambda name: None)
    with pytest.raises(spark_cluster.ClusterError, match="requirements-cluster"):
        spark_cluster.start(tmp_path / "cluster", spark_cluster.free_port())


def test_a_stopped_process_does_not_run():
    assert spark_cluster.is_running(os.getpid())
    assert not spark_cluster.is_running(2**22 + 1)
