"""Air: fine dust and gases by station, district, day and hour."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "air")
