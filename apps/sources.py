"""Where the city's data come from, and which of them are shown."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "sources")
