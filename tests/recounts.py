"""The city counted again in plain SQL over the files of a lake, apart from the code under test."""

import calendar
import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any

import duckdb

STEPS = {"만": 1e4, "억": 1e8, "조": 1e12, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
NUMBER = re.compile(r"(-?[\d,]*\.?\d+)([만억조KMBT]?)")


@dataclasses.dataclass(frozen=True)
class Figure:
    """How an indicator is counted.

    Attributes:
        dataset: Counted.
        value: SQL over rows of one period; `{days}` is the days of that month.
        day: SQL of the day a row is about; empty for a register.
        grain: Of its periods, `month`, `quarter` or `year`.
        step: Of its rows, `day`, `month`, `quarter` or `year`: how far the newest row reaches.
        where: SQL of the rows that count.
        is_count: Whether a published period without such rows is 0, not unknown.
    """

    dataset: str
    value: str
    day: str = ""
    grain: str = "month"
    step: str = "day"
    where: str = "true"
    is_count: bool = False


SEOUL_DAY = "CAST(timezone('Asia/Seoul', observed_at) AS DATE)"
FIGURES = {
    "pm25": Figure(
        "air_quality_daily", "avg(pm25_ug_m3)", "measured_date", where="station_kind = 'district'"
    ),
    "bike_rentals_per_day": Figure(
        "bike_rentals_daily",
        "sum(rentals) / count(DISTINCT rental_date)",
        "rental_date",
        is_count=True,
    ),
    "subway_boardings_per_day": Figure(
        "subway_boardings_daily",
        "sum(boardings) / {days}",
        "boarding_date",
        step="month",
        is_count=True,
    ),
    "bus_boardings_per_day": Figure(
        "bus_boardings", "sum(boardings) / {days}", "month", step="month", is_count=True
    ),
    "crimes_reported": Figure(
        "crime", "sum(reported)", "year_start_date", "year", "year", is_count=True
    ),
    "crime_clearance_rate": Figure(
        "crime", "100 * sum(cleared) / sum(reported)", "year_start_date", "year", "year"
    ),
    "cctv_cameras": Figure("cctv_cameras", "sum(cameras)"),
    "emergency_bells": Figure("emergency_bells", "count(*)"),
    "living_population": Figure(
        "living_population_district_hourly", "sum(persons) / count(DISTINCT observed_at)", SEOUL_DAY
    ),
    "registered_population": Figure("population", "sum(persons)", "counted_date", "year", "year"),
    "share_65_plus": Figure(
        "population",
        "100 * sum(persons_65_plus) / sum(persons)",
        "counted_date",
        "year",
        "year",
    ),
    "proposals": Figure("citizen_proposals", "sum(proposals)", "proposed_date", is_count=True),
    "apartment_price_per_m2": Figure(
        "apartment_sales", "sum(price_krw) / sum(area_m2)", "sold_month", step="month"
    ),
}
SIMULATED = {
    "sum(numerator)": {
        "month": (
            *("mini_pv_households", "ecomileage_members", "low_emission_cars"),
            *("public_rental_housing", "public_daycare_opened", "cultural_events"),
        ),
        "quarter": ("startups_supported", "public_wifi_points", "youth_housing_permitted"),
        "year": ("international_agreements",),
    },
    "1e9 * sum(numerator)": {"month": ("city_debt",)},
    "1000 * sum(numerator)": {"year": ("greenhouse_gas_emissions",)},
    "sum(numerator) / sum(denominator)": {
        "month": ("traffic_speed",),
        "year": ("household_waste_per_head", "life_expectancy"),
    },
    "100 * sum(numerator) / sum(denominator)": {
        "month": (
            *("womens_employment_rate", "youth_employment_rate"),
            *("consumer_price_change", "tap_water_conformity"),
            "complaints_handled_in_time",
        ),
        "quarter": ("public_daycare_share",),
        "year": (
            *("renewable_energy_share", "recycling_rate", "fiscal_self_reliance_gap"),
            *("women_on_committees", "women_grade_5_up", "gender_pay_gap"),
        ),
    },
    "100000 * sum(numerator) / sum(denominator)": {"year": ("maternal_mortality",)},
}
TABLES = {"month": "monthly", "quarter": "quarterly", "year": "annual"}
FIGURES |= {
    name: Figure(
        f"simulated_{TABLES[grain]}",
        value,
        "period_start_date",
        grain,
        grain,
        where=f"indicator_code = '{name}'",
        is_count="/" not in value,
    )
    for value, grains in SIMULATED.items()
    for grain, names in grains.items()
    for name in names
}


class Recounts:
    """A lake of one version a dataset, asked in SQL: each dataset is a view of its name.

    Args:
        home: Of the snapshots.
    """

    def __init__(self, home: Path, city: str = "seoul") -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'Asia/Seoul'")
        for table in (home / "lake" / city).iterdir():
            if versions := list(table.glob("_delta_log/*.json")):
                assert len(versions) == 1, f"{table.name} has {len(versions)} versions"
                files = f"{table}/*.parquet"
                self._connection.execute(
                    f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{files}')"
                )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return self._connection.execute(sql).fetchall()

    def pairs(self, sql: str) -> dict[Any, Any]:
        """Return the second column of a statement by the first."""
        return dict(self.rows(sql))

    def one(self, sql: str) -> Any:
        """Return the one value of a statement."""
        return self.rows(sql)[0][0]

    def indicator(
        self, name: str, where: str = "true", period: tuple[dt.date, dt.date] | None = None
    ) -> tuple[dt.date | None, float | None]:
        """Return first day and value of an indicator's newest complete period.

        Args:
            name: Indicator.
            where: SQL of the rows that count.
            period: Only periods that begin in it, its end not included.
        """
        figure = FIGURES[name]
        rows = f"{figure.where} AND {where}"
        if not figure.day:
            return None, self.one(f"SELECT {figure.value} FROM {figure.dataset} WHERE {rows}")
        low, high = period or (dt.date.min, dt.date.max)
        begins = f"CAST(date_trunc('{figure.grain}', {figure.day}) AS DATE)"
        value = figure.value.format(days=f"any_value(day(last_day({figure.day})))")
        found = self.pairs(
            f"SELECT {begins}, {value} FROM {figure.dataset} WHERE {rows} GROUP BY 1"
        )
        if figure.is_count:
            found = self.pairs(f"SELECT DISTINCT {begins}, 0 FROM {figure.dataset}") | found
        reached = self._reached(figure)
        complete = [
            (day, number)
            for day, number in sorted(found.items())
            if low <= day < high and _end(day, figure.grain) <= reached
        ]
        return complete[-1] if complete else (None, None)

    def _reached(self, figure: Figure) -> dt.date:
        newest: dt.date = self.one(f"SELECT max({figure.day}) FROM {figure.dataset}")
        return _end(newest, figure.step)


def _end(day: dt.date, grain: str) -> dt.date:
    if grain == "quarter":
        return _end(day.replace(month=(day.month + 2) // 3 * 3, day=1), "month")
    if grain == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day.replace(month=12, day=31) if grain == "year" else day


def is_written(value: float, words: str) -> bool:
    """Tell whether the first number in words is a value, to half of its last digit."""
    found = NUMBER.search(words)
    if found is None:
        return False
    digits, suffix = found.groups()
    step = STEPS.get(suffix, 1.0)
    decimals = len(digits.partition(".")[2])
    half: float = 0.5000001 * step / 10**decimals
    return abs(float(digits.replace(",", "")) * step - value) <= half
