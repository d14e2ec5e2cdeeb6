"""The indicators as SDMX 3.0: data as SDMX-CSV 2.0, their structure as SDMX-JSON 2.0.

Sources: SDMX-CSV field guide 2.0.0; SDMX-JSON structure message 2.0.0; SDMX code lists CL_FREQ,
CL_SEX, CL_AGE and CL_OBS_STATUS, from which our lists take the codes.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from cityboard.catalog import UNITS, Dataset, Text
from cityboard.exports.codes import (
    FREQUENCIES,
    PROVENANCE_WORDS,
    SEXES,
    STATUSES,
    SexOrAge,
    age_code_words,
    code_of,
)
from cityboard.exports.observations import (
    ATTRIBUTES,
    DIMENSIONS,
    MEASURE,
    breakdowns,
    observations,
    publisher_id,
    visible_indicators,
)
from cityboard.store import Store

AGENCY, VERSION = "CITYBOARD", "1.0.0"
SCHEMA = "https://json.sdmx.org/2.0.0/sdmx-json-structure-schema.json"  # named in a message's head
CONCEPTS: dict[str, Text] = {
    "FREQ": Text(ko="주기", en="Frequency of observation"),
    "REF_AREA": Text(ko="지역", en="Reference area"),
    "INDICATOR": Text(ko="지표", en="Indicator"),
    "SEX": Text(ko="성별", en="Sex"),
    "AGE": Text(ko="연령", en="Age"),
    "TIME_PERIOD": Text(ko="시점", en="Time period"),
    "OBS_VALUE": Text(ko="값", en="Observation value"),
    "UNIT_MEASURE": Text(ko="단위", en="Unit of measure"),
    "OBS_STATUS": Text(ko="관측 상태", en="Observation status"),
    "PROVENANCE": Text(ko="자료 구분", en="Provenance class"),
    "DATASET": Text(ko="데이터셋", en="Dataset"),
    "SNAPSHOT_VERSION": Text(ko="자료의 판", en="Version of the dataset it was learnt from"),
    "LEARNT_AT": Text(ko="수집 시각 (UTC)", en="When that version was published (UTC)"),
    "PUBLISHER": Text(ko="제공 기관", en="Publisher"),
}
FREE = {  # components without a code list
    "TIME_PERIOD": "ObservationalTimePeriod",
    "OBS_VALUE": "Double",
    "SNAPSHOT_VERSION": "Integer",
    "LEARNT_AT": "DateTime",
}
Codes = Mapping[str, tuple[Text, Text | None]]


def sdmx_files(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the export, name and content: `data.csv` and `structure.json`."""
    frame = observations(store)
    yield "data.csv", sdmx_csv(store, frame).encode()
    message = json.dumps(sdmx_structure(store, frame), ensure_ascii=False, indent=1)
    yield "structure.json", message.encode()


def sdmx_csv(store: Store, frame: pd.DataFrame) -> str:
    """Return observations as SDMX-CSV 2.0 of the city's dataflow.

    Args:
        store: Of the city.
        frame: As `observations` gives them.
    """
    head = {"STRUCTURE": "dataflow", "STRUCTURE_ID": _reference(_flow(store)), "ACTION": "I"}
    text: str = frame.assign(**head)[[*head, *frame.columns]].to_csv(index=False)
    return text


def sdmx_structure(store: Store, frame: pd.DataFrame) -> dict[str, Any]:
    """Return the SDMX-JSON 2.0 structure message of observations: every code they use is in it.

    Args:
        store: Of the city.
        frame: As `observations` gives them.
    """
    title = store.catalog.city.title
    name = Text(ko=f"{title.ko} 지표", en=f"Indicators of {title.en}")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {
        "meta": {
            "schema": SCHEMA,
            "id": f"{_flow(store)}_STRUCTURE",
            "prepared": now,
            "test": False,
            "contentLanguages": ["en", "ko"],
            "sender": {"id": AGENCY},
        },
        "data": {
            "codelists": [
                _codelist(component, codes(store, frame)) for component, codes in CODE_LISTS.items()
            ],
            "conceptSchemes": [
                _maintained("CS_INDICATORS", Text(ko="개념", en="Concepts of the indicators"))
                | {"concepts": [{"id": each} | _named(text) for each, text in CONCEPTS.items()]}
            ],
            "dataStructures": [_maintained("DSD_INDICATORS", name) | _components()],
            "dataflows": [
                _maintained(_flow(store), name)
                | {"structure": _urn("datastructure.DataStructure", "DSD_INDICATORS")}
            ],
        },
    }


def _components() -> dict[str, Any]:
    """Return the dimensions, the measure and the attributes of the data structure."""
    dimensions = [
        _component(name) | {"position": position}
        for position, name in enumerate(DIMENSIONS[:-1], start=1)
    ]
    attributes = [
        _component(name) | {"usage": "mandatory", "attributeRelationship": {"observation": {}}}
        for name in ATTRIBUTES
    ]
    lists = {
        "dimensionList": {
            "id": "DimensionDescriptor",
            "dimensions": dimensions,
            "timeDimension": _component(DIMENSIONS[-1]),
        },
        "measureList": {
            "id": "MeasureDescriptor",
            "measures": [_component(MEASURE) | {"usage": "mandatory"}],
        },
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }
    return {"dataStructureComponents": lists}


def _component(name: str) -> dict[str, Any]:
    concept = _urn("conceptscheme.Concept", "CS_INDICATORS")
    kind: dict[str, Any] = (
        {"format": {"dataType": FREE[name]}}
        if name in FREE
        else {"enumeration": _urn("codelist.Codelist", f"CL_{name}")}
    )
    return {"id": name, "conceptIdentity": f"{concept}.{name}", "localRepresentation": kind}


def _codelist(component: str, codes: Codes) -> dict[str, Any]:
    title = CONCEPTS[component]
    entries = [
        {"id": code}
        | _named(name)
        | ({} if more is None else {"description": more.en, "descriptions": more.model_dump()})
        for code, (name, more) in codes.items()
    ]
    return _maintained(f"CL_{component}", title) | {"codes": entries}


def _maintained(name: str, title: Text) -> dict[str, Any]:
    return {"id": name, "agencyID": AGENCY, "version": VERSION} | _named(title)


def _named(text: Text) -> dict[str, Any]:
    return {"name": text.en, "names": text.model_dump()}


def _flow(store: Store) -> str:
    return f"DF_{store.catalog.id.upper()}"


def _reference(name: str) -> str:
    return f"{AGENCY}:{name}({VERSION})"


def _urn(kind: str, name: str) -> str:
    return f"urn:sdmx:org.sdmx.infomodel.{kind}={_reference(name)}"


def _fixed(words: Mapping[str, Text]) -> Callable[[Store, pd.DataFrame], Codes]:
    """Return what gives the same codes for every city."""
    codes = {code: (text, None) for code, text in words.items()}
    return lambda _store, _frame: codes


def _areas(store: Store, frame: pd.DataFrame) -> Codes:
    return {code: (store.catalog.area(code).name, None) for code in _used(frame, "REF_AREA")}


def _indicators(store: Store, _frame: pd.DataFrame) -> Codes:
    return {each.id: (each.title, each.definition) for each in visible_indicators(store)}


def _sexes(store: Store, frame: pd.DataFrame) -> Codes:
    known = _labels(store, "sex") | SEXES
    codes = [*SEXES, *(code for code in _used(frame, "SEX") if code not in SEXES)]
    return {code: (known.get(code, Text(ko=code, en=code)), None) for code in codes}


def _ages(store: Store, frame: pd.DataFrame) -> Codes:
    known = _labels(store, "age")
    return {code: (known.get(code, age_code_words(code)), None) for code in _used(frame, "AGE")}


def _labels(store: Store, name: SexOrAge) -> dict[str, Text]:
    """Return code → words, of every column that an indicator names for sex or age."""
    found: dict[str, Text] = {}
    for indicator in visible_indicators(store):
        if column := breakdowns(store, indicator).get(name):
            labels = store.dataset(indicator.dataset).column(column).labels or {}
            found |= {code_of(name, value): text for value, text in labels.items()}
    return found


def _datasets(store: Store, frame: pd.DataFrame) -> Codes:
    entries = (store.dataset(name) for name in _used(frame, "DATASET"))
    return {each.id: (each.title, each.description) for each in entries}


def _publishers(store: Store, frame: pd.DataFrame) -> Codes:
    entries: list[Dataset] = [store.dataset(name) for name in _used(frame, "DATASET")]
    return {publisher_id(each): (each.publisher, None) for each in entries}


def _used(frame: pd.DataFrame, column: str) -> list[str]:
    return sorted(frame[column].unique())


CODE_LISTS: dict[str, Callable[[Store, pd.DataFrame], Codes]] = {
    "FREQ": _fixed(FREQUENCIES),
    "REF_AREA": _areas,
    "INDICATOR": _indicators,
    "SEX": _sexes,
    "AGE": _ages,
    "UNIT_MEASURE": _fixed(UNITS),
    "OBS_STATUS": _fixed(STATUSES),
    "PROVENANCE": _fixed(PROVENANCE_WORDS),
    "DATASET": _datasets,
    "PUBLISHER": _publishers,
}
