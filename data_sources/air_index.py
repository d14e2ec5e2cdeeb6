"""Korea's comprehensive air-quality index (통합대기환경지수, CAI), from daily means."""

import numpy as np
import polars as pl

SCORES = (0, 50, 51, 100, 101, 250, 251, 500)  # ends of good, moderate, bad, very bad
# Concentrations at those scores. Source: AirKorea (Ministry of Environment), CAI, sub-indices.
BREAKPOINTS = {
    "pm25_ug_m3": (0, 15, 16, 35, 36, 75, 76, 500),
    "pm10_ug_m3": (0, 30, 31, 80, 81, 150, 151, 600),
    "o3_ppm": (0, 0.03, 0.031, 0.09, 0.091, 0.15, 0.151, 0.6),
    "no2_ppm": (0, 0.03, 0.031, 0.06, 0.061, 0.2, 0.201, 2),
    "co_ppm": (0, 2, 2.01, 9, 9.01, 15, 15.01, 50),
    "so2_ppm": (0, 0.02, 0.021, 0.05, 0.051, 0.15, 0.151, 1),
}
PARTICLES = ("pm25_ug_m3", "pm10_ug_m3")
BAD = 100  # a score above it is bad
# To the highest score, by how many pollutants are bad: none, 1, 2, 3 or more.
ADDED = (0, 0, 50, 75)


def with_air_index(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a draft with the index in column `cai`: the highest score of a pollutant and more.

    Where two pollutants are bad 50 are added, where three or more are, 75. The official index
    takes hourly means of the gases and a moving mean of 24 hours, weighted to the newest, of the
    particles; daily means stand for both here, which makes it lower on days of much ozone.

    Args:
        frame: (n rows) daily means as text in columns of `BREAKPOINTS`; one that is not there
            was not measured.

    Returns:
        `cai` is a whole number, null where neither kind of particles was measured.
    """
    names = frame.columns
    there = (pl.col(n) if n in names else pl.lit(None).alias(n) for n in BREAKPOINTS)
    means = frame.select(column.cast(pl.Float64, strict=False) for column in there)
    scores = np.stack(
        [
            np.interp(means.get_column(name).fill_null(np.nan).to_numpy(), points, SCORES)
            for name, points in BREAKPOINTS.items()
        ]
    )
    scores = np.nan_to_num(scores, nan=0.0)
    bad = (scores > BAD).sum(axis=0)
    index = np.rint(scores.max(axis=0, initial=0)) + np.take(ADDED, np.minimum(bad, 3))
    cai = pl.Series("cai", index).cast(pl.Int32)
    has_particles = means.select(pl.any_horizontal(pl.col(PARTICLES).is_not_null())).to_series()
    return frame.with_columns(pl.when(has_particles).then(cai).alias("cai"))
