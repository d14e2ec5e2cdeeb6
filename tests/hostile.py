"""Hostile input shared by all loaders: files that publishers sent, or that somebody could send.

Every one says in a line where it was met. They are built here so that none is kept in the
repository and each can be read as code.
"""

import dataclasses
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Iterator

import polars as pl

from tests.workbooks import workbook

HEADER = "자치구,날짜,시간,건수,경도,위도,이름"
ROW = "중구,2022-01-01,00:00,3,126.9780,37.5666,시청"
TABLE = f"{HEADER}\n{ROW}\n"
MEBIBYTE = 1 << 20


@dataclasses.dataclass(frozen=True)
class Hostile:
    """One file.

    Attributes:
        name: What is wrong with it.
        met: Where it was met, or who could send it.
        content: Its bytes.
    """

    name: str
    met: str
    content: bytes


def _table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def _encodings() -> Iterator[Hostile]:
    yield Hostile("byte order mark", "street lights, every export of a spreadsheet", _bom(TABLE))
    yield Hostile("cp949", "cameras 2018, half of the subway months", TABLE.encode("cp949"))
    yield Hostile("utf-16", "a spreadsheet's 'Unicode text'", TABLE.encode("utf-16"))
    yield Hostile("utf-16 without a mark", "the same, through a script", TABLE.encode("utf-16-le"))
    yield Hostile(
        "latin-1", "hourly bicycles, with °C in the header", "Temp(°C),é\n1,2\n".encode("latin-1")
    )
    yield Hostile(
        "both encodings in one file", "two exports joined", TABLE.encode() + ROW.encode("cp949")
    )
    yield Hostile("bytes of no encoding", "a broken download", b"\x81\xff\xfe\x00\xa0\n" * 9)
    yield Hostile(
        "carriage returns and line feeds", "living population", TABLE.replace("\n", "\r\n").encode()
    )
    yield Hostile("carriage returns only", "an old desktop", TABLE.replace("\n", "\r").encode())
    yield Hostile("nul bytes", "a fixed-width dump", TABLE.replace(",", ",\x00").encode())
    yield Hostile(
        "letters that turn the line",
        "a name copied from a web page",
        _table(ROW + "\u202e\U0001f6b2"),
    )


def _bom(text: str) -> bytes:
    return text.encode("utf-8-sig")


def _shapes() -> Iterator[Hostile]:
    yield Hostile("empty", "a download that failed", b"")
    yield Hostile("blank lines", "a report without rows", b"\n\n\r\n\n")
    yield Hostile("header only", "a month without a ride", _table())
    yield Hostile("no header", "bus boardings, January and February", _table(ROW, header=ROW))
    yield Hostile(
        "header shifted", "subway June 2020: a name too many", _table(ROW, header="역ID," + HEADER)
    )
    yield Hostile(
        "header as one field", "bus boardings, March to May", _table(ROW, header=f'"{HEADER}"')
    )
    yield Hostile("two columns of one name", "a joined table", _table("1,2,3", header="수,수,수"))
    yield Hostile("trailing commas", "most subway months", _table(ROW + ",", ROW + ","))
    yield Hostile(
        "ragged rows", "bus routes with a comma in the name", _table(ROW, ROW + ",x,y", "중구")
    )
    yield Hostile("quote never closed", "a name with an inch mark", _table('"중구' + ROW, ROW, ROW))
    yield Hostile("quote in the middle", "the same, unescaped", _table('중"구,1,2,3,4,5,6'))
    yield Hostile("one line of ten mebibytes", "a log sent by mistake", b"x" * (10 * MEBIBYTE))
    yield Hostile(
        "a hundred thousand columns", "a table turned on its side", b"a," * 100_000 + b"\n"
    )


def _values() -> Iterator[Hostile]:
    yield Hostile("hour 24", "hourly air", _table(ROW.replace("00:00", "24:00")))
    yield Hostile(
        "sentinels",
        "cameras and street lights",
        _table(
            "중구,,,,999.999999,99.999999,x",
            "중구,1900-01-01,,-1,4664046.125,0,\\N",
            "중구,,,-,0,0,-",
        ),
    )
    yield Hostile(
        "latitude and longitude swapped",
        "hand-made tables",
        _table("중구,2022-01-01,0,3,37.5,126.9,x"),
    )
    yield Hostile(
        "numbers that are none",
        "a statistics program",
        _table(
            "중구,NaN,NaN,NaN,NaN,inf,x",
            "중구,1e300,1e300,1e300,1e300,-inf,x",
            f"중구,0,0,{10**40},1,1,x",
        ),
    )
    yield Hostile(
        "days that never were",
        "an official's typing",
        _table(
            "중구,2022-02-30,25:61,1,127,37,x",
            "중구,0000-00-00,,1,127,37,x",
            "중구,99999-99-99,,1,127,37,x",
        ),
    )
    yield Hostile("equal keys", "357 subway rows", _table(ROW, ROW, ROW))
    yield Hostile(
        "a formula", "anybody who writes a title", _table("=cmd|' /C calc'!A0,@SUM(1),+1,-1,1,1,x")
    )
    yield Hostile(
        "a script", "anybody who writes a proposal", _table("<script>alert(1)</script>,1,1,1,1,1,x")
    )
    yield Hostile(
        "a path as an id", "whoever wants our files", _table("../../etc/passwd,1,1,1,1,1,C:\\x")
    )
    yield Hostile(
        "sql as a name", "whoever wants our tables", _table("x'; DROP TABLE y; --,1,1,1,1,1,x")
    )


def _workbooks() -> Iterator[Hostile]:
    book = workbook(("자치구", "건수"), ("중구", 3))
    yield Hostile("xlsx called xls", "proposals of 2019", book)
    yield Hostile(
        "html called xls",
        "a portal's 'Excel' button",
        b"<html><table><tr><td>1</td></tr></table></html>",
    )
    yield Hostile("workbook cut short", "a broken download", book[: len(book) // 2])
    yield Hostile("workbook without a row", "a template", workbook())
    yield Hostile(
        "sheet that is no xml", "a broken export", _with_sheet(book, b"<worksheet><sheetData")
    )


def _with_sheet(book: bytes, sheet: bytes) -> bytes:
    """Return a workbook with another text as its sheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        members: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    return archive(members | {"xl/worksheets/sheet1.xml": sheet})


def archive(members: dict[str, str | bytes]) -> bytes:
    """Return a zip of members by name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, member in members.items():
            file.writestr(name, member)
    return content.getvalue()


def _archives() -> Iterator[Hostile]:
    whole = archive({"2022.txt": TABLE * 100})
    yield Hostile("archive cut short", "a broken download", whole[: len(whole) // 2])
    yield Hostile(
        "archive with a flipped byte",
        "a bad disk",
        whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
    )
    yield Hostile("archive without a member", "an export of nothing", archive({}))
    yield Hostile(
        "archive of two members", "a month and a read-me", archive({"a.txt": TABLE, "b.txt": TABLE})
    )
    yield Hostile(
        "archive that leaves its folder",
        "whoever wants our files",
        archive({"../../etc/passwd": TABLE}),
    )
    yield Hostile(
        "archive that swells", "whoever wants our memory", archive({"a.txt": bytes(64 * MEBIBYTE)})
    )
    yield Hostile("archive with a password", "an office's mail", _encrypted(whole))
    yield Hostile("archive packed otherwise", "another office's mail", _packed_otherwise(whole))
    yield Hostile("archive that lies about its size", "the same", _lying(whole))


def _encrypted(whole: bytes) -> bytes:
    """Return an archive whose member claims to need a password."""
    entry = whole.rindex(b"PK\x01\x02")
    return b"PK\x03\x04\x14\x00\x01" + whole[7 : entry + 8] + b"\x01" + whole[entry + 9 :]


def _packed_otherwise(whole: bytes) -> bytes:
    """Return an archive packed by a method that no program knows."""
    entry = whole.rindex(b"PK\x01\x02")
    local = whole[:8] + b"\x63" + whole[9:entry]
    return local + whole[entry : entry + 10] + b"\x63" + whole[entry + 11 :]


def _lying(whole: bytes) -> bytes:
    """Return an archive whose directory claims a member of 4 GiB."""
    entry = whole.rindex(b"PK\x01\x02")
    return whole[: entry + 24] + struct.pack("<I", 0xFFFFFFF0) + whole[entry + 28 :]


def _parquets() -> Iterator[Hostile]:
    whole = _parquet(pl.DataFrame({"area_m2": range(500)}))
    yield Hostile("parquet cut short", "a full disk", whole[: len(whole) - 20])
    yield Hostile(
        "parquet with a flipped byte",
        "a bad disk",
        whole[:40] + bytes([whole[40] ^ 255]) + whole[41:],
    )
    yield Hostile("parquet of other columns", "another table's export", whole)
    yield Hostile(
        "parquet without a row",
        "a filter too strict",
        _parquet(pl.DataFrame({"a": []}, schema={"a": pl.Null})),
    )
    yield Hostile(
        "parquet of lists",
        "a nested export",
        _parquet(pl.DataFrame({"a": [[1], [2]], "b": [{"c": 1}] * 2})),
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _json() -> Iterator[Hostile]:
    yield Hostile("json too deep", "whoever wants our stack", b"[" * 200_000)
    yield Hostile("json too deep and closed", "the same", b"[" * 200_000 + b"]" * 200_000)
    yield Hostile(
        "json with a key twice",
        "a hand-written export",
        b'[{"code_8": "1", "code_8": "2", "t": [1]}]',
    )
    yield Hostile(
        "json of another shape", "a portal's new version", b'{"DESCRIPTION": {}, "DATA": 1}'
    )
    yield Hostile(
        "json with numbers that are none",
        "a statistics program",
        b'[{"code_8": NaN, "t": [Infinity, 1e999]}]',
    )
    yield Hostile(
        "json with a list for a number",
        "a portal's new version",
        b'[{"code_8": [], "t": {"a": [1]}}]',
    )
    yield Hostile("json cut short", "a broken download", b'[{"code_8": "11110530", "t": [1.0, 2')
    yield Hostile("json of nothing", "an error page", b"null")
    yield Hostile(
        "json of an error",
        "the Plaza inside HTTP 200",
        json.dumps({"RESULT": {"CODE": "INFO-200"}}).encode(),
    )


CORPUS: tuple[Hostile, ...] = tuple(
    hostile
    for family in (_encodings, _shapes, _values, _workbooks, _archives, _parquets, _json)
    for hostile in family()
)

NUMBER = re.compile(r"(?<=,)-?\d+(?:\.\d+)?(?=,|\s*$)", re.MULTILINE)
WORDS = {
    "numbers turned to NaN": "NaN",
    "numbers turned to infinity": "-inf",
    "numbers turned huge": "1e300",
    "numbers turned to formulas": "=cmd|' /C calc'!A0",
    "numbers turned to scripts": "<script>alert(1)</script>",
    "numbers turned to paths": "../../etc/passwd",
    "numbers left out": "",
}


def mutations(text: str) -> Iterator[Hostile]:
    """Give a working text table with one fault at a time, as its own loader would meet it.

    Args:
        text: A table its loader reads, header included.
    """
    lines = text.splitlines(keepends=True)
    middle = len(lines) // 2
    changes: dict[str, Callable[[], str]] = {
        "header gone": lambda: "".join(lines[1:]),
        "header shifted": lambda: "x," + text,
        "header twice": lambda: lines[0] + text,
        "rows gone": lambda: lines[0],
        "row twice": lambda: "".join([*lines, *lines[-3:]]),
        "row too long": lambda: "".join([*lines[:middle], "x,y," + lines[middle], *lines[middle:]]),
        "row too short": lambda: "".join([*lines[:middle], "x\n", *lines[middle:]]),
        "quote never closed": lambda: "".join([*lines[:middle], '"' + lines[middle]]),
        "nul bytes": lambda: text.replace(",", ",\x00", 99),
        "cut short": lambda: text[: len(text) * 2 // 3],
        "commas turned to tabs": lambda: text.replace(",", "\t"),
    }
    for name, change in changes.items():
        yield Hostile(name, "a loader's own table", change().encode())
    for name, word in WORDS.items():
        yield Hostile(name, "a loader's own table", NUMBER.sub(word, text).encode())
    yield Hostile("in utf-16", "a loader's own table", text.encode("utf-16"))
    yield Hostile(
        "with a mark and carriage returns", "a loader's own table", _bom(text.replace("\n", "\r\n"))
    )
