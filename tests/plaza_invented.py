"""Answers of invented services, in every envelope the Plaza has been seen to use.

Nothing here was recorded: names and values are made up for the tests.
"""

import json
from pathlib import Path
from typing import Any

FINE = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}
DOTTED = {"RESULT.CODE": "INFO-000", "RESULT.MESSAGE": "정상 처리되었습니다."}
BENCHES = 2345
SWINGS = 2000


def enveloped(root: str, rows: Any, *, total: Any = None) -> dict[str, Any]:
    """Return the usual envelope around rows."""
    count = len(rows) if total is None else total
    return {root: {"list_total_count": count, "RESULT": FINE, "row": rows}}


def benches() -> list[dict[str, Any]]:
    """Return rows for three pages; numbers come as text, int and float in turn."""
    seats = ("3", 3, 3.0)
    return [
        {"BENCH_NO": f"{n:05d}", "GU_NM": ("가구", "나구")[n % 2], "SEAT_CNT": seats[n % 3]}
        for n in range(1, BENCHES + 1)
    ]


def air(names: str, *, day: str) -> list[dict[str, Any]]:
    """Return two stations under the names of one generation."""
    stations = (("도심권", "가구"), ("서북권", "나구"))
    values = (21.0, 9.0, 0.041, 0.013, 0.4, 0.003, "보통", 61.0, "O3")
    columns = names.split()
    return [dict(zip(columns, (day, *place, *values), strict=True)) for place in stations]


OLD_AIR = "MSRDT MSRRGN_NM MSRSTE_NM PM10 PM25 O3 NO2 CO SO2 IDEX_NM IDEX_MVL ARPLT_MAIN"
NEW_AIR = "MSRMT_DT SAREA_NM MSRSTN_NM PM FPM OZON NTDX CBMX SPDX CAI_GRD CAI_IDX CRST_SBSTN"
PLACE = {
    "AREA_NM": "가나다 광장",
    "AREA_CD": "PLC001",
    "CROWD": [{"LEVEL": "여유", "MIN": "100"}],
    "ROADS": {"SPEED": "31"},
    "BUSES": "",
    "TRAINS": [],
}
RIVER = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<riverLevel>'
    "<list_total_count>2</list_total_count><RESULT><CODE>INFO-000</CODE>"
    "<MESSAGE>정상 처리되었습니다.</MESSAGE></RESULT>"
    "<row><gauge>가교</gauge><level_m>1.2</level_m></row>"
    "<row><gauge>나교</gauge><level_m>0.9</level_m></row></riverLevel>\n"
)
# File → what the index says of it (None: the index is silent) and its content.
FIXTURES: dict[str, tuple[dict[str, str] | None, Any]] = {
    "parkBench.json": (
        {"service": "parkBench", "url": "…/{KEY}/json/parkBench/1/1000/"},
        enveloped("benches", benches(), total=str(BENCHES)),
    ),
    "swingList.json": (
        {"service": "swingList", "url": "…/{KEY}/json/swingList/1/1000/"},
        enveloped("swings", [{"SWING": str(n)} for n in range(SWINGS)]),
    ),
    "oneBridge.json": (None, enveloped("oneBridge", {"BRIDGE": "가교", "LANES": 4}, total=1)),
    "RealtimeCityAir.old.json": (
        None,
        enveloped("RealtimeCityAir", air(OLD_AIR, day="2101010100")),
    ),
    "RealtimeCityAir.new.json": (
        None,
        enveloped("RealtimeCityAir", air(NEW_AIR, day="2901010100")),
    ),
    "crowdNow.PLC001.json": (
        {"service": "crowdNow", "url": "…/{KEY}/json/crowdNow/1/5/PLC001"},
        {"RESULT": DOTTED, "Live.crowdNow": [PLACE]},
    ),
    "crowdNow.PLC002.json": (
        {"service": "crowdNow", "url": "…/{KEY}/json/crowdNow/1/5/PLC002"},
        {"Live.crowdNow": [{**PLACE, "AREA_CD": "PLC002", "RESULT": DOTTED}]},
    ),
    "placeNow.json": (None, {"RESULT": DOTTED, "PLACENOW": PLACE}),
    "ferryRide.rows.json": (None, [{"RIDE": "1"}, {"RIDE": "2"}, {"RIDE": "3"}]),
    "riverLevel.xml": (None, RIVER),
    "swopen.realtimeStationArrival.json": (
        {"url": "http://…/api/subway/{KEY}/json/realtimeStationArrival/0/20/가역"},
        {
            "errorMessage": {"status": 200, "code": "INFO-000", "message": "정상", "total": 2},
            "realtimeArrivalList": [
                {"statnNm": "가역", "arvlMsg2": "3분 후"},
                {"statnNm": "가역", "arvlMsg2": "7분 후"},
            ],
        },
    ),
    "error.INFO-200.json": (
        None,
        {"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}},
    ),
}
ROWS = {
    "parkBench.json": BENCHES,
    "swingList.json": SWINGS,
    "oneBridge.json": 1,
    "RealtimeCityAir.old.json": 2,
    "RealtimeCityAir.new.json": 2,
    "crowdNow.PLC001.json": 1,
    "crowdNow.PLC002.json": 1,
    "placeNow.json": 1,
    "ferryRide.rows.json": 3,
    "riverLevel.xml": 2,
    "swopen.realtimeStationArrival.json": 2,
    "error.INFO-200.json": 0,
}


def write_fixtures(folder: Path) -> Path:
    """Write every fixture and an index of some of them; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for name, (entry, content) in FIXTURES.items():
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")
        if entry is not None:
            index.append({"file": name, "kind": "structural", **entry})
    (folder / "INDEX.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    return folder
