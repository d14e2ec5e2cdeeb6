"""Colours and type of the screen: one theme, dark for the wall, light for the desk and print.

Contrast of `text`, `muted`, `good`, `bad`, `warn` and `accent` on `surface` is at least 4.5 : 1
(WCAG 2.2, 1.4.3), held by a test. Accent, good, bad and warn are after Okabe and Ito (2008), which
colour-blind viewers tell apart; `sequential` is cividis (Nunez et al. 2018), perceptually even.
"""

import dataclasses
from typing import Literal

import bokeh.palettes
from bokeh.models import NoOverlap, Plot

FONT = "Pretendard"
Theme = Literal["dark", "light"]


@dataclasses.dataclass(frozen=True)
class Style:
    """The colours of one theme, as CSS hex."""

    theme: Theme
    background: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    good: str
    bad: str
    warn: str
    dimmed: str
    sequential: tuple[str, ...]
    light: tuple[str, ...]

    @property
    def css_variables(self) -> str:
        """Return the colours as CSS custom properties."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        colours = {k: v for k, v in values.items() if isinstance(v, str) and k != "theme"}
        return "".join(f"--{name}:{value};" for name, value in colours.items())


_CIVIDIS = tuple(bokeh.palettes.Cividis256)
STYLES: dict[Theme, Style] = {
    "dark": Style(
        theme="dark",
        background="#0b1016",
        surface="#121a23",
        raised="#1a2531",
        line="#2b3947",
        text="#eef3f8",
        muted="#9fb0c0",
        accent="#56b4e9",
        good="#4cc3a0",
        bad="#ff8f57",
        warn="#f0d24b",
        dimmed="#33424f",
        sequential=_CIVIDIS[24:],
        light=_CIVIDIS[96:],
    ),
    "light": Style(
        theme="light",
        background="#eef1f4",
        surface="#ffffff",
        raised="#f4f6f8",
        line="#d3dae1",
        text="#14202b",
        muted="#51606e",
        accent="#0067a3",
        good="#00694f",
        bad="#b03a00",
        warn="#7a5c00",
        dimmed="#c9d1d9",
        sequential=_CIVIDIS[::-1][16:],
        light=_CIVIDIS[::-1][16:],
    ),
}


def apply_style(plot: Plot, style: Style) -> None:
    """Give a plot the colours, the type and the quiet axes of the screen."""
    plot.background_fill_color = plot.border_fill_color = style.surface
    plot.outline_line_color = None
    plot.toolbar.logo = None
    for axis in plot.axis:
        axis.axis_line_color = style.line
        axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color = axis.axis_label_text_color = style.muted
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "0.75rem"
        axis.axis_label_text_font_style = "normal"
        axis.major_label_policy = NoOverlap()
    for grid in plot.grid:
        grid.grid_line_color = style.line
        grid.grid_line_alpha = 0.6
