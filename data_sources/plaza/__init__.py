"""The Seoul Open Data Plaza (서울 열린데이터광장): a client of its OpenAPI."""

from data_sources.plaza.client import Plaza, fetch
from data_sources.plaza.rows import rows_of

__all__ = ["Plaza", "fetch", "rows_of"]
