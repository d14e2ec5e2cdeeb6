"""How far an indicator has come: years, progress to its target, signal or noise, what may come."""

from cityboard.progress.growth import (
    CATEGORIES,
    Category,
    Progress,
    Step,
    progress,
)
from cityboard.progress.lists import exceeding, follow_up, progress_of_all
from cityboard.progress.outlook import Forecast, ForecastPoint, forecast
from cityboard.progress.signals import RULES, Control, Signal, control
from cityboard.progress.years import annual

__all__ = [
    "CATEGORIES",
    "RULES",
    "Category",
    "Control",
    "Forecast",
    "ForecastPoint",
    "Progress",
    "Signal",
    "Step",
    "annual",
    "control",
    "exceeding",
    "follow_up",
    "forecast",
    "progress",
    "progress_of_all",
]
