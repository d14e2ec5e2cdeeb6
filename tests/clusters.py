"""Spark on this machine: started once, for all tests that need it; skipped where it is not."""

import functools
import os
import shutil
from typing import Any

import pytest

THREADS = "local[2]"
PROCESSES = "local-cluster[2,1,1024]"  # two workers, each a process of its own
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # a test is over before more pays off
OPTIONS = {
    "spark.sql.shuffle.partitions": "1",  # tables are tiny
    "spark.log.level": "OFF",
    "spark.driver.extraJavaOptions": JAVA,
    "spark.executor.extraJavaOptions": JAVA,
}


def need_spark() -> None:
    """Skip where pyspark or Java is not installed."""
    pytest.importorskip(
        "pyspark", reason="pyspark is not installed: pip install 'cityboard[spark]'"
    )
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("no Java for Spark: install Java 17 or 21")


def spark_runner() -> Any:
    """Return the runner that all tests share, or skip."""
    need_spark()
    return _started()


@functools.cache
def _started() -> Any:
    from cityboard.engines.spark import SparkRunner, start_spark  # noqa: PLC0415 - optional

    return SparkRunner(start_spark(THREADS, OPTIONS))
