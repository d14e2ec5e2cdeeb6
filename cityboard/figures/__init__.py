"""Frames to Bokeh figures: pure functions; the only place that loads a plotting library.

Every figure takes a `Style` and the screen's language. Sizes of text are in `rem`, so one style
sheet makes the same figure larger on a wall.
"""
