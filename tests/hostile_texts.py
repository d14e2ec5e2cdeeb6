"""Texts that people and feeds may send: what would run, what would break a page, what deceives.

Each that would run sets the canary, and says in which hands it would; a control page proves it.
"""

import dataclasses
import html
from collections.abc import Callable

CANARY = "window.__canary"
SING = f"{CANARY}=1"
SUNG = f"{CANARY} === 1"
MEGABYTES = 10
KOREAN = "민원"


@dataclasses.dataclass(frozen=True)
class HostileText:
    """A text, and a page on which it runs.

    Attributes:
        name: What it tries, in words.
        text: As sent.
        careless: Makes of it the page of somebody who does not escape; None where it only deceives
            the eye or breaks a layout.
        is_pressed: Whether somebody must press a link.
    """

    name: str
    text: str
    careless: Callable[[str], str] | None = None
    is_pressed: bool = False


def _inside(text: str) -> str:
    return f"<!doctype html><p>{text}</p>"


def _decoded(text: str) -> str:
    return _inside(html.unescape(text))


def _decoded_twice(text: str) -> str:
    return _inside(html.unescape(html.unescape(text)))


def _decoded_closely(text: str) -> str:
    return _decoded(text).replace("< img", "<img")


def _stripped_once(text: str) -> str:
    """Take one tag out, as a filter by a word does."""
    return _inside(text.replace("<script>", "", 1).replace("</script>", "", 1))


def _whole(text: str) -> str:
    return f"<!doctype html>{text}"


def _in_a_comment(text: str) -> str:
    return f"<!doctype html><!-- {text} -->"


def _in_double_quotes(text: str) -> str:
    return f'<!doctype html><p title="{text}">x</p>'


def _in_single_quotes(text: str) -> str:
    return f"<!doctype html><input value='{text}'>"


def _in_a_script(text: str) -> str:
    return f'<!doctype html><script>const words = "{text}";</script>'


def _in_a_template(text: str) -> str:
    return f"<!doctype html><script>const words = `{text}`;</script>"


def _in_json(text: str) -> str:
    return f'<!doctype html><script type="application/json">["{text}"]</script>'


def _in_a_title(text: str) -> str:
    return f"<!doctype html><title>{text}</title>"


def _in_a_style(text: str) -> str:
    return f"<!doctype html><style>p {{ color: {text} }}</style>"


def _as_an_address(text: str) -> str:
    return f'<!doctype html><a href="{text}">open</a>'


def _as_markdown(text: str) -> str:
    words, _, address = text.removeprefix("[").removesuffix(")").partition("](")
    return f'<!doctype html><a href="{address}">{words}</a>'


RUNNING = (
    HostileText("script", f"{KOREAN}<script>{SING}</script>", _inside),
    HostileText("script in capitals", f"<ScRiPt >{SING}</sCrIpT >", _inside),
    HostileText("script of a data address", f"<script src=data:,{SING}></script>", _inside),
    HostileText("module", f"<script type=module>{SING}</script>", _inside),
    HostileText("picture that fails", f"<img src=x onerror={SING}>", _inside),
    HostileText("picture in quotes", f'<IMG """><img src="x" onerror="{SING}">', _inside),
    HostileText("handler without a space", f'<img/src="x"/onerror={SING}>', _inside),
    HostileText("handler after a line end", f"<img src=x\nonerror\n=\n{SING}>", _inside),
    HostileText("tag left open", f"<img src=x onerror={SING} ", _inside),
    HostileText("drawing", f"<svg onload={SING}>", _inside),
    HostileText("drawing with a script", f"<svg><script>{SING}</script></svg>", _inside),
    HostileText(
        "drawing that moves",
        f"<svg><animate onbegin={SING} attributeName=x dur=1s></svg>",
        _inside,
    ),
    HostileText(
        "disclosure", f"<details open ontoggle={SING}><summary>x</summary></details>", _inside
    ),
    HostileText("field in focus", f"<input autofocus onfocus={SING}>", _inside),
    HostileText("sound", f"<audio src=x onerror={SING}></audio>", _inside),
    HostileText("film", f"<video><source src=x onerror={SING}></video>", _inside),
    HostileText("body", f"<body onload={SING}>", _whole),
    HostileText("style sheet that arrives", f"<style onload={SING}></style>", _inside),
    HostileText("frame", '<iframe srcdoc="<script>parent.__canary=1</script>"></iframe>', _inside),
    HostileText(
        "frame with an address", "<iframe src=javascript:parent.__canary=1></iframe>", _inside
    ),
    HostileText(
        "animation",
        "<style>@keyframes a{}</style>"
        f"<b style=animation:a+1s onanimationstart={SING}>x</b>".replace("+", "&#32;"),
        _inside,
    ),
    HostileText("comment that ends", f"--><img src=x onerror={SING}>", _in_a_comment),
    HostileText("section that ends", f"]]><img src=x onerror={SING}>", _inside),
    HostileText("title that ends", f"</title><img src=x onerror={SING}>", _in_a_title),
    HostileText("style that ends", f"red}}</style><img src=x onerror={SING}>", _in_a_style),
    HostileText("double quote that ends", f'"><img src=x onerror={SING}>', _in_double_quotes),
    HostileText(
        "double quote, handler", f'" autofocus tabindex=0 onfocus="{SING}', _in_double_quotes
    ),
    HostileText("single quote that ends", f"' autofocus onfocus='{SING}", _in_single_quotes),
    HostileText("script's text that ends", f'";{SING};//', _in_a_script),
    HostileText("script that ends", f"</script><script>{SING}</script>", _in_a_script),
    HostileText("JSON that ends", f'"]</script><script>{SING}</script>', _in_json),
    HostileText("template literal", f"${{{SING}}}", _in_a_template),
    HostileText("back-quote", f"`;{SING};`", _in_a_template),
    HostileText("entities", f"&lt;img src=x onerror={SING}&gt;", _decoded),
    HostileText("entities by number", f"&#60;img src=x onerror={SING}&#62;", _decoded),
    HostileText("entities in hexadecimal", f"&#x3c;img src=x onerror={SING}&#x3E", _decoded),
    HostileText("entities without an end", f"&lt img src=x onerror={SING}&gt", _decoded_closely),
    HostileText("entities twice", f"&amp;lt;img src=x onerror={SING}&amp;gt;", _decoded_twice),
    HostileText("tag inside a tag", f"<scr<script>ipt>{SING}</scr</script>ipt>", _stripped_once),
    HostileText("address", f"javascript:{SING}", _as_an_address, is_pressed=True),
    HostileText("address in capitals", f"JaVaScRiPt:{SING}", _as_an_address, is_pressed=True),
    HostileText("address with a tab", f"java\tscript:{SING}", _as_an_address, is_pressed=True),
    HostileText(
        "address with an entity", f"javascript&colon;{SING}", _as_an_address, is_pressed=True
    ),
    HostileText(
        "address after a control", f"\x01javascript:{SING}", _as_an_address, is_pressed=True
    ),
    HostileText("link", f'<a href="javascript:{SING}">open</a>', _inside, is_pressed=True),
    HostileText(
        "link in a drawing",
        f'<svg><a href="javascript:{SING}">' + "<text y=20>open</text></a></svg>",
        _inside,
        is_pressed=True,
    ),
    HostileText(
        "form",
        f'<form action="javascript:{SING}"><button>open</button></form>',
        _inside,
        is_pressed=True,
    ),
    HostileText("Markdown", f"[open](javascript:{SING})", _as_markdown, is_pressed=True),
)

DECEIVING = (
    HostileText("Jinja", "{{ 7 * 7 }}{% for x in y %}{{ config.items() }}"),
    HostileText("Jinja's classes", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    HostileText("Angular", f"{{{{constructor.constructor('{SING}')()}}}}"),
    HostileText("server pages", f"<%= {SING} %><?php echo 1 ?>"),
    HostileText("format", "%s%s%n{0}{title!r}{__class__}$title$" + "%(x)s"),
    HostileText("hover", f"@title{{safe}}@{{x}}{{custom}}<b>{SING}</b>"),
    HostileText("Markdown picture", f'![x](x"onerror="{SING})'),
    HostileText("Bokeh's mathematics", f"$$\\href{{javascript:{SING}}}{{x}}$$"),
    HostileText(
        "parser's namespace",
        "<math><mtext><table><mglyph><style><!--</style>"
        f'<img title="--&gt;&lt;img src=x onerror={SING}&gt;">',
    ),
    HostileText(
        "another page's base",
        "<base href=//evil.example/>" + "<link rel=stylesheet href=//evil.example/a.css>",
    ),
    HostileText("another page's picture", "<img src=//evil.example/a.png>"),
    HostileText("page that moves on", '<meta http-equiv=refresh content="0;url=//evil.example/">'),
    HostileText("full width", f"＜img src=x onerror={SING}＞"),
    HostileText("overlong", f"\ufffd\xbcscript\xbe{SING}\xbc/script\xbe"),
    HostileText("nothing in a tag", f"<\x00img src=x onerror={SING}><im\u200bg src=x>"),
    HostileText("controls", "a\x00b\x07c\x08d\x1b[31me\x7ff\x85g"),
    HostileText("separators", "가\u2028나\u2029다\x0b라\x0c마"),
    HostileText("right to left", "\u202e<gnp.exe\u202c \u2066\u2067abc\u2069"),
    HostileText("half a pair", "가\U0001f468\u200d\U0001f469\ufe0f\ufeff나"),
    HostileText("marks on marks", "가" + "\u0301\u0316\u0335" * 200),
    HostileText("formula", "=cmd|' /C calc'!A0"),
    HostileText("path", "../../../../etc/passwd\\..\\..\\windows"),
    HostileText("SQL", "'; DROP TABLE proposals; --"),
    HostileText("very long word", "W" * 5000),
    HostileText("very long Korean word", "가" * 5000),
    HostileText("nothing to see", "\u3164\u115f\u2800\xad"),
)

CORPUS = (*RUNNING, *DECEIVING)
LONGEST = "끝없는 글 & 물음 " * (MEGABYTES * 1024 * 1024 // len("끝없는 글 & 물음 ".encode()))
