"""Alerts: rules that say when a number of the city needs somebody to look, and who that is."""

from typing import Literal, Self

from pydantic import Field, model_validator

from cityboard.catalog.dataset import Name
from cityboard.catalog.text import Entry, Text, fault

AlarmLevel = Literal["notice", "warning", "alert"]
Watched = Literal["measure", "open_incidents", "minutes_to_scene"]
RuleKind = Literal["threshold", "rate", "anomaly", "absence"]
# Fields that belong to a kind of rule, and only to it.
OWN_FIELDS: dict[str, RuleKind] = {
    "over": "rate",
    "weeks": "anomaly",
    "smallest_spread": "anomaly",
    "minutes": "absence",
}


class Escalation(Entry):
    """Who is told when nobody has acknowledged an alarm, and after how long.

    Attributes:
        after_minutes: From the alarm's opening.
        to: The organisation that is told then.
    """

    after_minutes: int = Field(gt=0)
    to: Name


class Alert(Entry):
    """One rule: what is watched, when an alarm opens and when it closes, who answers for it.

    An alarm opens once the value has been at or beyond `opens` for `periods` periods one after the
    other, and closes once it is within `closes` again; between the two it stays as it is. Of an
    absence, it opens after so many minutes without news and closes with the next.

    Attributes:
        kind: `threshold` compares the value, `rate` its change over `over` periods, `anomaly` how
            far it is from the same hour of past weeks; `absence` looks for news at all.
        level: `notice`, `warning` or `alert`; the last two stop the wall's rotation.
        dataset: Dataset that is watched.
        watches: A `measure` of it, or of incidents how many are open (`open_incidents`) or how
            long help took to the scene, each by itself (`minutes_to_scene`).
        measure: The measure; None where something else is watched.
        where: Only rows whose column has one of the values count.
        by: Whether the whole city has an alarm or each district its own.
        side: Whether values above or below the limits are watched.
        opens: Limit that opens an alarm, included; in the unit of the measure, of an anomaly in
            robust standard deviations.
        closes: Limit that closes it, excluded; None is `opens`.
        periods: Periods of the dataset's time, one after the other, for which the value must be
            beyond `opens`.
        over: Periods over which a rate is told.
        weeks: Past weeks whose same hour says what is usual.
        smallest_spread: The spread of past weeks is never taken to be smaller than this; in the
            unit of the measure.
        minutes: Without news for so long, something is missing.
        looks_back_days: Days of the past from which the state is told; an alarm that is older is
            taken to have opened then.
        instead_of: Rule whose alarms are not shown while one of this rule is open.
        owner: The organisation that answers for it.
        escalation: Who is told when nobody acknowledges it; None where nobody is.
        source: Where the limits are written, or why they were chosen.
    """

    id: Name
    title: Text
    kind: RuleKind
    level: AlarmLevel
    dataset: Name
    watches: Watched = "measure"
    measure: Name | None = None
    where: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    by: Literal["city", "district"] = "city"
    side: Literal["above", "below"] = "above"
    opens: float | None = None
    closes: float | None = None
    periods: int = Field(default=1, ge=1)
    over: int = Field(default=1, ge=1)
    weeks: int = Field(default=8, ge=4)
    smallest_spread: float = Field(default=0.0, ge=0)
    minutes: int | None = Field(default=None, gt=0)
    looks_back_days: int = Field(default=35, ge=1, le=366)
    instead_of: Name | None = None
    owner: Name
    escalation: Escalation | None = None
    source: Text

    @model_validator(mode="after")
    def _fields_belong_to_the_kind(self) -> Self:
        for name, kind in OWN_FIELDS.items():
            if name in self.model_fields_set and self.kind != kind:
                raise fault(f"`{name}` belongs to the kind {kind!r} and only to it", name)
        if (self.opens is None) != (self.kind == "absence"):
            raise fault("every kind but 'absence' has a limit in `opens`, and only they do", "kind")
        if (self.minutes is None) == (self.kind == "absence"):
            raise fault("an absence needs `minutes`", "kind")
        return self

    @model_validator(mode="after")
    def _something_is_watched(self) -> Self:
        is_measured = self.watches == "measure" and self.kind != "absence"
        if (self.measure is None) == is_measured:
            words = "name the measure; an absence and what is watched of incidents have none"
            raise fault(words, "measure" if self.measure else "kind")
        if self.watches != "measure" and self.kind != "threshold":
            raise fault("of incidents only a threshold is watched", "watches")
        if self.by == "district" and not is_measured:
            raise fault("only a measure is watched by district", "by")
        return self

    @model_validator(mode="after")
    def _it_closes_where_it_is_better(self) -> Self:
        if self.opens is None or self.closes is None:
            return self
        if self.sign * (self.opens - self.closes) < 0:
            words = f"an alarm that opens at {self.opens:g} cannot close at {self.closes:g}"
            raise fault(f"{words}, which is worse", "closes")
        return self

    @property
    def sign(self) -> int:
        """Return 1 where more is worse, -1 where less is."""
        return 1 if self.side == "above" else -1

    @property
    def closing_limit(self) -> float | None:
        """Return the limit that closes an alarm; None of an absence."""
        return self.opens if self.closes is None else self.closes

    @property
    def stops_rotation(self) -> bool:
        """Tell whether a screen that rotates stops for it."""
        return self.level != "notice"


class Alerts(Entry):
    """The rules of a city, in the order in which equal alarms are told."""

    alerts: tuple[Alert, ...] = ()
