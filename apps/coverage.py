"""What the list of indicators covers, and what it does not."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "coverage")
