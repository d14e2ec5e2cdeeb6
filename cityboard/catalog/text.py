"""Words in every language of the screen, and units with their symbols."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


class Entry(BaseModel):
    """A value read from the catalogue: cannot be changed, and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def fault(words: str, *place: str | int) -> PydanticCustomError:
    """Return an error about a place in an entry; the reader of files finds its line.

    Args:
        words: What is wrong there.
        place: Keys and positions that lead there from the entry.
    """
    return PydanticCustomError("entry", "{words}", {"words": words, "place": place})


class Text(Entry):
    """The same words in Korean and English; both are required, neither may be blank."""

    ko: str
    en: str

    def model_post_init(self, _context: object) -> None:
        """Refuse a blank translation, so that no screen shows an empty label."""
        blank = [language for language in LANGUAGES if not self.in_language(language).strip()]
        if blank:
            msg = f"text is blank in {', '.join(blank)}: write it in every language"
            raise ValueError(msg)

    def in_language(self, language: Language) -> str:
        """Return the words in one language."""
        return self.ko if language == "ko" else self.en


# Unit ids as written in the catalogue, after UCUM where it has the unit, with the symbol shown.
UNITS: dict[str, Text] = {
    "1": Text(ko="건", en="items"),
    "code": Text(ko="코드", en="code"),
    "name": Text(ko="이름", en="name"),
    "date": Text(ko="날짜", en="date"),
    "time": Text(ko="시각", en="time"),
    "days": Text(ko="일", en="days"),
    "hour": Text(ko="시", en="h"),
    "year": Text(ko="년", en="year"),
    "flag": Text(ko="여부", en="yes/no"),
    "text": Text(ko="글", en="text"),
    "degree": Text(ko="°", en="°"),
    "persons": Text(ko="명", en="persons"),
    "person_days": Text(ko="명·일", en="person-days"),
    "trips": Text(ko="건", en="trips"),
    "rentals": Text(ko="건", en="rentals"),
    "rides": Text(ko="건", en="rides"),
    "boardings": Text(ko="회", en="boardings"),
    "alightings": Text(ko="회", en="alightings"),
    "stations": Text(ko="곳", en="stations"),
    "stops": Text(ko="곳", en="stops"),
    "racks": Text(ko="대", en="racks"),
    "bikes": Text(ko="대", en="bikes"),
    "spaces": Text(ko="면", en="spaces"),
    "places": Text(ko="곳", en="places"),
    "cameras": Text(ko="대", en="cameras"),
    "bells": Text(ko="대", en="bells"),
    "lights": Text(ko="개", en="lights"),
    "beds": Text(ko="병상", en="beds"),
    "crimes": Text(ko="건", en="crimes"),
    "cleared": Text(ko="건", en="cleared"),
    "proposals": Text(ko="건", en="proposals"),
    "votes": Text(ko="표", en="votes"),
    "sales": Text(ko="건", en="sales"),
    "rows": Text(ko="행", en="rows"),
    "ug_m3": Text(ko="μg/m³", en="μg/m³"),
    "cai": Text(ko="CAI", en="CAI"),
    "ppm": Text(ko="ppm", en="ppm"),
    "ntu": Text(ko="NTU", en="NTU"),
    "mg_l": Text(ko="mg/L", en="mg/L"),
    "ph": Text(ko="pH", en="pH"),
    "min": Text(ko="분", en="min"),
    "s": Text(ko="초", en="s"),
    "m": Text(ko="m", en="m"),
    "m2": Text(ko="m²", en="m²"),
    "km2": Text(ko="km²", en="km²"),
    "mm": Text(ko="mm", en="mm"),
    "celsius": Text(ko="°C", en="°C"),
    "pct": Text(ko="%", en="%"),
    "per_1000": Text(ko="명/1,000명", en="per 1,000"),
    "per_100k": Text(ko="명/10만 명", en="per 100,000"),
    "krw": Text(ko="원", en="KRW"),
    "krw_m2": Text(ko="원/m²", en="KRW/m²"),
    "floor": Text(ko="층", en="floor"),
    "firms": Text(ko="개사", en="firms"),
    "points": Text(ko="대", en="points"),
    "households": Text(ko="가구", en="households"),
    "cars": Text(ko="대", en="cars"),
    "homes": Text(ko="호", en="homes"),
    "centres": Text(ko="곳", en="centres"),
    "events": Text(ko="건", en="events"),
    "agreements": Text(ko="건", en="agreements"),
    "age_years": Text(ko="세", en="years"),
    "km_h": Text(ko="km/h", en="km/h"),
    "kg_day": Text(ko="kg/일", en="kg/day"),
    "t_co2e": Text(ko="톤 CO₂eq", en="t CO₂e"),
    "pct_points": Text(ko="%포인트", en="pct pts"),
}
