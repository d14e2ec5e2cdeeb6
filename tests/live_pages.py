"""Pages of live services, written for the tests: nothing here was recorded."""

import datetime as dt
import importlib
import json
from pathlib import Path
from typing import Any

from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched, checksum
from tests.cleaning import seoul

FINE = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}
RECEIVED = dt.datetime(2026, 8, 9, 19, 16, 30, tzinfo=dt.UTC)  # 04:16:30 of the 10th in Seoul

AIR = {
    "MSRMT_DT": "202608100400",
    "SAREA_NM": "도심권",
    "MSRSTN_NM": "중구",
    "PM": 34.0,
    "FPM": 18.0,
    "OZON": 0.041,
    "NTDX": 0.014,
    "CBMX": 0.4,
    "SPDX": 0.003,
    "CAI_GRD": "보통",
    "CAI_IDX": 58.0,
    "CRST_SBSTN": "PM-2.5",
}
BIKES = {
    "rackTotCnt": "15",
    "stationName": "102. 망원역 1번출구 앞",
    "parkingBikeTotCnt": "6",
    "shared": "40",
    "stationLatitude": "37.55564880",
    "stationLongitude": "126.91062927",
    "stationId": "ST-4",
}
CROWD = {
    "AREA_NM": "강남역",
    "AREA_CD": "POI014",
    "AREA_CONGEST_LVL": "약간 붐빔",
    "AREA_PPLTN_MIN": "46000",
    "AREA_PPLTN_MAX": "48000",
    "REPLACE_YN": "N",
    "PPLTN_TIME": "2026-08-10 04:15",
    "FCST_PPLTN": [{"FCST_TIME": "2026-08-10 05:00"}],
}
CAR_PARK = {
    "PKLT_CD": "171721",
    "PKLT_NM": "가 공영주차장(시)",
    "ADDR": "종로구 세종로 80-1",
    "PRK_STTS_YN": "1",
    "TPKCT": 1260.0,
    "NOW_PRK_VHCL_CNT": 376,
    "NOW_PRK_VHCL_UPDT_TM": "2026-08-10 04:14:30",
}
TRAIN = {
    "subwayId": "1002",
    "updnLine": "내선",
    "statnId": "1002000222",
    "statnNm": "강남",
    "ordkey": "01003성수0",
    "barvlDt": "180",
    "btrainNo": "2146",
    "bstatnNm": "성수",
    "recptnDt": "2026-08-10 04:15:00",
    "arvlMsg2": "3분 후",
    "arvlCd": "99",
    "lstcarAt": "0",
}
LINK = {"LINK_ID": "1220003800", "PRCS_SPD": "31.2", "PRCS_TRV_TIME": "42"}
ROWS = {
    "air_now": AIR,
    "bikes_now": BIKES,
    "crowding_now": CROWD,
    "parking_now": CAR_PARK,
    "subway_arrivals": TRAIN,
    "road_speed_now": LINK,
}
STAMPS = {
    "air_now": "MSRMT_DT",
    "crowding_now": "PPLTN_TIME",
    "parking_now": "NOW_PRK_VHCL_UPDT_TM",
    "subway_arrivals": "recptnDt",
}


def page(rows: Any) -> dict[str, Any]:
    """Return rows in the usual envelope; one row may come without a list around it."""
    count = len(rows) if isinstance(rows, list) else 1
    return {"service": {"list_total_count": count, "RESULT": FINE, "row": rows}}


def clean_page(name: str, folder: Path, *documents: Any) -> Cleaned:
    """Return what a dataset of Seoul publishes and rejects of pages received at `RECEIVED`.

    Args:
        name: Dataset of the catalogue; its feed's cleaner cleans.
        folder: Where the pages are written.
        documents: Each a page: bytes as they are, everything else as JSON.
    """
    parts = []
    for number, document in enumerate(documents):
        path = folder / f"{number}.json"
        is_bytes = isinstance(document, bytes)
        path.write_bytes(document if is_bytes else json.dumps(document).encode())
        parts.append(path)
    fetched = Fetched(tuple(parts), "pages", checksum(parts), received_at=RECEIVED)
    dataset = seoul().dataset(name)
    assert dataset.fed_by
    module = importlib.import_module(f"data_sources.{dataset.fed_by.system}")
    return conform(getattr(module, dataset.fed_by.cleaner)(fetched, seoul()), dataset, seoul())
