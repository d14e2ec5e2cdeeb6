"""The clock of a screen: the present, or a recorded day played again."""

import dataclasses
import datetime as dt
from typing import Literal, Self
from zoneinfo import ZoneInfo

from cityboard.errors import QueryError

Mode = Literal["live", "replay"]
SPEEDS = (1, 10, 60)  # seconds of the city in one of the world
FASTEST = max(SPEEDS)


@dataclasses.dataclass(frozen=True)
class Clock:
    """What time it is on a screen, at every instant of the world.

    Live, it is the present. In a replay it runs through one day of the city's calendar and, at its
    end, begins that day again; it is never beyond the present. Every change gives a new clock.

    Attributes:
        mode: `live` or `replay`.
        started_at: The instant of the world (aware) at which it showed `city_time`.
        city_time: The instant (aware) of the city it ran from, or stands at.
        zone: The city's, whose midnight ends a day.
        speed: Seconds of the city in one second of the world, 1 to 60; 1 where it is live.
        is_paused: Whether it stands still.
    """

    mode: Mode
    started_at: dt.datetime
    city_time: dt.datetime
    zone: ZoneInfo
    speed: int = 1
    is_paused: bool = False

    def __post_init__(self) -> None:
        if self.started_at.tzinfo is None or self.city_time.tzinfo is None:
            msg = (
                f"a clock was to show {self.city_time} from {self.started_at}; give aware instants"
            )
            raise QueryError(msg)
        if not 1 <= self.speed <= FASTEST:
            msg = f"a clock was to run {self.speed} times as fast; give 1 to {FASTEST}"
            raise QueryError(msg)

    @classmethod
    def live(cls, real_now: dt.datetime, zone: ZoneInfo) -> Self:
        """Return the clock of the present."""
        return cls("live", real_now, real_now, zone)

    @classmethod
    def replay(cls, real_now: dt.datetime, day: dt.date, zone: ZoneInfo) -> Self:
        """Return a clock that plays a day from the time of day that it is now in the city."""
        time = real_now.astimezone(zone).time()
        return cls("replay", real_now, dt.datetime.combine(day, time, zone), zone)

    @property
    def day(self) -> dt.date:
        """Return the day it plays; where it is live, the one it was set on."""
        return self.city_time.astimezone(self.zone).date()

    @property
    def begins(self) -> dt.datetime:
        """Return the first instant of the day."""
        return dt.datetime.combine(self.day, dt.time(), self.zone)

    @property
    def ends(self) -> dt.datetime:
        """Return the first instant after the day."""
        return dt.datetime.combine(self.day + dt.timedelta(days=1), dt.time(), self.zone)

    def now(self, real_now: dt.datetime) -> dt.datetime:
        """Return the instant it shows (aware, UTC) at an instant of the world."""
        if self.is_paused:
            return self.city_time.astimezone(dt.UTC)
        if self.mode == "live":
            return real_now.astimezone(dt.UTC)
        begins = self.begins.astimezone(dt.UTC)
        ran = (self.city_time.astimezone(dt.UTC) - begins) + self._since(real_now)
        return min(begins + ran % self._length, real_now.astimezone(dt.UTC))

    def wraps(self, real_now: dt.datetime) -> int:
        """Return how many times the day has ended and begun again."""
        if self.mode == "live" or self.is_paused:
            return 0
        begins = self.begins.astimezone(dt.UTC)
        return (self.city_time.astimezone(dt.UTC) - begins + self._since(real_now)) // self._length

    def paused(self, real_now: dt.datetime) -> Self:
        """Return the clock standing at what it shows."""
        return self._from(real_now, is_paused=True)

    def resumed(self, real_now: dt.datetime) -> Self:
        """Return the clock running on from what it shows; a live one is live again."""
        return self._from(real_now, is_paused=False)

    def at_speed(self, real_now: dt.datetime, speed: int) -> Self:
        """Return the clock running on from what it shows, at another speed.

        Raises:
            QueryError: The speed is not of 1 to 60.
        """
        return self._from(real_now, is_paused=False, speed=speed, mode=self._mode_at(speed))

    def stepped(self, real_now: dt.datetime, step: dt.timedelta) -> Self:
        """Return the clock standing a step on or back, within its day and never in the future."""
        return self.at(real_now, self.now(real_now) + step)

    def at(self, real_now: dt.datetime, city_time: dt.datetime) -> Self:
        """Return the clock standing at an instant (aware), within its day and not in the future."""
        last = min(self._shown_day(real_now).ends - dt.timedelta(seconds=1), real_now)
        held = max(min(city_time, last), self._shown_day(real_now).begins)
        return dataclasses.replace(
            self, mode="replay", started_at=real_now, city_time=held, is_paused=True
        )

    @property
    def _length(self) -> dt.timedelta:
        return self.ends.astimezone(dt.UTC) - self.begins.astimezone(dt.UTC)

    def _since(self, real_now: dt.datetime) -> dt.timedelta:
        """Return how much of the city's time has passed since it was set."""
        return max(real_now - self.started_at, dt.timedelta()) * self.speed

    def _from(self, real_now: dt.datetime, **changes: object) -> Self:
        """Return a clock that goes on from what it shows."""
        changed = {"started_at": real_now, "city_time": self.now(real_now)} | changes
        return dataclasses.replace(self, **changed)  # type: ignore[arg-type]

    def _mode_at(self, speed: int) -> Mode:
        return "live" if self.mode == "live" and speed == 1 else "replay"

    def _shown_day(self, real_now: dt.datetime) -> Self:
        """Return the clock as set on the day it shows: a live one may have passed midnight."""
        return dataclasses.replace(self, city_time=self.now(real_now))
