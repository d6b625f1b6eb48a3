"""The fictional world of the sample: a shop and a travel site, their visitors and their pages.

Everything is made from fixed word lists, so that no random stream shapes a name.
"""

from __future__ import annotations

import functools
import itertools

from usql.frozen import dataclass

COUNTRIES: tuple[tuple[str, str], ...] = tuple(
    (country, continent)
    for continent, names in {
        "America": "United States,Brazil,Canada,Mexico,Argentina,Colombia,Chile,Peru,Ecuador,Uruguay",
        "Europe": "Germany,United Kingdom,France,Italy,Spain,Poland,Austria,Netherlands,Sweden,"
        "Switzerland,Belgium,Portugal,Czechia,Norway,Denmark,Finland,Ireland,Romania,Hungary,Greece,"
        "Croatia,Slovakia,Bulgaria,Slovenia,Estonia,Latvia,Lithuania,Iceland",
        "Asia": "India,Japan,South Korea,Indonesia,Singapore,Thailand,Vietnam,Malaysia,Israel,"
        "Philippines,Taiwan,United Arab Emirates,Saudi Arabia,Qatar",
        "Africa": "South Africa,Egypt,Nigeria,Kenya,Morocco,Ghana",
        "Oceania": "Australia,New Zealand",
    }.items()
    for country in names.split(",")
)
"""60 countries with their continents."""

CITIES_PER_COUNTRY = 50
REGIONS_PER_COUNTRY = 5

_FIRST = "Al Bel Cor Dan El Far Gal Hol Is Kar Lin Mar Nor Ost Pal Ros Sal Tor Ver Wes".split()
_MIDDLE = "ba de fi go la mo ni ra se ti".split()
_LAST = "burg dorf field ford ham haven mouth stad ton ville".split()

APPLICATIONS: tuple[tuple[str, bool], ...] = tuple(
    (name, mobile)
    for mobile, names in {
        False: "Web Shop,Travel Site,Account Portal,Hotel Booking,Help Center,Flight Search,Car Rental,"
        "Loyalty Club,Gift Cards,Press Room,Partner Portal,Careers,Travel Blog,Outlet Store",
        True: "Shop for iOS,Shop for Android,Travel for iOS,Travel for Android,Boarding Pass,Store Guide",
    }.items()
    for name in names.split(",")
)
"""20 applications: name, and whether it is a mobile one."""

BROWSERS: tuple[str, ...] = tuple(
    "Chrome,Safari,Edge,Firefox,Chrome Mobile,Safari Mobile,Samsung Internet,Opera,Android WebView,Brave,"
    "Vivaldi,Opera Mobile,Firefox Mobile,UC Browser,DuckDuckGo,Yandex Browser,Silk,Internet Explorer,"
    "Opera Mini,Whale,QQ Browser,MIUI Browser,Epiphany,Falkon,SeaMonkey".split(",")
)
"""25 browser families."""

SYSTEMS = ("Windows", "Android", "iOS", "macOS", "Linux", "Chrome OS")
PROVIDERS = tuple(f"{a} {b}" for a, b in itertools.product(
    ("North", "Blue", "City", "Metro", "Open", "Prime", "Swift", "Union"),
    ("Telecom", "Net", "Cable", "Fiber", "Wireless"),
))  # fmt: skip
DEVICES = tuple(f"{maker} {model}" for maker, model in itertools.product(
    ("Apple", "Samsung", "Google", "Xiaomi", "OnePlus", "Sony"), ("S", "Pro", "Lite", "Max", "Mini"),
))  # fmt: skip
TIERS = ("bronze", "silver", "gold", "platinum")
CAMPAIGNS = ("spring-sale", "newsletter", "search-ad", "social", "partner", "retargeting")
GOALS = ("Payment", "Booking", "Sign-up", "Newsletter")
ERRORS = tuple(
    f"{kind} {place}" for kind, place in itertools.product(
        ("TypeError: x is undefined in", "500 from", "Timeout at", "404 from", "Script error in"),
        ("/api/cart", "/api/pay", "/api/search", "/api/login", "/img/banner", "checkout.js", "app.js"),
    )
)  # fmt: skip

STAGES = (
    "landing",
    "search",
    "product",
    "cart",
    "pay",
    "book",
    "confirmation",
    "login",
    "account",
    "other",
)
"""What an action is part of; a journey walks from stage to stage."""

_TOPICS = (
    "shoes jackets laptops phones cameras games toys books garden kitchen flights hotels cars trains "
    "cruises tours beach mountain city-break museum"
).split()
_QUALITIES = "new used cheap luxury family kids summer winter express eco".split()
_PATTERNS: dict[str, tuple[str, ...]] = {
    "landing": ("loading of page /{t}/{q}/welcome", "loading of start page for {q} {t}"),
    "search": ("loading of page /search?category={t}&filter={q}", "click on \"search {q} {t}\" on page /{t}"),
    "product": ("loading of page /{t}/{q}/details", "click on \"show details of {q} {t}\""),
    "cart": ("click on \"add to cart\" on page /{t}/{q}", "loading of page /cart with {q} {t}"),
    "pay": ("click on \"pay now\" on page /checkout/{t}/{q}", "loading of page /checkout/payment/{t}/{q}"),
    "book": ("click on \"book now\" on page /{t}/{q}/offer", "loading of page /booking/{t}/{q}/options"),
    "confirmation": ("loading of page /confirmation/{t}/{q}/thank-you",),
    "login": ("click on \"sign in\" on page /{t}/{q}/login",),
    "account": ("loading of page /account/orders/{t}/{q}", "click on \"change settings\" on page /account/{t}/{q}"),
    "other": ("loading of page /help/{t}/{q}/questions", "click on \"rate our {q} {t}\" on page /feedback"),
}  # fmt: skip
ACTION_NAME_COUNT = 5000


@dataclass(frozen=True)
class ActionNames:
    """All action names; those of stage s are ``names[first[s]:first[s + 1]]``, frequent ones first."""

    names: tuple[str, ...]
    first: tuple[int, ...]


@functools.cache
def action_names() -> ActionNames:
    """5,000 distinct action names of 20 to 80 characters, shared out evenly over the stages."""
    each = ACTION_NAME_COUNT // len(STAGES)
    names: list[str] = []
    first = [0]
    for stage in STAGES:
        distinct: dict[str, None] = {}
        for number in itertools.count():
            for quality, topic in itertools.product(_QUALITIES, _TOPICS):
                for pattern in _PATTERNS[stage]:
                    suffix = f" #{number}" if number else ""
                    name = pattern.format(t=topic, q=quality) + suffix
                    if 20 <= len(name) <= 80:
                        distinct[name] = None
            if len(distinct) >= each:
                break
        names += list(distinct)[:each]
        first.append(len(names))
    return ActionNames(tuple(names), tuple(first))


@functools.cache
def cities() -> tuple[str, ...]:
    """3,000 distinct city names; those of country c are the 50 from ``50 * c`` on."""
    combined = (a + b + c for a, c, b in itertools.product(_FIRST, _LAST, _MIDDLE))
    count = len(COUNTRIES) * CITIES_PER_COUNTRY
    names = list(itertools.islice(combined, len(_FIRST) * len(_LAST) * len(_MIDDLE)))
    # Beyond the plain names the same ones come with a prefix.
    return tuple((names + [f"New {n}" for n in names])[:count])


@functools.cache
def regions() -> tuple[str, ...]:
    """Five regions a country."""
    sides = ("North", "South", "East", "West", "Central")
    return tuple(f"{side} {country}" for country, _ in COUNTRIES for side in sides)
