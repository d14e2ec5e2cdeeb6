"""The catalogue as DCAT-AP 3 in JSON-LD: what there is, from whom, under which licence, how old.

Source: DCAT-AP 3.0.0, SEMIC (https://semiceu.github.io/DCAT-AP/releases/3.0.0/); the European
Publications Office's authority tables for themes, frequencies, languages and access rights.
"""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from cityboard.catalog import LANGUAGES, Dataset, Distribution, Text
from cityboard.exports.codes import PROVENANCE_WORDS
from cityboard.exports.licences import licence_uri
from cityboard.lake import Snapshot
from cityboard.store import Store, period_of

AUTHORITY = "http://publications.europa.eu/resource/authority"
FREQUENCY_NAMES = {
    "H": "HOURLY",
    "D": "DAILY",
    "W": "WEEKLY",
    "M": "MONTHLY",
    "Q": "QUARTERLY",
    "A": "ANNUAL",
    "irregular": "IRREG",
}
LANGUAGE_NAMES = {"ko": "KOR", "en": "ENG"}
# Classes of the terms of each authority table; a theme is a concept, with its own words.
CLASSES = {
    "access-right": "dct:RightsStatement",
    "data-theme": "skos:Concept",
    "file-type": "dct:MediaTypeOrExtent",
    "frequency": "dct:Frequency",
    "language": "dct:LinguisticSystem",
}
THEMES: dict[str, Text] = {
    "AGRI": Text(ko="농업·수산·임업·식품", en="Agriculture, fisheries, forestry and food"),
    "ECON": Text(ko="경제·재정", en="Economy and finance"),
    "EDUC": Text(ko="교육·문화·체육", en="Education, culture and sport"),
    "ENER": Text(ko="에너지", en="Energy"),
    "ENVI": Text(ko="환경", en="Environment"),
    "GOVE": Text(ko="정부·공공부문", en="Government and public sector"),
    "HEAL": Text(ko="보건", en="Health"),
    "INTR": Text(ko="국제", en="International issues"),
    "JUST": Text(ko="사법·공공안전", en="Justice, legal system and public safety"),
    "REGI": Text(ko="지역·도시", en="Regions and cities"),
    "SOCI": Text(ko="인구·사회", en="Population and society"),
    "TECH": Text(ko="과학기술", en="Science and technology"),
    "TRAN": Text(ko="교통", en="Transport"),
}
ACCESS_NAMES = {"public": "PUBLIC", "internal": "RESTRICTED", "closed": "NON_PUBLIC"}
CONTEXT: dict[str, Any] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def dcat_files(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the one file of the export, name and content: `catalog.jsonld`."""
    yield "catalog.jsonld", json.dumps(dcat(store), ensure_ascii=False, indent=1).encode()


def dcat(store: Store) -> Node:
    """Return the catalogue of every published dataset that the role may see, as JSON-LD.

    Datasets and distributions are named by URNs: a catalogue has no address of its own.

    Raises:
        ExportError: A licence has no address.
    """
    city = store.catalog.city
    title = Text(ko=f"{city.title.ko} 데이터 목록", en=f"Data catalogue of {city.title.en}")
    datasets = [_dataset(store, dataset) for dataset in store.datasets()]
    newest = [store.snapshot(dataset.id).published_at for dataset in store.datasets()]
    return {
        "@context": CONTEXT,
        "@id": _urn(store),
        "@type": "dcat:Catalog",
        "dct:title": _literals(title),
        "dct:description": _literals(
            Text(
                ko=f"{city.title.ko} 도시 현황판이 쓰는 데이터셋. {city.attribution.ko}.",
                en=f"Datasets behind the dashboard of {city.title.en}. {city.attribution.en}.",
            )
        ),
        "dct:publisher": _agent(city.publisher),
        "dct:language": [_authority("language", LANGUAGE_NAMES[each]) for each in LANGUAGES],
        "dct:spatial": _spatial(store),
        "dcat:themeTaxonomy": {
            "@id": f"{AUTHORITY}/data-theme",
            "@type": "skos:ConceptScheme",
            "dct:title": {"@value": "Data theme", "@language": "en"},
        },
        **({"dct:modified": _instant(max(newest))} if newest else {}),
        "dcat:dataset": datasets,
    }


def _dataset(store: Store, dataset: Dataset) -> Node:
    snapshot = store.snapshot(dataset.id)
    page = dataset.dcat.landing_page
    return {
        "@id": _urn(store, dataset),
        "@type": "dcat:Dataset",
        "dct:title": _literals(dataset.title),
        "dct:description": _literals(dataset.description),
        "dct:identifier": dataset.dcat.identifier,
        "dct:publisher": _agent(dataset.publisher),
        "dcat:theme": [_theme(name) for name in dataset.dcat.theme],
        "dcat:keyword": [
            {"@value": word, "@language": language}
            for language, words in dataset.dcat.keyword.items()
            for word in words
        ],
        "dct:accrualPeriodicity": _authority("frequency", FREQUENCY_NAMES[dataset.frequency]),
        "dct:accessRights": _authority("access-right", ACCESS_NAMES[dataset.disclosure.level]),
        "dct:language": [_authority("language", LANGUAGE_NAMES["ko"])],
        "dct:spatial": _spatial(store),
        **_temporal(store, dataset, snapshot),
        "dct:modified": _instant(snapshot.published_at),
        "dcat:version": str(snapshot.version),
        "dct:provenance": _provenance(snapshot),
        **({"dcat:landingPage": {"@id": page, "@type": "foaf:Document"}} if page else {}),
        "dcat:distribution": [
            _distribution(store, dataset, position)
            for position in range(len(dataset.distributions))
        ],
    }


def _distribution(store: Store, dataset: Dataset, position: int) -> Node:
    entry = dataset.distributions[position]
    urn = f"{_urn(store, dataset)}:distribution:{position + 1}"
    at = dataset.dcat.landing_page if entry.kind in {"api", "file"} else None
    kind = PROVENANCE_WORDS[entry.provenance]
    title = Text(ko=f"{dataset.title.ko} ({kind.ko})", en=f"{dataset.title.en} ({kind.en})")
    return {
        "@id": urn,
        "@type": "dcat:Distribution",
        "dct:title": _literals(title),
        **({"dct:description": _literals(entry.note)} if entry.note else {}),
        "dcat:accessURL": {"@id": at or urn, "@type": "rdfs:Resource"},
        "dct:license": _document("dct:LicenseDocument", licence_uri(dataset.licence)),
        **_media_type(entry),
    }


def _media_type(entry: Distribution) -> Node:
    """Return the file type of a distribution whose path tells it."""
    types = {"csv": "CSV", "parquet": "PARQUET", "xlsx": "XLSX", "xls": "XLS", "json": "JSON"}
    ends = {path.rsplit(".", 1)[-1] for path in entry.path}
    known = [types[end] for end in sorted(ends) if end in types]
    return {"dct:format": _authority("file-type", known[0])} if len(known) == 1 else {}


def _provenance(snapshot: Snapshot) -> Node:
    """Return what the newest version was made from, in words."""
    lineage = snapshot.lineage
    kind = PROVENANCE_WORDS[lineage.provenance]
    counted = f"{lineage.rows_published:,} / {lineage.rows_in:,}"
    words = Text(
        ko=f"{kind.ko}. {snapshot.version}판. 공표한 행 / 읽은 행: {counted}. {lineage.request}",
        en=f"{kind.en}. Version {snapshot.version}, rows published / read: {counted}. "
        f"{lineage.request}",
    )
    return {"@type": "dct:ProvenanceStatement", "rdfs:label": _literals(words)}


def _temporal(store: Store, dataset: Dataset, snapshot: Snapshot) -> Node:
    """Return the days the rows are about, the last one included; a register's vintage."""
    period = period_of(dataset, snapshot, ZoneInfo(store.catalog.city.time_zone))
    first = period.low if period else dataset.vintage
    last = period.high - dt.timedelta(days=1) if period else dataset.vintage
    if first is None or last is None:
        return {}
    days = {"dcat:startDate": _day(first), "dcat:endDate": _day(last)}
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", **days}}


def _spatial(store: Store) -> Node:
    west, south, east, north = store.catalog.city.bounding_box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = ", ".join(f"{lon} {lat}" for lon, lat in corners)
    box = {"@value": f"POLYGON(({ring}))", "@type": "geosparql:wktLiteral"}
    return {
        "@id": f"{_urn(store)}:place",
        "@type": "dct:Location",
        "skos:prefLabel": _literals(store.catalog.city.title),
        "dcat:bbox": box,
    }


def _agent(name: Text) -> Node:
    return {"@type": "foaf:Agent", "foaf:name": _literals(name)}


def _theme(name: str) -> Node:
    words = THEMES.get(name, Text(ko=name, en=name))
    return _authority("data-theme", name) | {"skos:prefLabel": _literals(words)}


def _document(kind: str, address: str) -> Node:
    return {"@id": address, "@type": kind}


def _authority(table: str, name: str) -> Node:
    return {
        "@id": f"{AUTHORITY}/{table}/{name}",
        "@type": CLASSES[table],
        "skos:inScheme": {"@id": f"{AUTHORITY}/{table}"},
    }


def _literals(text: Text) -> list[Node]:
    return [{"@value": text.in_language(each), "@language": each} for each in LANGUAGES]


def _instant(time: dt.datetime) -> Node:
    return {"@value": time.isoformat(timespec="seconds"), "@type": "xsd:dateTime"}


def _day(day: dt.date) -> Node:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def _urn(store: Store, dataset: Dataset | None = None) -> str:
    name = f"urn:cityboard:{store.catalog.id}"
    return name if dataset is None else f"{name}:dataset:{dataset.id}"
