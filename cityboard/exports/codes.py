"""Codes of the exports, after SDMX's cross-domain code lists, and their words."""

import datetime as dt
import re
from typing import Literal

from cityboard.catalog import Indicator, Provenance, Text
from cityboard.words import PROVENANCES

SexOrAge = Literal["sex", "age"]
TOTAL = "_T"
FREQUENCIES: dict[str, Text] = {  # CL_FREQ 2.1
    "A": Text(ko="연", en="Annual"),
    "Q": Text(ko="분기", en="Quarterly"),
    "M": Text(ko="월", en="Monthly"),
    "D": Text(ko="일", en="Daily"),
}
SEXES: dict[str, Text] = {  # CL_SEX 2.1
    TOTAL: Text(ko="전체", en="Total"),
    "F": Text(ko="여성", en="Female"),
    "M": Text(ko="남성", en="Male"),
    "_U": Text(ko="미상", en="Not known"),
}
WRITTEN: dict[str, str] = dict.fromkeys(("f", "female", "women", "woman"), "F") | (
    dict.fromkeys(("m", "male", "men", "man"), "M")
    | dict.fromkeys(("u", "unknown", "unspecified"), "_U")
)
# CL_OBS_STATUS 2.2, and one code of our own: none of its codes says that nothing was observed.
STATUSES: dict[str, Text] = {
    "A": Text(ko="정상", en="Normal value"),
    "D": Text(ko="정의가 다름", en="Definition differs"),
    "SIM": Text(ko="모의 자료 (관측값이 아님)", en="Simulated, not an observation"),
}
PROVENANCE_WORDS: dict[str, Text] = {name: text for name, (_, text) in PROVENANCES.items()}
RANGE = re.compile(r"(\d+)(?:_|-|~|–|_to_)(\d+)")
FROM = re.compile(r"(\d+)(?:_plus|\+|_over|_and_over)")
BELOW = re.compile(r"(?:under|below|less_than)_(\d+)")


def sex_code(value: str) -> str:
    """Return the code of CL_SEX that a value of a column stands for; its own id where none does."""
    return WRITTEN.get(value.lower(), plain_id(value))


def age_code(value: str) -> str:
    """Return the code of CL_AGE that a value of a column stands for; its own id where none does.

    Y30 is the age of 30, Y0T14 is 0 to 14 years, Y_GE65 is 65 and over, Y_LT15 is under 15.
    """
    if value.isdecimal():
        return f"Y{int(value)}"
    if found := RANGE.fullmatch(value):
        return f"Y{int(found[1])}T{int(found[2])}"
    if found := FROM.fullmatch(value):
        return f"Y_GE{int(found[1])}"
    if found := BELOW.fullmatch(value):
        return f"Y_LT{int(found[1])}"
    return plain_id(value)


def plain_id(words: str) -> str:
    """Return words as an SDMX identifier: letters, digits and low lines."""
    return re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_") or "_U"


def code_of(breakdown: SexOrAge, value: str) -> str:
    """Return the code of a value of a column that tells sexes or ages apart."""
    return sex_code(value) if breakdown == "sex" else age_code(value)


def age_code_words(code: str) -> Text:
    """Return an age code in words."""
    if code == TOTAL:
        return SEXES[TOTAL]
    if found := re.fullmatch(r"Y(\d+)T(\d+)", code):
        return Text(ko=f"{found[1]}~{found[2]}세", en=f"{found[1]} to {found[2]} years")
    if found := re.fullmatch(r"Y_GE(\d+)", code):
        return Text(ko=f"{found[1]}세 이상", en=f"{found[1]} years and over")
    if found := re.fullmatch(r"Y_LT(\d+)", code):
        return Text(ko=f"{found[1]}세 미만", en=f"Under {found[1]} years")
    if found := re.fullmatch(r"Y(\d+)", code):
        return Text(ko=f"{found[1]}세", en=f"{found[1]} years")
    return Text(ko=code, en=code)


def obs_status_of(indicator: Indicator, provenance: Provenance) -> str:
    """Return the observation status of an indicator's values."""
    if provenance == "simulated":
        return "SIM"
    return "D" if indicator.measures_otherwise else "A"


def time_period(day: dt.date, frequency: str) -> str:
    """Return the period that begins on a day as SDMX writes it: 2023, 2023-Q1, 2023-01, 2023-01-05.

    Source: SDMX 3.0, section 6, 4.2 (reporting quarters begin in January).
    """
    if frequency == "A":
        return f"{day:%Y}"
    if frequency == "Q":
        return f"{day:%Y}-Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if frequency == "M" else day.isoformat()
