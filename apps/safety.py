"""Safety: accidents, crimes, and what stands ready against them."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "safety")
