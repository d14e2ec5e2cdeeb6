"""From a draft to published rows and rejects, by the contract of the toy city's datasets."""

import datetime as dt
import json
import math
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cityboard.catalog import Catalog, Dataset
from cityboard.errors import ContractError
from data_sources.draft import Cleaned, conform
from data_sources.order import sorted_rows
from tests.cities import trees, visits, write_city

VISIT = {
    "visit_date": "2026-01-05",
    "hour": "8",
    "district_code": "11001",
    "group_code": "adult",
    "persons": "3",
    "minutes": "90.0",
}


def traced(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a draft of a frame, every row still good."""
    return frame.with_row_index("source_row", offset=2).with_columns(
        source_file=pl.lit("toy.csv"), reject_reason=pl.lit(None, pl.String)
    )


def clean_visits(catalog: Catalog, *changes: dict[str, Any]) -> Cleaned:
    """Return what becomes of rows of text that differ from a good one by the changes."""
    rows = [VISIT | {"hour": str(n)} | change for n, change in enumerate(changes)]
    return conform(traced(pl.DataFrame(rows)), catalog.dataset("visits"), catalog)


def reasons(cleaned: Cleaned) -> list[str]:
    return cleaned.rejects.get_column("reason").to_list()


def with_column(dataset: Dataset, name: str, **changes: Any) -> Dataset:
    """Return a dataset with one column changed."""
    entry = dataset.model_dump(exclude_none=True)
    columns = [c | changes if c["name"] == name else c for c in entry["columns"]]
    return Dataset.model_validate(entry | {"columns": columns})


def test_rows_in_are_published_plus_rejected(testburg: Catalog) -> None:
    cleaned = clean_visits(testburg, {}, {"persons": "-1"}, {}, {"hour": "24"})
    assert (cleaned.rows_in, cleaned.frame.height, cleaned.rejects.height) == (4, 2, 2)


def test_a_clean_frame_passes_as_it_is(testburg: Catalog) -> None:
    for name, frame in (("trees", trees()), ("visits", visits())):
        cleaned = conform(traced(frame), testburg.dataset(name), testburg)
        assert cleaned.frame.equals(frame)
        assert cleaned.rejects.is_empty()


def test_text_becomes_the_declared_types(testburg: Catalog) -> None:
    (row,) = clean_visits(testburg, {}).frame.rows(named=True)
    assert row == {
        "visit_date": dt.date(2026, 1, 5),
        "hour": 0,
        "district_code": "11001",
        "group_code": "adult",
        "persons": 3,
        "minutes": 90.0,
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5893", 5893),
        ("5893.0", 5893),
        (" 12 ", 12),
        ("+7", 7),
        ("1e3", 1000),
        ("0", 0),
        ("", None),
        ("  ", None),
        (None, None),
        ("9007199254740993", 9007199254740993),  # one more than a float64 can tell apart
    ],
)
def test_a_whole_number_is_read_however_it_is_written(
    testburg: Catalog, text: str | None, number: int | None
) -> None:
    cleaned = clean_visits(testburg, {"persons": text}, {"persons": "5893.0"})
    assert cleaned.frame.get_column("persons").to_list() == [number, 5893]


@pytest.mark.parametrize("text", ["5.5", "many", "1,000", "0x10", "1_000", "inf", "9" * 30, "-"])
def test_what_is_no_whole_number_is_rejected(testburg: Catalog, text: str) -> None:
    assert reasons(clean_visits(testburg, {"persons": text})) == ["persons is not a whole number"]


def test_a_number_is_never_cut_to_a_whole_one(testburg: Catalog) -> None:
    frame = visits().head(2).with_columns(persons=pl.Series([5.5, 6.0]))
    cleaned = conform(traced(frame), testburg.dataset("visits"), testburg)
    assert reasons(cleaned) == ["persons is not a whole number"]
    assert cleaned.frame.get_column("persons").to_list() == [6]


def test_a_whole_number_too_large_for_its_column_is_rejected(testburg: Catalog) -> None:
    frame = visits().head(1).with_columns(hour=pl.lit(2**40))
    cleaned = conform(traced(frame), testburg.dataset("visits"), testburg)
    assert reasons(cleaned) == ["hour is not a whole number"]


@pytest.mark.parametrize(
    ("text", "number"), [("1.5", 1.5), ("-0", -0.0), (".5", 0.5), ("NaN", None), (" 2 ", 2.0)]
)
def test_a_number_is_read_and_nan_is_a_missing_one(
    testburg: Catalog, text: str, number: float | None
) -> None:
    cleaned = clean_visits(testburg, {"minutes": text})
    assert cleaned.frame.get_column("minutes").to_list() == [number]


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e999", "half"])
def test_infinity_is_not_a_number(testburg: Catalog, text: str) -> None:
    assert reasons(clean_visits(testburg, {"minutes": text})) == ["minutes is not a number"]


def test_nan_in_a_column_that_must_be_given_is_missing(testburg: Catalog) -> None:
    frame = trees().head(1).with_columns(lon=pl.lit(math.nan))
    cleaned = conform(traced(frame), testburg.dataset("trees"), testburg)
    assert reasons(cleaned) == ["lon is missing"]


@pytest.mark.parametrize("text", ["2026-02-30", "20260105", "05.01.2026", "2026-01-05T00:00", "?"])
def test_what_is_no_day_is_rejected(testburg: Catalog, text: str) -> None:
    assert reasons(clean_visits(testburg, {"visit_date": text})) == ["visit_date is not a date"]


def test_a_day_with_spaces_around_it_is_read(testburg: Catalog) -> None:
    cleaned = clean_visits(testburg, {"visit_date": " 2026-01-05 "})
    assert cleaned.frame.get_column("visit_date").to_list() == [dt.date(2026, 1, 5)]


def test_an_instant_is_text_with_an_offset(testburg: Catalog) -> None:
    dataset = with_column(testburg.dataset("trees"), "inspector_name", type="timestamp")
    texts = ["2026-01-05T09:00:00+09:00", "2026-01-05T00:00:00Z", "2026-01-05T00:00:00", None]
    frame = trees().head(4).with_columns(inspector_name=pl.Series(texts))

    cleaned = conform(traced(frame), dataset, testburg)

    midnight = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    assert cleaned.frame.get_column("inspector_name").to_list() == [midnight, midnight, None]
    assert reasons(cleaned) == ["inspector_name is not a timestamp"]


def test_a_flag_is_true_or_false(testburg: Catalog) -> None:
    dataset = with_column(testburg.dataset("trees"), "inspector_name", type="bool")
    frame = trees().head(4).with_columns(inspector_name=pl.Series(["True", "false", "yes", ""]))

    cleaned = conform(traced(frame), dataset, testburg)

    assert cleaned.frame.get_column("inspector_name").to_list() == [True, False, None]
    assert reasons(cleaned) == ["inspector_name is not a bool"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"persons": "-1"}, "persons below 0"),
        ({"hour": "24"}, "hour above 23"),
        ({"hour": None}, "hour is missing"),
        ({"group_code": "elder"}, "group_code is an unknown code"),
        ({"group_code": None}, "group_code is missing"),
        ({"district_code": "99999"}, "district_code is not an area of the catalogue"),
        ({"district_code": "11"}, "district_code is not an area of the catalogue"),
    ],
)
def test_a_row_outside_its_contract_is_rejected(
    testburg: Catalog, change: dict[str, Any], reason: str
) -> None:
    assert reasons(clean_visits(testburg, change, {})) == [reason]


def test_both_ends_of_a_range_are_inside(testburg: Catalog) -> None:
    cleaned = clean_visits(testburg, {"hour": "0"}, {"hour": "23"}, {"hour": "1", "persons": "0"})
    assert cleaned.rejects.is_empty()


def test_a_point_outside_the_city_is_rejected_and_its_edge_is_inside(testburg: Catalog) -> None:
    frame = trees().head(3).with_columns(lon=pl.Series([10.0, 10.3, 9.999999]))
    cleaned = conform(traced(frame), testburg.dataset("trees"), testburg)
    assert reasons(cleaned) == ["coordinates outside the city"]
    assert cleaned.frame.get_column("tree_id").to_list() == ["t1", "t2"]


def test_an_area_that_no_longer_exists_is_known_all_the_same(testburg: Catalog) -> None:
    assert clean_visits(testburg, {"district_code": "11004"}).rejects.is_empty()


def test_the_first_of_several_rows_with_a_key_is_kept(testburg: Catalog) -> None:
    cleaned = clean_visits(
        testburg, {"hour": "5", "persons": "1"}, {}, {"hour": "5", "persons": "2"}
    )
    assert reasons(cleaned) == ["duplicate key (visit_date, hour, district_code, group_code)"]
    assert cleaned.rejects.get_column("source_row").to_list() == [4]
    assert cleaned.frame.filter(pl.col("hour") == 5).get_column("persons").to_list() == [1]


def test_a_rejected_row_does_not_claim_its_key(testburg: Catalog) -> None:
    cleaned = clean_visits(testburg, {"hour": "5", "persons": "-1"}, {"hour": "5"})
    assert reasons(cleaned) == ["persons below 0"]
    assert cleaned.frame.height == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"persons": "-1", "hour": "99", "group_code": "x"}, "hour above 23"),
        ({"persons": "many", "minutes": "some"}, "persons is not a whole number"),
        ({"persons": "many", "hour": "99"}, "persons is not a whole number"),
        ({"persons": "many", "district_code": "99999"}, "persons is not a whole number"),
    ],
)
def test_a_row_has_the_first_reason_found(
    testburg: Catalog, change: dict[str, str], reason: str
) -> None:
    assert reasons(clean_visits(testburg, change)) == [reason]


@pytest.mark.parametrize("persons", ["3", "-1", "many"])
def test_the_reason_of_the_cleaner_stands(testburg: Catalog, persons: str) -> None:
    draft = traced(pl.DataFrame([VISIT | {"persons": persons}]))
    draft = draft.with_columns(reject_reason=pl.lit("a line of totals"))
    cleaned = conform(draft, testburg.dataset("visits"), testburg)
    assert reasons(cleaned) == ["a line of totals"]


def test_a_rejected_row_is_kept_as_it_was_read(testburg: Catalog) -> None:
    draft = traced(pl.DataFrame([VISIT | {"persons": " -1 ", "메모": "비가 옴"}]))

    (row,) = conform(draft, testburg.dataset("visits"), testburg).rejects.rows(named=True)

    assert (row["source_file"], row["source_row"]) == ("toy.csv", 2)
    assert json.loads(row["row"]) == VISIT | {"persons": " -1 ", "메모": "비가 옴"}


def test_published_rows_are_sorted_as_the_entry_says(testburg: Catalog) -> None:
    shuffled = traced(visits().sample(fraction=1, shuffle=True, seed=1))
    cleaned = conform(shuffled, testburg.dataset("visits"), testburg)
    assert cleaned.frame.equals(visits().sort("visit_date", "hour", "district_code", "group_code"))


def test_an_empty_draft_is_an_empty_frame(testburg: Catalog) -> None:
    cleaned = conform(traced(visits().clear()), testburg.dataset("visits"), testburg)
    assert cleaned.rows_in == 0
    assert cleaned.frame.schema == visits().schema


def test_a_draft_without_a_column_names_it_and_those_there_are(testburg: Catalog) -> None:
    draft = traced(visits().rename({"persons": "people"}))
    with pytest.raises(ContractError, match=r"visits: the source has no column persons; it has "):
        conform(draft, testburg.dataset("visits"), testburg)


def test_every_check_that_was_passed_is_named(testburg: Catalog) -> None:
    checks = clean_visits(testburg, {}).checks
    assert "hour is a whole number" in checks
    assert "not: persons below 0" in checks
    assert "district_code is an area of the catalogue" in checks
    assert "key (visit_date, hour, district_code, group_code) is unique" in checks


CELLS = st.one_of(
    st.none(),
    st.sampled_from(["2026-01-05", "11001", "adult", "0", "23", "-1", "NaN", "", " ", "1e9"]),
    st.text("0129-+.:eEN가 ", max_size=5),
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return Catalog(write_city(tmp_path_factory.mktemp("testburg")))


@settings(deadline=None)
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(VISIT, CELLS)), max_size=20))
def test_no_row_is_lost_whatever_is_read(city: Catalog, rows: list[dict[str, str | None]]) -> None:
    dataset = city.dataset("visits")
    draft = traced(pl.DataFrame(rows, schema=dict.fromkeys(VISIT, pl.String)))
    cleaned = conform(draft, dataset, city)
    assert cleaned.rows_in == len(rows)
    assert cleaned.rejects.get_column("reason").null_count() == 0
    assert not cleaned.frame.select(pl.struct(dataset.key).is_duplicated().any()).item()


ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from(["b", "a", "", "가", "a b"])),
        st.one_of(st.none(), st.integers(-(2**40), 2**40), st.integers(-3, 3)),
        st.one_of(st.none(), st.dates()),
        st.one_of(st.none(), st.sampled_from([True, False])),
        st.booleans(),
    ),
    max_size=30,
)


@settings(deadline=None)
@example(
    rows=[(None, 2, None, None, True), ("a", 1, None, None, True)],
    names=["number", "word", "day", "flag"],
    width=2,
)
@given(ROWS, st.permutations(["word", "number", "day", "flag"]), st.integers(1, 4))
def test_packed_rows_sort_as_their_columns_do(
    rows: list[tuple[Any, ...]], names: list[str], width: int
) -> None:
    schema = {"word": pl.String, "number": pl.Int64, "day": pl.Date, "flag": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema | {"good": pl.Boolean}, orient="row")
    by, good = names[:width], frame.get_column("good")

    expected = frame.with_row_index("row").filter("good").sort(by, maintain_order=True)

    assert sorted_rows(frame, by, good).to_list() == expected.get_column("row").to_list()
