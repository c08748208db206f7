"""What a viewer chooses for the eyes and the hand: language, theme, size of type, left or right."""

from dataclasses import dataclass

from flask import Response, request

from commandcenter.host.words import Words
from commandcenter.web.services import Services

YEAR_SECONDS = 365 * 24 * 3600
THEMES = ("dark", "light", "auto")
"""`auto` is by the light: as the system has it, or as a sensor of the browser's sees it."""
HANDS = ("right", "left")
TYPES = ("normal", "large")
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def language(services: Services) -> str:
    """Return the language of this request: from its address, its cookie, or the default."""
    return _chosen("lang", languages(services))


@dataclass(frozen=True, slots=True)
class Looks:
    """How pages look for one viewer; each word is one of THEMES, HANDS and TYPES."""

    theme: str
    hand: str
    type: str

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is in force, as an address would choose it."""
        return f"theme={self.theme}", f"hand={self.hand}", f"type={self.type}"

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the html element, none for what is usual."""
        return tuple(name for name in (self.hand, self.type) if name in ("left", "large"))


def looks() -> Looks:
    """Return how pages look for this request."""
    return Looks(theme(), _chosen("hand", HANDS), _chosen("type", TYPES))


def theme() -> str:
    """Return the theme of this request, dark by default."""
    return _chosen("theme", THEMES)


def languages(services: Services) -> tuple[str, ...]:
    """Return the languages there are, the server's own first."""
    own = services.settings.language
    return tuple(sorted(services.words, key=lambda name: name != own))


def words(services: Services) -> Words:
    """Return the words in the language of this request."""
    return services.words[language(services)]


def html_language(services: Services) -> str:
    """Return the language of this request as the HTML attribute has it."""
    chosen = language(services)
    return HTML_LANGUAGES.get(chosen, chosen)


def other_language(services: Services) -> str:
    """Return the language that a switch leads to."""
    known = languages(services)
    return known[(known.index(language(services)) + 1) % len(known)]


def remember(services: Services, answer: Response) -> Response:
    """Keep in cookies what the address chose."""
    if not request.args:
        return answer
    looks = (("theme", THEMES), ("hand", HANDS), ("type", TYPES))
    for name, known in (("lang", languages(services)), *looks):
        value = request.args.get(name)
        if value in known and value != request.cookies.get(name):
            secure = services.settings.secure_cookies
            answer.set_cookie(
                name, value, YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax"
            )
    return answer


def _chosen(name: str, known: tuple[str, ...]) -> str:
    given = request.args.get(name)
    if given in known:
        return given
    # Programs send no cookies: to look through the headers of each of their requests takes time.
    kept = request.cookies.get(name) if "HTTP_COOKIE" in request.environ else None
    return kept if kept in known else known[0]
