"""Plain text from what citizens wrote: no markup, and no telephone, e-mail or resident number.

Markup is removed and entities are decoded before anything is masked, so that a number split by a
tag or written in entities or full-width digits is found like any other.
"""

import html
import re

import nh3

LINE_END = re.compile(r"(?i)<br\s{0,9}/?>|</(?:p|div|li|tr|h[1-6])\s{0,9}>")
ANY_TAG = re.compile(r"<[^<>]{0,1000}>")
MOST_TAGS = 5000  # the longest proposal of Seoul has fewer
HELD = "\ufdd0"  # stands for `&`; no text has it, for Unicode says that it is no character
OPENING_TAG = re.compile(r"<(?=[A-Za-z/!?])")
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffd]"
)
SPACES = re.compile(r"[^\S\n]+")
BLANK_LINES = re.compile(r"\s*\n\s*")
HALF_WIDTH = str.maketrans("０１２３４５６７８９－＠．", "0123456789-@.")

# Every repetition is bounded: a pattern must stay linear on a text of any length.
MASKS = (
    (
        re.compile(
            r"(?<!\d)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            r"[ ]{0,2}[-–~]?[ ]{0,2}[1-8][\d*]{6}(?!\d)"
        ),
        "[ID]",
    ),
    (
        re.compile(
            r"[\w.+%-]{1,64}[ ]{0,2}(?:@|[(\[]at[)\]])[ ]{0,2}[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}",
            re.IGNORECASE,
        ),
        "[EMAIL]",
    ),
    (
        re.compile(
            r"(?<!\d)(?:\+?82[ .)-]{0,3}\(?0?|\(?0)(?:1[016-9]|2|[3-6]\d|70|80|50\d)"
            r"[ .)\-–~]{0,3}\d{3,4}[ .\-–~]{0,3}\d{4}(?!\d)"
        ),
        "[PHONE]",
    ),
)
SURNAMES = (
    "강고곽구권김나남노류문민박배백변서성손송신심안양엄여오우원유윤이임장전정조주지진차채천최추하한"
    "함허홍황"
)
NAME = rf"[{SURNAMES}][가-힣]{{2}}(?![가-힣])"
REPLY_MASKS = (
    (re.compile(r"(?<!\d)(?!(?:19|20)\d\d[-–])\d{3,4}[ ]?[-–)][ ]?\d{3,4}(?!\d)"), "[PHONE]"),
    (
        re.compile(rf"(?<![가-힣])(담당(?:자|관)?|주무관|팀장|과장|사무관)([ :(]{{1,3}}){NAME}"),
        r"\1\2[NAME]",
    ),
    (re.compile(rf"(?<![가-힣]){NAME}([ ]{{1,2}})(주무관|팀장|과장|사무관|담당)"), r"[NAME]\1\2"),
)


def plain_text(markup: str | None) -> str | None:
    """Return text without markup and personal numbers; None where nothing is left to read.

    Lines end where paragraphs did. A `<` that could open a tag for some later reader becomes `‹`.

    Args:
        markup: HTML, or text with entities; None is no text.
    """
    if markup is None:
        return None
    once = html.unescape(_without_tags(LINE_END.sub("\n", markup)))
    visible = INVISIBLE.sub("", html.unescape(once))  # some bodies were escaped twice
    text = SPACES.sub(" ", OPENING_TAG.sub("‹", visible)).translate(HALF_WIDTH)
    return BLANK_LINES.sub("\n", masked(text)).strip() or None


def _without_tags(markup: str) -> str:
    """Return what is left of HTML, its entities as they were and those of nh3 among them.

    nh3 takes the square of the entities and of the tags inside one another: of 880,000 letters
    with 80,000 entities it took 10 s, of 40,000 tags 13 s. So it meets no entity and few tags.
    """
    held = markup.replace(HELD, "").replace("&", HELD)
    if held.count("<") > MOST_TAGS:
        held = ANY_TAG.sub(" ", held)
    return nh3.clean(held, tags=set()).replace(HELD, "&")


def masked(text: str) -> str:
    """Return text with personal numbers replaced by `[ID]`, `[EMAIL]` and `[PHONE]`."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return text


def masked_reply(text: str) -> str:
    """Return an official's reply with office numbers and the names of those in charge replaced.

    A word of three syllables that begins with a surname counts as a name beside a title such as
    담당 or 주무관; beside these, now and then, another word is masked too.
    """
    for pattern, name in REPLY_MASKS:
        text = pattern.sub(name, text)
    return text
