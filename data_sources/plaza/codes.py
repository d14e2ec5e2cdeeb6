"""The result codes of the Seoul Open Data Plaza: what each means and what to do about it."""

from cityboard.errors import PassingError, SourceError
from data_sources.plaza.key import VARIABLE

FINE = "INFO-000"
NO_DATA = "INFO-200"
PASSING = frozenset({"ERROR-500", "ERROR-600"})

# The Korean words are the publisher's, from the specification sheet of each service.
REMEDIES: dict[str, tuple[str, str]] = {
    "INFO-100": (
        "인증키가 유효하지 않습니다.",
        f"The key is not valid. Set {VARIABLE} to the key issued to you at "
        "https://data.seoul.go.kr.",
    ),
    "ERROR-300": (
        "필수 값이 누락되어 있습니다.",
        "A required argument is missing: see the service's page for its arguments and their order.",
    ),
    "ERROR-301": (
        "파일타입 값이 누락 혹은 유효하지 않습니다.",
        "The file type is not valid: the service gives no JSON.",
    ),
    "ERROR-310": (
        "해당하는 서비스를 찾을 수 없습니다.",
        "There is no such service: check its name (capitals count) on its page.",
    ),
    "ERROR-331": ("요청시작위치 값을 확인하십시오.", "The first row asked for is not valid."),
    "ERROR-332": ("요청종료위치 값을 확인하십시오.", "The last row asked for is not valid."),
    "ERROR-333": (
        "요청위치 값의 타입이 유효하지 않습니다.",
        "The rows asked for are not whole numbers.",
    ),
    "ERROR-334": (
        "요청종료위치 보다 요청시작위치가 더 큽니다.",
        "The last row asked for lies before the first.",
    ),
    "ERROR-335": (
        "샘플키는 한번에 최대 5건을 넘을 수 없습니다.",
        f"The sample key gives rows 1 to 5 only: set {VARIABLE} to a key of your own.",
    ),
    "ERROR-336": (
        "데이터요청은 한번에 최대 1000건을 넘을 수 없습니다.",
        "More than 1,000 rows were asked for at once.",
    ),
    "ERROR-500": ("서버 오류입니다.", "The Plaza's server failed; try again later."),
    "ERROR-600": (
        "데이터베이스 연결 오류입니다.",
        "The Plaza's database could not be reached; try again later.",
    ),
    "ERROR-601": (
        "SQL 문장 오류 입니다.",
        "The Plaza's own query failed: check the arguments, then ask its Q&A board.",
    ),
}
UNKNOWN = ("알 수 없는 결과 코드입니다.", "The code is not in the Plaza's specification.")


def refusal(code: str, message: str, *, asked: str) -> SourceError:
    """Return the error for a result code other than `FINE` and `NO_DATA`.

    Args:
        code: As answered.
        message: The service's own words; shown where they say more than the specification's.
        asked: The URL without secrets.

    Returns:
        A `PassingError` where another try may help.
    """
    korean, english = REMEDIES.get(code, UNKNOWN)
    said = " ".join(message.split())[:300]
    words = said if korean.rstrip(".") in said else f"{korean} {said}".strip()
    kind = PassingError if code in PASSING else SourceError
    return kind(f"{asked} answered {code}: {english} ({words})")
