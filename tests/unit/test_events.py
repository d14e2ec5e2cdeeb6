"""Events as they are pushed, read into a draft: every line is there, whatever it holds."""

import json
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog
from data_sources.feeds import events
from data_sources.feeds.events import MOST_NAMES
from tests.streams import event, lines, pushed


def read(folder: Path, city: Catalog, *bodies: str | bytes) -> pl.DataFrame:
    return events(pushed(folder / "pushed", *bodies), city)


def test_lines_lists_and_one_object_are_read_alike(tmp_path: Path, testburg: Catalog) -> None:
    two = [event(1), event(2, words="한글\u2028줄")]
    forms = (lines(*two), json.dumps(two), json.dumps(two, indent=2), f"\ufeff{lines(*two)}\r\n")
    for form in forms:
        draft = read(tmp_path, testburg, form)
        assert draft["call_id"].to_list() == ["c1", "c2"]
        assert draft["words"].to_list() == [None, "한글\u2028줄"]
        assert draft["persons"].to_list() == ["1", "1"]
        assert draft["source_row"].to_list() == [1, 2]
        assert draft["reject_reason"].null_count() == 2
    assert read(tmp_path, testburg, json.dumps(event(3), indent=2))["call_id"].to_list() == ["c3"]


MALFORMED = {
    "cut short": '{"call_id": "c1", "at": ',
    "no JSON": "call 7",
    "a list": "[1]",
    "a number": "7",
    "not a number": '{"persons": NaN}',
    "endless": '{"persons": Infinity}',
    "deep": '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "half a pair": '{"call_id": "\\ud800"}',
    "a very long number": '{"persons": ' + "9" * 5000 + "}",
    "broken bytes": b'\xff\xfe{"call_id": "c1"}',
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_line_that_is_no_event_is_marked_and_kept(
    tmp_path: Path, testburg: Catalog, fault: str
) -> None:
    line = MALFORMED[fault]
    first, last = lines(event(1)).encode(), lines(event(2)).encode()
    middle = line.encode() if isinstance(line, str) else line
    draft = read(tmp_path, testburg, first + middle + b"\n" + last)
    assert draft["call_id"].to_list() == ["c1", None, "c2"]
    assert draft["reject_reason"].is_not_null().to_list() == [False, True, False]
    assert draft["line"][1]


def test_half_a_list_keeps_what_it_holds(tmp_path: Path, testburg: Catalog) -> None:
    draft = read(tmp_path, testburg, json.dumps([event(1), event(2)])[:-20])
    assert draft["reject_reason"].is_not_null().all()
    assert "c1" in "".join(draft["line"])


def test_an_event_cannot_mark_itself(tmp_path: Path, testburg: Catalog) -> None:
    draft = read(tmp_path, testburg, lines(event(1, reject_reason="no", source_row=99, line="x")))
    assert draft.select("reject_reason", "source_row", "line").row(0) == (None, 1, None)


def test_very_many_names_stay_together(tmp_path: Path, testburg: Catalog) -> None:
    many = {f"n{n}": n for n in range(5000)}
    draft = read(tmp_path, testburg, lines(event(1, **many)))
    assert draft.width < MOST_NAMES + 10
    assert json.loads(draft["more"][0])["n4999"] == "4999"


def test_nothing_gives_no_rows(tmp_path: Path, testburg: Catalog) -> None:
    for body in ("", "\n\n", "[]"):
        assert read(tmp_path, testburg, body).height == 0
