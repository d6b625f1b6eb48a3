"""Example questions for the sample, at least one for each view of the page."""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A question, its title, and the view that shows its answer best."""

    title: str
    view: str
    text: str


EXAMPLES = (
    Example(
        "Sessions, how long they last, and how much is done in them",
        "single-value",
        "SELECT COUNT(*) AS sessions, MEDIAN(duration) AS median, AVG(userActionCount) AS actions\n"
        "FROM usersession",
    ),
    Example(
        "Sessions per day, by kind of user",
        "line",
        "SELECT DATETIME(startTime, 'yyyy-MM-dd', '1d') AS day, userType, COUNT(*)\n"
        "FROM usersession\n"
        "GROUP BY day, userType\n"
        "LIMIT 1000",
    ),
    Example(
        "Countries with the most sessions",
        "bar",
        "SELECT country, COUNT(*) AS sessions\nFROM usersession\nGROUP BY country\nLIMIT 12",
    ),
    Example(
        "Browsers in the countries with the most sessions",
        "stacked-bar",
        "SELECT TOP(country, 8) AS place, TOP(browserFamily, 5) AS browser, COUNT(*)\n"
        "FROM usersession\n"
        "GROUP BY place, browser\n"
        "LIMIT 100",
    ),
    Example(
        "How long sessions of each country last in each browser",
        "heat-map",
        "SELECT TOP(country, 10) AS place, TOP(browserFamily, 6) AS browser, MEDIAN(duration)\n"
        "FROM usersession\n"
        "GROUP BY place, browser\n"
        "LIMIT 100",
    ),
    Example(
        "How long sessions last",
        "histogram",
        "SELECT duration\n"
        "FROM usersession\n"
        "WHERE userType = 'REAL_USER' AND duration < 600000\n"
        "LIMIT 5000",
    ),
    Example(
        "How many of those who look also buy",
        "funnel",
        "SELECT FUNNEL(\n"
        "  useraction.name LIKE '*details*' AS looked,\n"
        "  useraction.name LIKE '*cart*' AS chose,\n"
        "  useraction.name LIKE '*payment*' AS paid,\n"
        "  useraction.name LIKE '*thank-you*' AS bought)\n"
        "FROM usersession",
    ),
    Example(
        "Applications, their kinds of actions, and how fast those are",
        "tree",
        "SELECT application, type, COUNT(*) AS actions, MEDIAN(duration) AS median\n"
        "FROM useraction\n"
        "GROUP BY application, type\n"
        "LIMIT 200",
    ),
    Example(
        "The slowest actions",
        "table",
        "SELECT name, application, duration, usersession.country, startTime\n"
        "FROM useraction\n"
        "ORDER BY duration DESC\n"
        "LIMIT 100",
    ),
    Example(
        "Sessions that ended with an error, to be looked at one by one",
        "table",
        "SELECT userSessionId, startTime, duration, country, usererror.name, userActionCount\n"
        "FROM usersession\n"
        "WHERE totalErrorCount > 0\n"
        "ORDER BY startTime DESC\n"
        "LIMIT 200",
    ),
)
"""Ten questions."""
