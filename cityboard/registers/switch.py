"""The entry that switches a source of the open-data list on: saved and built, it is connected."""

import datetime as dt
import json
from collections.abc import Mapping

from cityboard.catalog import Catalog, Text
from cityboard.registers.listed import ListedSource

# Field of the list → subject of an entry, and theme in the vocabulary of the EU.
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "education": ("people", "EDUC"),
    "transport": ("transport", "TRAN"),
    "urban_management": ("administration", "GOVE"),
    "culture": ("people", "EDUC"),
    "health": ("health", "HEAL"),
    "welfare": ("welfare", "SOCI"),
    "economy": ("economy", "ECON"),
    "safety": ("safety", "JUST"),
    "population": ("people", "SOCI"),
    "administration": ("administration", "GOVE"),
    "housing": ("housing", "REGI"),
    "environment": ("air", "ENVI"),
    "surveys": ("opinion", "SOCI"),
}
CONFIRM = Text(ko="자료 페이지에서 확인하십시오.", en="Confirm it on the page of the data set.")
ADD = Text(
    ko="서비스의 항목을 소문자로 적어 더하면 형식을 검사합니다.",
    en="Add fields of the service in small letters: they are typed and checked.",
)
NUMBER, ROW = Text(ko="행 번호", en="Row number"), Text(ko="행의 내용", en="The row")
KEYWORD = Text(ko="공공데이터", en="open data")
ENTRY = """\
# catalogs/{city}/datasets/{name}.yaml
id: {name}
title: {title}
description: {about}
publisher: {owner}
licence: KOGL-1  # {confirm}
frequency: irregular
theme: {subject}
columns:
  # {add}
  - {{name: row_number, type: int64, unit: "1", title: {number}}}
  - {{name: row_json, type: string, unit: text, title: {row}}}
key: [row_number]
measures: []
vintage: {day}
stale_after_days: 31
distributions:
  - {{kind: api, system: plaza, cleaner: rows_of, adapter: plaza, service: {service}}}
dcat:
  identifier: {id}
  theme: [{theme}]
  keyword: {{ko: [{keyword.ko}], en: [{keyword.en}]}}
  landing_page: https://data.seoul.go.kr/dataList/{id}/A/1/datasetView.do
"""


def entry_text(source: ListedSource, catalog: Catalog, *, day: dt.date) -> str:
    """Return the entry of a source of the list, as YAML; its file is named in the first line.

    Args:
        source: One with a service.
        catalog: Of the city.
        day: Becomes its vintage: rows are of the day they are asked.
    """
    subject, theme = SUBJECTS.get(source.field, ("administration", "GOVE"))
    about = Text(
        ko=f"{source.title}. 서비스 {source.service}가 답한 행.",
        en=f"Rows as the service {source.service} answers them.",
    )
    return ENTRY.format(
        city=catalog.id,
        name=source.id.lower().replace("-", "_"),
        title=_written(Text(ko=source.title, en=f"{source.service} ({source.id})")),
        about=_written(about),
        owner=_written(owner_of(source, catalog)),
        confirm=f"{CONFIRM.ko} {CONFIRM.en}",
        add=f"{ADD.ko} {ADD.en}",
        number=_written(NUMBER),
        row=_written(ROW),
        subject=subject,
        day=day.isoformat(),
        service=_quoted(str(source.service)),
        id=source.id,
        theme=theme,
        keyword=KEYWORD,
    )


def owner_of(source: ListedSource, catalog: Catalog) -> Text:
    """Return who owns a source, as far as its title tells: a district, or else the city."""
    publisher = catalog.city.publisher
    if source.district is None:
        return publisher
    name = catalog.area(source.district).name
    return Text(ko=f"{publisher.ko} {name.ko}", en=f"{publisher.en}, {name.en}")


def _written(text: Text) -> str:
    return f"{{ko: {_quoted(text.ko)}, en: {_quoted(text.en)}}}"


def _quoted(words: str) -> str:
    """Return words as YAML, whatever signs they hold: a text of JSON is one of YAML."""
    return json.dumps(words, ensure_ascii=False)
