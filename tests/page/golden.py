"""Questions whose answers together have every view."""

from __future__ import annotations

GOLDEN = {
    "groups": "SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country LIMIT 4",
    "two-keys": "SELECT country, userType, COUNT(*) FROM usersession GROUP BY country, userType LIMIT 5",
    "two-keys-mean": "SELECT country, userType, AVG(duration) FROM usersession GROUP BY country, userType LIMIT 5",
    "three-keys": "SELECT continent, country, city, COUNT(*) FROM usersession GROUP BY continent, country, city LIMIT 5",
    "days": "SELECT DATETIME(startTime, 'yyyy-MM-dd') AS day, COUNT(*) FROM usersession GROUP BY day LIMIT 4",
    "hours": "SELECT HOUR(startTime) AS hour, userType, COUNT(*) FROM usersession GROUP BY hour, userType ORDER BY hour LIMIT 4",
    "times": "SELECT startTime, duration FROM usersession LIMIT 3",
    "numbers": "SELECT duration FROM usersession LIMIT 20",
    "one-row": "SELECT COUNT(*), AVG(duration), MAX(startTime) FROM usersession",
    "funnel": 'SELECT FUNNEL(useraction.name LIKE "*search*" AS "searched", useraction.name LIKE "*cart*" AS "cart") FROM usersession',
    "lists": "SELECT city, useraction.name FROM usersession WHERE userActionCount = 2 LIMIT 2",
    "nothing": "SELECT city FROM usersession WHERE city = 'Nowhere'",
}

CHARTS = ("line", "bar", "stacked-bar", "heat-map", "histogram", "single-value")
