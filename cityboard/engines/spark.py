"""Apache Spark as a runner; the only module that imports pyspark."""

import contextlib
import functools
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from cityboard.cancel import Cancel
from cityboard.engines.dialect import Translation
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    RunnerError,
)

LOOPBACK = "127.0.0.1"
STARTED_WITH: Mapping[str, str] = MappingProxyType(
    {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
)
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # a sum that leaves 64 bits is an error, not a number
        "spark.sql.variable.substitute": "false",  # "${env:HOME}" in a value would be filled in
        "spark.sql.parser.escapedStringLiterals": "false",  # sqlglot escapes backslashes
        "spark.sql.files.ignoreCorruptFiles": "false",
        "spark.sql.files.ignoreMissingFiles": "false",
    }
)
UNREADABLE = ("FAILED_READ_FILE", "PATH_NOT_FOUND", "CANNOT_READ_FILE_FOOTER")
GLOB = str.maketrans({sign: f"\\{sign}" for sign in "\\{}[]*?"})  # a path is no pattern


class SparkRunner:
    """Runs statements on Spark; every machine of its cluster must see the files.

    Args:
        session: Whose cluster is used; its settings and tables stay as they are.
    """

    dialect = "spark"

    def __init__(self, session: SparkSession) -> None:
        self._session = session.newSession()
        for name, value in SETTINGS.items():
            self._session.conf.set(name, value)
        self._lock = threading.Lock()

    def run(self, asked: Translation, *, cancel: Cancel) -> pa.Table:
        """Return what a statement selects; see `Runner.run`."""
        context, group = self._session.sparkContext, uuid.uuid4().hex
        stop = functools.partial(context.cancelJobGroup, group)
        context.setJobGroup(group, asked.table, interruptOnCancel=True)
        try:
            cancel.watch(stop)
            with _told(cancel):
                return self._plan(asked).toArrow()
        finally:
            cancel.forget(stop)
            context.setLocalProperty("spark.jobGroup.id", None)

    def _plan(self, asked: Translation) -> DataFrame:
        """Return a statement bound to its files; none of them is read but the first one's schema.

        Names of tables are the session's: one statement is bound at a time.
        """
        schema = from_arrow_schema(pq.read_schema(asked.files[0]))
        paths = [path.translate(GLOB) for path in asked.files]
        with self._lock:
            rows = self._session.read.schema(schema).parquet(*paths)
            rows.createOrReplaceTempView(asked.table)
            try:
                return self._session.sql(asked.sql)
            finally:
                self._session.catalog.dropTempView(asked.table)


def start_spark(master: str, options: Mapping[str, str] | None = None) -> SparkSession:
    """Return a session of a cluster; on this machine it speaks to the loopback only.

    Args:
        master: `local[2]` (threads), `local-cluster[2,1,1024]` (processes) or `spark://…`.
        options: Settings of Spark, besides those that it needs here.

    Raises:
        RunnerError: It does not start.
    """
    is_here = master.startswith("local")
    if is_here:
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)  # workers read it before any setting
    host = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK} if is_here else {}
    builder = SparkSession.builder.appName("cityboard").master(master)
    try:
        for name, value in {**STARTED_WITH, **host, **(options or {})}.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        msg = f"Spark at {master} does not start: {error}"
        raise RunnerError(
            f"{msg}. It needs Java 17 or 21, found by JAVA_HOME or the path"
        ) from error


@contextlib.contextmanager
def _told(cancel: Cancel) -> Iterator[None]:
    """Tell Spark's errors in our own words."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise CorruptSnapshotError(str(error)) from error
    except (PySparkException, Py4JJavaError) as error:
        if cancel.is_set:
            raise CancelledQuestionError from error
        words = str(error)
        kind = CorruptSnapshotError if any(sign in words for sign in UNREADABLE) else QueryError
        raise kind(_first_line(words)) from error


def _first_line(words: str) -> str:
    """Return what went wrong without the way it took through Java."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return causes[0].removeprefix("Caused by: ") if causes else lines[0]
