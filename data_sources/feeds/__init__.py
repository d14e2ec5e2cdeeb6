"""Feeds: polled or pushed, cleaned as files are, appended to their tables as they come."""

from data_sources.feeds.events import events

__all__ = ["events"]
