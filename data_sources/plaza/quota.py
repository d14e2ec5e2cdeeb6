"""The daily quota of the Seoul Open Data Plaza: calls are counted before they are made."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import filelock

from cityboard.errors import QuotaError, SourceError
from data_sources.plaza.files import write_whole

SEOUL = ZoneInfo("Asia/Seoul")
LOCK_SECONDS = 10


class Quota:
    """Calls per account and day of Seoul, kept in a small file that processes share.

    Args:
        path: The file; created when the first call is counted.
        calls_per_day: Calls an account may make between two midnights of Seoul.
    """

    def __init__(self, path: Path, calls_per_day: int) -> None:
        self._path = path
        self._calls_per_day = calls_per_day

    def take(self, account: str, now: dt.datetime) -> None:
        """Count one call.

        Args:
            account: Name of the key's account, not the key.
            now: An instant with a zone.

        Raises:
            QuotaError: The day's calls are used up; says when the quota starts anew.
            SourceError: The file cannot be read, written or locked.
        """
        today = now.astimezone(SEOUL).date()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS):
                counts = self._counts(today)
                if counts.get(account, 0) >= self._calls_per_day:
                    raise QuotaError(self._used_up(now))
                counts[account] = counts.get(account, 0) + 1
                state = {"day": today.isoformat(), "calls": counts}
                write_whole(self._path, json.dumps(state).encode())
        except (OSError, filelock.Timeout) as error:
            msg = f"{self._path}: calls cannot be counted ({error}). Free the disk or end its user."
            raise SourceError(msg) from error

    def _counts(self, today: dt.date) -> dict[str, int]:
        try:
            state = json.loads(self._path.read_bytes())
            counts = {str(name): int(calls) for name, calls in state["calls"].items()}
            return counts if state["day"] == today.isoformat() else {}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"{self._path} is damaged: delete it, and today's calls count from 0 again."
            raise SourceError(msg) from error

    def _used_up(self, now: dt.datetime) -> str:
        midnight = dt.datetime.combine(
            now.astimezone(SEOUL).date() + dt.timedelta(days=1), dt.time(), SEOUL
        )
        hours, minutes = divmod(int((midnight - now).total_seconds()) // 60, 60)
        return (
            f"All {self._calls_per_day:,} calls of today to the Seoul Open Data Plaza are used. "
            f"The quota starts anew at {midnight:%Y-%m-%d %H:%M} in Seoul, in {hours} h "
            f"{minutes} min. (오늘의 호출 한도를 모두 썼습니다.)"
        )
