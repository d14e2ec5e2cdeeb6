"""Registers of places that serve the public: fire stations and hospitals of Seoul."""

import polars as pl
import pyproj
import shapely

from cityboard.catalog import Catalog
from cityboard.errors import SourceError
from data_sources.clock import day
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import area_of_points
from data_sources.tables import read_parts

FIRE_STATION_CRS = "EPSG:5186"  # agrees to the nanometre with the 24 stations geocoded elsewhere
HOSPITAL_CRS = "EPSG:5174"  # median 50 m from 52 hospitals geocoded elsewhere; EPSG:2097 is 282 m

STATION_KINDS = {"소방서": "station", "안전센터/구조대": "centre_or_rescue_unit"}
HOSPITAL_KINDS = {
    "종합병원": "general",
    "병원": "hospital",
    "치과병원": "dental",
    "한방병원": "korean_medicine",
    "요양병원(일반요양병원)": "long_term_care",
    "요양병원(노인병원)": "geriatric",
    "요양병원(정신병원)": "psychiatric",
    "요양병원(장애인의료재활시설)": "rehabilitation",
}
HOSPITAL_STATES = {
    "영업/정상": "open",
    "휴업": "suspended",
    "폐업": "closed",
    "취소/말소/만료/정지/중지": "cancelled",
    "제외/삭제/전출": "moved_away",
}


def fire_stations(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of fire stations, safety centres and rescue units.

    Args:
        fetched: UTF-8 CSV with BOM; coordinates in metres (EPSG:5186).
        catalog: Knows the outlines of the districts.
    """
    frame = read_parts(fetched, read_csv)
    parents = frame.unique("서ㆍ센터ID", keep="first", maintain_order=True).select(
        parent="서ㆍ센터ID", parent_name="서ㆍ센터명"
    )
    frame = frame.join(
        parents, left_on="상위서ㆍ센터ID", right_on="parent", how="left", maintain_order="left"
    )
    frame = _with_points(frame, catalog, x="X좌표", y="Y좌표", crs=FIRE_STATION_CRS)
    return frame.with_columns(
        station_id_seoul="서ㆍ센터ID",
        station_name="서ㆍ센터명",
        station_kind=pl.col("유형구분명").replace(STATION_KINDS),
    )


def fire_station_distances(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of how far each neighbourhood's middle is from the nearest fire station.

    Args:
        fetched: As `fire_stations` takes it.
        catalog: Knows the middles of the neighbourhoods (degrees, WGS 84).

    Returns:
        (a row per neighbourhood) `distance_m` in a straight line, whole metres; the row in the
        source is that of the station.

    Raises:
        SourceError: No station stands in the city.
    """
    stations = fire_stations(fetched, catalog).drop_nulls("district_code")
    if stations.is_empty():
        msg = f"{fetched.request}: none of its fire stations stands in the city. Fetch it again."
        raise SourceError(msg)
    middles = [
        (area.code, area.lon, area.lat)
        for area in catalog.areas("neighbourhood")
        if area.lon is not None and area.lat is not None
    ]
    codes, lon, lat = zip(*middles, strict=True)
    to_metres = pyproj.Transformer.from_crs(catalog.city.crs, FIRE_STATION_CRS, always_xy=True)
    tree = shapely.STRtree(shapely.points(*to_metres.transform(stations["lon"], stations["lat"])))
    (from_area, nearest), metres = tree.query_nearest(
        shapely.points(*to_metres.transform(lon, lat)), return_distance=True, all_matches=False
    )
    return stations[nearest].with_columns(
        pl.Series("neighbourhood_code", codes).gather(from_area),
        pl.Series("distance_m", metres).round().cast(pl.Int32),
    )


def hospitals(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of hospitals, open and closed.

    The licensing office is always given and its district is the hospital's; 113 hospitals have no
    coordinates. The telephone number is left behind.

    Args:
        fetched: UTF-8 CSV with BOM of the local licence register; coordinates in metres
            (EPSG:5174); 1900-01-01 stands for an unknown day of licence.
        catalog: Knows the district codes.
    """
    frame = read_parts(fetched, read_csv).drop("전화번호")
    frame = _with_points(frame, catalog, x="좌표정보(X)", y="좌표정보(Y)", crs=HOSPITAL_CRS)
    licensed = day(pl.col("인허가일자"))
    return frame.with_columns(
        district_code=pl.col("개방자치단체코드").replace_strict(_offices(catalog), default=None),
        hospital_id_mois="관리번호",
        hospital_name="사업장명",
        hospital_kind=pl.col("업태구분명").replace(HOSPITAL_KINDS),
        state=pl.col("영업상태명").replace(HOSPITAL_STATES),
        open_hospitals=(pl.col("영업상태명") == "영업/정상").cast(pl.Int32),
        licensed_date=pl.when(licensed.dt.year() > 1900).then(licensed),
        closed_date=day(pl.col("폐업일자")),
        beds="병상수",
        address=pl.coalesce("도로명주소", "지번주소"),
    )


def _with_points(
    frame: pl.DataFrame, catalog: Catalog, *, x: str, y: str, crs: str
) -> pl.DataFrame:
    """Return the frame with `lon`, `lat` (degrees, WGS 84; null where unknown), `district_code`.

    Args:
        frame: Metres as text in columns `x` (east) and `y` (north) of `crs`.
        catalog: Knows the outlines of the districts.
        x: Column of eastings.
        y: Column of northings.
        crs: CRS of both.
    """
    metres = frame.select(pl.col(x, y).cast(pl.Float64, strict=False)).to_numpy()
    to_degrees = pyproj.Transformer.from_crs(crs, catalog.city.crs, always_xy=True)
    lon, lat = to_degrees.transform(metres[:, 0], metres[:, 1])
    degrees = pl.DataFrame({"lon": lon, "lat": lat}).fill_nan(None)
    return frame.with_columns(degrees).with_columns(area_of_points(degrees, catalog))


def _offices(catalog: Catalog) -> dict[str, str]:
    """Return the district code of every licensing office.

    Offices are numbered from 3000000 in steps of 10000, in the order of the district codes.
    """
    codes = sorted({area.code for area in catalog.all_areas if area.level == "district"})
    return {str(3_000_000 + 10_000 * n): code for n, code in enumerate(codes)}
