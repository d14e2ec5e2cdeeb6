"""The indicators as a data repository of Open SDG: data, metadata and words that sdg-build reads.

Source: Open SDG documentation, data format, indicator configuration, progress, translation
(https://open-sdg.readthedocs.io); sdg-build 2.3.
"""

import calendar
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from cityboard.catalog import LANGUAGES, UNITS, Indicator, Language, Text
from cityboard.exports.codes import PROVENANCE_WORDS, SEXES, SexOrAge, age_code_words, code_of
from cityboard.exports.observations import breakdowns, values_of, visible_indicators
from cityboard.observation import Observation, observe, observe_by
from cityboard.store import Store

YEARLY: dict[str, int] = {"A": 1, "Q": 4, "M": 12}  # periods of a whole year; its days otherwise
DISAGGREGATIONS: dict[str, Text] = {
    "Area": Text(ko="지역", en="Area"),
    "Sex": Text(ko="성별", en="Sex"),
    "Age": Text(ko="연령", en="Age"),
}
SIMULATED = Text(
    ko="이 값은 모의 자료이며 실제 관측값이 아닙니다.",
    en="These values are simulated; nothing was observed.",
)
CONFIGURATION: dict[str, Any] = {
    "languages": [*LANGUAGES],
    "site_dir": "_site",
    "schema_file": "metadata_schema.yml",
    "src_dir": "",
    "inputs": [
        {"class": "InputCsvData", "path_pattern": "data/*-*.csv"},
        {"class": "InputYamlMeta", "path_pattern": "meta/*-*.yml", "git": False},
    ],
    "translations": [{"class": "TranslationInputYaml", "source": "translations"}],
}
FIELDS: dict[str, Text] = {  # metadata shown beside a figure; the names are Open SDG's
    "STAT_CONC_DEF": Text(ko="정의", en="Definition and concepts"),
    "UNIT_MEASURE": Text(ko="단위", en="Unit of measure"),
    "RATIONALE": Text(ko="선정 이유", en="Rationale"),
    "COMPARABILITY": Text(ko="목록의 지표와 다른 점", en="Deviation from the number asked for"),
    "CONTACT_ORGANISATION": Text(ko="담당 기관", en="Organisation"),
    "DATA_SOURCE": Text(ko="자료 제공", en="Data providers"),
    "SOURCE_TYPE": Text(ko="자료 구분", en="Data sources"),
}


@dataclasses.dataclass(frozen=True)
class _Row:
    """A yearly value; empty words mean all of them together."""

    year: int
    area: str
    sex: str
    age: str
    value: float


def open_sdg_files(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the export, path and content.

    `data/indicator_<id>.csv` and `meta/<id>.yml` per indicator, its id that of `open_sdg_id`;
    words under `translations`, `config_data.yml` and `metadata_schema.yml`.
    """
    words = {text.en: text for text in DISAGGREGATIONS.values()}
    for indicator in visible_indicators(store):
        rows, used = _rows_of(store, indicator)
        words |= used | {UNITS[indicator.unit].en: UNITS[indicator.unit]}
        name = open_sdg_id(indicator)
        yield f"data/indicator_{name}.csv", _csv(rows, UNITS[indicator.unit].en).encode()
        yield f"meta/{name}.yml", _yaml(open_sdg_metadata(store, indicator, has_data=bool(rows)))
    for language in LANGUAGES:
        translated = {en: text.in_language(language) for en, text in sorted(words.items())}
        yield f"translations/{language}/data.yml", _yaml(translated)
        fields = {name: text.in_language(language) for name, text in FIELDS.items()}
        yield f"translations/{language}/metadata_fields.yml", _yaml(fields)
    yield "config_data.yml", _yaml(CONFIGURATION)
    yield "metadata_schema.yml", _yaml(_schema())


def open_sdg_id(indicator: Indicator) -> str:
    """Return an indicator's id in Open SDG: `<goal>-<target>-c<number>`, such as 11-6-c12.

    Goal and target are those of the first `sdg` of its entry; target 0 is none. `c` tells it from
    the United Nations' own indicator of that number. Without a number its id stands there; one
    that serves no goal is `city-<id>`, and its metadata say that it stands alone.
    """
    if not indicator.sdg:
        return f"city-{indicator.id}"
    goal, target = _goal_and_target(indicator)
    return f"{goal}-{target or 0}-{f'c{indicator.number}' if indicator.number else indicator.id}"


def _goal_and_target(indicator: Indicator) -> tuple[str, str]:
    """Return the first goal served and its target without the goal's number, empty for none."""
    goal, _, target = indicator.sdg[0].partition(".")
    return goal, target


def yearly(indicator: Indicator, values: Sequence[tuple[dt.date, float]]) -> dict[int, float]:
    """Return year → value, made of a year's periods as the indicator says (`annual`).

    Args:
        indicator: Whose values they are.
        values: First days of periods and values, oldest first; a year that misses one is left out.
    """
    years: dict[int, list[float]] = {}
    for day, value in values:
        years.setdefault(day.year, []).append(value)
    made = {"sum": sum, "mean": lambda v: sum(v) / len(v), "last": lambda v: v[-1]}
    return {
        year: float(made[indicator.annual](found)) if indicator.frequency != "A" else found[0]
        for year, found in years.items()
        if len(found) == YEARLY.get(indicator.frequency, 365 + calendar.isleap(year))
    }


def open_sdg_metadata(store: Store, indicator: Indicator, *, has_data: bool) -> dict[str, Any]:
    """Return an indicator's configuration and metadata; English, with Korean under `ko`.

    Args:
        store: Of the city.
        indicator: Whose.
        has_data: Whether it has any yearly value. A simulated indicator's chart is never shown:
            its reporting status is `inprogress`, and a notice says why.
    """
    name = open_sdg_id(indicator)
    is_simulated = _provenance_is_simulated(store, indicator)
    status = "complete" if has_data and not is_simulated else "notstarted"
    found = {
        "indicator_number": name.replace("-", "."),
        "reporting_status": "inprogress" if has_data and is_simulated else status,
        "data_non_statistical": False,
        "graph_type": "line",
        "published": True,
        **_goal(indicator),
        **_progress(indicator, has_data=has_data and not is_simulated),
        "sources": [_source(store, indicator)],
        **_words(store, indicator, "en"),
        "ko": _words(store, indicator, "ko"),
    }
    return found | ({"data_notice_class": "danger"} if is_simulated else {})


def _goal(indicator: Indicator) -> dict[str, Any]:
    if not indicator.sdg:
        return {"standalone": True}
    goal, target = _goal_and_target(indicator)
    words = {"sdg_goal": goal, "goal_name": f"global_goals.{goal}-title"}
    if target:
        title = f"global_targets.{goal}-{target}-title"
        words |= {"target_id": f"{goal}.{target}", "target_name": title}
    return words


def _progress(indicator: Indicator, *, has_data: bool) -> dict[str, Any]:
    """Return the options of Open SDG's own calculation; without a target there is no status."""
    target = indicator.target
    if target is None or indicator.direction not in {"up", "down"} or not has_data:
        return {"auto_progress_calculation": False, "progress_status": "not_available"}
    is_up = indicator.direction == "up"
    floor, ceiling = indicator.limits
    limit = ceiling if is_up else floor
    options = {
        "unit": UNITS[indicator.unit].en,
        "direction": "positive" if is_up else "negative",
        "target": target.value,
        "target_year": target.by.year,
        **({} if indicator.base_year is None else {"base_year": indicator.base_year}),
        **({} if limit is None else {"limit": limit}),
    }
    line = {"value": target.value, "label_content": f"{target.by.year}: {target.set_by.en}"}
    return {
        "auto_progress_calculation": True,
        "progress_calculation_options": [options],
        "graph_target_lines": [line],
    }


def _source(store: Store, indicator: Indicator) -> dict[str, Any]:
    dataset = store.dataset(indicator.dataset)
    page = dataset.dcat.landing_page
    return {
        "organisation": dataset.publisher.en,
        "geographical_coverage": store.catalog.city.title.en,
        "periodicity": indicator.frequency,
        "release_date": f"{store.snapshot(dataset.id).published_at:%Y-%m-%d}",
        "other_info": f"{dataset.licence}, {dataset.dcat.identifier}",
        **({"url": page, "url_text": dataset.title.en} if page else {}),
    }


def _words(store: Store, indicator: Indicator, language: Language) -> dict[str, str]:
    """Return every text of the metadata in one language."""
    dataset = store.dataset(indicator.dataset)
    provenance = store.snapshot(dataset.id).lineage.provenance
    owner = store.catalog.organisation(indicator.owner)
    is_simulated = provenance == "simulated"
    mark = Text(ko=" (모의 자료)", en=" (SIMULATED)") if is_simulated else None
    title = indicator.title.in_language(language)
    texts: dict[str, Text | None] = {
        "computation_units": UNITS[indicator.unit],
        "national_geographical_coverage": store.catalog.city.title,
        "data_notice_text": SIMULATED if is_simulated else None,
        "STAT_CONC_DEF": indicator.definition,
        "UNIT_MEASURE": UNITS[indicator.unit],
        "RATIONALE": indicator.rationale,
        "COMPARABILITY": indicator.measures_otherwise,
        "CONTACT_ORGANISATION": owner.title,
        "DATA_SOURCE": dataset.publisher,
        "SOURCE_TYPE": PROVENANCE_WORDS[provenance],
    }
    titled = f"{title}{mark.in_language(language) if mark else ''}"
    return {"indicator_name": titled, "graph_title": titled} | {
        name: text.in_language(language) for name, text in texts.items() if text is not None
    }


def _provenance_is_simulated(store: Store, indicator: Indicator) -> bool:
    return store.snapshot(indicator.dataset).lineage.provenance == "simulated"


def _rows_of(store: Store, indicator: Indicator) -> tuple[list[_Row], dict[str, Text]]:
    """Return the yearly values, and the words they are told apart by: English → both."""
    parts = [("", "", "", observe(store, indicator))]
    words: dict[str, Text] = {}
    if "area" in store.fields(indicator.dataset):
        for code, seen in observe_by(store, indicator, "district").items():
            text = store.catalog.area(code).name
            words[text.en] = text
            parts.append((text.en, "", "", seen))
    for name, column in breakdowns(store, indicator).items():
        for value, seen in observe_by(store, indicator, column).items():
            text = _value_words(store, indicator, name, value)
            words[text.en] = text
            parts.append(("", text.en, "", seen) if name == "sex" else ("", "", text.en, seen))
    rows = [
        _Row(year, area, sex, age, value)
        for area, sex, age, seen in parts
        for year, value in _yearly_of(store, seen).items()
    ]
    return rows, words


def _yearly_of(store: Store, seen: Observation) -> dict[int, float]:
    values = values_of(store, seen)
    if store.dataset(seen.indicator.dataset).time is None:
        return {day.year: value for day, value in values}
    return yearly(seen.indicator, values)


def _value_words(store: Store, indicator: Indicator, name: SexOrAge, value: str) -> Text:
    column = breakdowns(store, indicator)[name]
    labels: Mapping[str, Text] = store.dataset(indicator.dataset).column(column).labels or {}
    code = code_of(name, value)
    if name == "sex" and code in SEXES:
        return SEXES[code]
    return labels.get(value) or age_code_words(code)


def _csv(rows: Sequence[_Row], unit: str) -> str:
    """Return rows as Open SDG wants them: `Year` first, `Value` last, no column without words."""
    frame = pd.DataFrame(
        [(r.year, unit, r.area, r.sex, r.age, r.value) for r in rows],
        columns=["Year", "Units", *DISAGGREGATIONS, "Value"],
    )
    empty = [name for name in DISAGGREGATIONS if (frame[name] == "").all()]
    text: str = frame.drop(columns=empty).to_csv(index=False)
    return text


def _schema() -> dict[str, Any]:
    fields = [
        {
            "name": name,
            "field": {
                "element": "text",
                "label": text.en,
                "translation_key": f"metadata_fields.{name}",
                "scope": "national",
            },
        }
        for name, text in FIELDS.items()
    ]
    return {"prose": {"metadata": {"meta": fields}}}


def _yaml(values: Mapping[str, Any]) -> bytes:
    text: str = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
    return text.encode()
