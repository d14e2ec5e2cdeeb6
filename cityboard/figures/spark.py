"""A series as a small drawing inside a line of text."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 120, 28, 3


def sparkline(
    values: Sequence[float],
    *,
    words: str,
    places: Sequence[float] | None = None,
    scale: tuple[float, float] | None = None,
) -> Markup:
    """Return a series as inline SVG, its last point marked.

    Args:
        values: (n) oldest first; fewer than two draw nothing.
        words: Read out instead of the drawing.
        places: (n) where each value stands, 0 at the left and 1 at the right; None is evenly.
        scale: Values at the bottom and the top, of drawings that are compared; None is its own.
    """
    if len(values) < 2:
        return Markup("")
    low, high = scale or (min(values), max(values))
    width, height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    if places is None:
        places = [i / (len(values) - 1) for i in range(len(values))]
    spots = [
        (MARGIN + width * place, MARGIN + height * (1 - (value - low) / ((high - low) or 1.0)))
        for place, value in zip(places, values, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    x, y = spots[-1]
    return Markup(
        '<svg viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img" aria-label="{words}">'
        '<polyline points="{line}" fill="none" stroke="currentColor" class="line" '
        'vector-effect="non-scaling-stroke"/>'
        '<polyline points="{x:.1f},{y:.1f} {x:.1f},{y:.1f}" stroke="currentColor" class="end" '
        'vector-effect="non-scaling-stroke"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, words=words, line=line, x=x, y=y)
