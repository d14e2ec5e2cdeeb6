"""The peers by name; a peer's module is imported only in the process that runs it."""

import importlib

from benchmarks.peers.work import MissingPeerError, Peer

PEERS = {
    "duckdb-parquet": "duck:DuckDBParquet",
    "duckdb-parquet-sets": "duck:DuckDBParquetSets",
    "duckdb-table": "duck:DuckDBTable",
    "duckdb-table-sets": "duck:DuckDBTableSets",
    "polars": "polars_scan:PolarsScan",
    "pandas": "pandas_datashader:PandasDatashader",
    "dask": "dask_datashader:DaskDatashader",
    "holoviews": "holoviews_links:LinkSelections",
    "lumen-parquet": "lumen_source:LumenParquet",
    "lumen-table": "lumen_source:LumenTable",
    "mosaic": "mosaic:Mosaic",
    "mosaic-map-of-rows": "mosaic:MosaicMapOfRows",
    "preaggregated": "preaggregated:PreAggregated",
    "numba": "numba_pass:NumbaPass",
    "numba-slice": "numba_pass:NumbaSlice",
    "cityboard": "cityboard_rollup:CityboardRollup",
}


def make_peer(name: str) -> Peer:
    """Return a peer, not yet prepared.

    Raises:
        MissingPeerError: What it needs is not installed.
    """
    module, kind = PEERS[name].split(":")
    try:
        found = importlib.import_module(f"benchmarks.peers.{module}")
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed"
        raise MissingPeerError(msg) from error
    peer: Peer = getattr(found, kind)()
    return peer
