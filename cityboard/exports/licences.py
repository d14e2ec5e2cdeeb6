"""Licences of the catalogue and where their words stand."""

from cityboard.errors import ExportError

# Ids as entries have them. KOGL has no SPDX id and no page of its own but this one.
LICENCES: dict[str, str] = {
    "BSD-3-Clause": "https://opensource.org/license/bsd-3-clause",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "InC-1.0": "https://rightsstatements.org/vocab/InC/1.0/",
    "KOGL-0": "https://www.kogl.or.kr/info/license.do#00-tab",
    "KOGL-1": "https://www.kogl.or.kr/info/license.do#01-tab",
    "KOGL-2": "https://www.kogl.or.kr/info/license.do#02-tab",
    "KOGL-3": "https://www.kogl.or.kr/info/license.do#03-tab",
    "KOGL-4": "https://www.kogl.or.kr/info/license.do#04-tab",
    "MIT": "https://opensource.org/license/mit",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
}


def licence_uri(licence: str) -> str:
    """Return the address of a licence's words.

    Raises:
        ExportError: No address is known for it.
    """
    if licence not in LICENCES:
        known = ", ".join(LICENCES)
        msg = (
            f"the licence {licence!r} has no address. Known: {known}. "
            "Add it to cityboard/exports/licences.py."
        )
        raise ExportError(msg)
    return LICENCES[licence]
