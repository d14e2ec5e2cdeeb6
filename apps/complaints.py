"""Complaints: what they are about, where they are from, and how far each has come."""

import panel as pn

from cityboard.home import city_store
from cityboard.page import serve_board

pn.extension()
serve_board(city_store(), "complaints")
