"""One incident: its course, and what is around it."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "incident")
