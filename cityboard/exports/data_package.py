"""The published tables as a Frictionless Data Package: CSV, Table Schema, licences, hashes.

Source: Data Package and Table Schema, version 1 (https://specs.frictionlessdata.io).
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from cityboard.catalog import Column, Dataset, Text
from cityboard.exports.licences import licence_uri
from cityboard.store import Store

TYPES = {
    "string": "string",
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "date": "date",
    "timestamp": "datetime",
    "bool": "boolean",
}
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def data_package_files(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the export, path and content: `data/<dataset>.csv`, `datapackage.json`.

    A table is in memory while it is written: as many rows as `Store.frame` can hold.
    """
    resources = []
    for dataset in store.datasets():
        content = dataset_csv(store, dataset)
        resources.append(_resource(store, dataset, content))
        yield f"data/{dataset.id}.csv", content
    package = data_package(store, resources)
    yield "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1).encode()


def data_package(store: Store, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the descriptor of the package.

    Args:
        store: Of the city.
        resources: Descriptors of its tables.
    """
    city = store.catalog.city
    return {
        "profile": "tabular-data-package",
        "name": store.catalog.id.replace("_", "-"),
        **_titled(Text(ko=f"{city.title.ko} 데이터", en=f"Data of {city.title.en}")),
        "description": city.attribution.en,
        "description_ko": city.attribution.ko,
        "licenses": _licences(store.datasets()),
        "contributors": [{"title": city.publisher.en, "role": "publisher"}],
        "resources": resources,
    }


def dataset_csv(store: Store, dataset: Dataset) -> bytes:
    """Return every row and column the role may see, as CSV: UTF-8, null empty, times in UTC."""
    frame = pl.from_pandas(store.frame(dataset.id), nan_to_null=True)
    whole = [column.name for column in dataset.columns if TYPES[column.type] == "integer"]
    frame = frame.with_columns(pl.col(whole).cast(pl.Int64))  # pandas has nulls only in floats
    return frame.write_csv(datetime_format=INSTANT, null_value="").encode()


def table_schema(store: Store, dataset: Dataset) -> dict[str, Any]:
    """Return the Table Schema of a dataset as the role sees it: columns, their checks, the key.

    The standard's primary key holds no null: a key that may is left out, and so is one of which
    the role may not see every column.
    """
    fields = [_field(column) for column in dataset.columns]
    is_whole = dataset.key == store.catalog.dataset(dataset.id).key
    is_given = is_whole and not any(dataset.column(name).nullable for name in dataset.key)
    key = {"primaryKey": list(dataset.key)} if is_given else {}
    return {"fields": fields, **key, "missingValues": [""]}


def _field(column: Column) -> dict[str, Any]:
    checks = {
        "required": None if column.nullable else True,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "enum": list(column.labels) if column.labels else None,
    }
    more = {"format": INSTANT} if column.type == "timestamp" else {}
    described = column.description
    return {
        "name": column.name,
        "type": TYPES[column.type],
        **more,
        **_titled(column.title),
        **({"description": described.en, "description_ko": described.ko} if described else {}),
        "unit": column.unit,
        "constraints": {name: value for name, value in checks.items() if value is not None},
    }


def _resource(store: Store, dataset: Dataset, content: bytes) -> dict[str, Any]:
    snapshot = store.snapshot(dataset.id)
    page = dataset.dcat.landing_page
    source = {"title": f"{dataset.publisher.en} / {dataset.publisher.ko}"}
    return {
        "profile": "tabular-data-resource",
        "name": dataset.id,
        "path": f"data/{dataset.id}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_titled(dataset.title),
        "description": dataset.description.en,
        "description_ko": dataset.description.ko,
        "licenses": _licences([dataset]),
        "sources": [source | ({"path": page} if page else {})],
        "provenance": snapshot.lineage.provenance,
        "version": str(snapshot.version),
        "modified": snapshot.published_at.isoformat(timespec="seconds"),
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": table_schema(store, dataset),
    }


def _licences(datasets: list[Dataset]) -> list[dict[str, str]]:
    named = sorted({dataset.licence for dataset in datasets})
    return [{"name": name, "path": licence_uri(name), "title": name} for name in named]


def _titled(text: Text) -> dict[str, str]:
    return {"title": text.en, "title_ko": text.ko}
