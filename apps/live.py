"""The live city: what happens now, or what happened on a recorded day."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "live")
