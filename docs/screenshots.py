"""Take the screenshots of the documentation: every page at four sizes, from the embedded figures.

`python -m docs.screenshots`
"""

import io
import os
import tempfile
from pathlib import Path

import typer
from PIL import Image

from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage, launched
from tests.servers import served

FOLDER = Path(__file__).parent / "screenshots"
AT = "2019-03-05T18:05:00"  # of the day that the live city replays
PAGES = {
    "mayor": "mayor?lang=en",
    "live": f"live?lang=en&at={AT}",
    "incident": f"incident?lang=en&at={AT}",
    "safety": "safety?lang=en",
    "transport": "transport?lang=en",
    "air": "air?lang=en",
    "water": "water?lang=en",
    "education": "education?lang=en",
    "opinion": "opinion?lang=en",
    "complaints": "complaints?lang=en",
    "status": "status?lang=en",
    "indicator": "indicator?lang=en&indicator=womens_employment_rate",
    "plan": "plan?lang=en&vision=welfare",
    "budget": "budget?lang=en",
    "explore": "explore?lang=en&dataset=bus_boardings",
    "coverage": "coverage?lang=en",
    "sources": "sources?lang=en",
}
SIZES = {"wall": WALL, "desk": DESK, "tablet": TABLET, "phone": PHONE}
WHOLE = ("tablet", "phone")  # pages that are meant to be scrolled
MOST_SCREENS = 4  # of a long page
COLOURS = 256  # chosen by coverage: no colour is off by more than 12 of 255
BYTES = 300_000


def main() -> None:
    """Write every screenshot into `docs/screenshots`."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["CITYBOARD_CITY"] = "seoul"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with served(home, home / "log") as server, launched() as browser:
            for size, pixels in SIZES.items():
                page = browser.new_page()
                for name, path in PAGES.items():
                    board = BoardPage(page, server.address).open(path, pixels)
                    png = board.page.screenshot(full_page=size in WHOLE)
                    _write(png, f"{name}-{size}.png", most=MOST_SCREENS * pixels[1])
                page.close()


def _write(png: bytes, name: str, *, most: int) -> None:
    """Write a picture in few colours, cut below `most` pixels, and tell its size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, most)))
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    path = FOLDER / name
    few.save(path, optimize=True)
    size = path.stat().st_size
    typer.echo(f"{size / 1000:6.0f} kB  {name}{'  too large' if size > BYTES else ''}")


if __name__ == "__main__":
    main()
