"""Queries of every kind over the sample: the engine's ways are tested on them."""

from __future__ import annotations

QUERIES = r"""
SELECT COUNT(*) FROM usersession
SELECT COUNT(*) FROM useraction WHERE duration > 1000
SELECT COUNT(*) FROM usersession WHERE useraction.name LIKE "*search*"
SELECT COUNT(*) FROM usersession WHERE useraction.duration > 1000000
SELECT COUNT(*) FROM usersession WHERE startTime BETWEEN 1772500000000 AND 1772700000000 AND bounce = FALSE
SELECT COUNT(*) FROM usersession WHERE startTime < 0 OR endTime IS NULL
SELECT COUNT(*) FROM useraction WHERE usersession.startTime > 1772700000000 AND usersession.country = "Spain" AND type = "Load"
SELECT COUNT(*) FROM usersession WHERE NOT (useraction.type = "Xhr" OR country IS NULL) AND ip BETWEEN "52.0.0.0" AND "99.0.0.0"
SELECT COUNT(*) FROM usersession WHERE ip LIKE "*:*" OR ip STARTSWITH "7" OR ip IN ("52.1.2.3", "2a01::1")
SELECT COUNT(*) FROM usersession WHERE duration IN (5, 0, 9007199254740993) OR doubleProperties.revenue < 0.5
SELECT COUNT(*) FROM usersession WHERE stringProperties IS NULL AND matchingConversionGoals != "Payment"
SELECT COUNT(*) FROM usererror WHERE name LIKE "?*\\*" OR name LIKE "*next?line" OR type IS NULL
SELECT FUNNEL(useraction.name LIKE "*search*" AS a, useraction.duration > 500 AS b, NOT usererror.type = "Crash" AS c, bounce = FALSE AS d) FROM usersession
SELECT FUNNEL(duration > 100, usersession.bounce = FALSE, name LIKE "*a*") FROM useraction WHERE type IN ("Load", "Xhr")
SELECT FUNNEL(duration < 0, country = "Spain") FROM usersession
SELECT country, COUNT(*) FROM usersession GROUP BY country
SELECT country, city, COUNT(*), AVG(duration), SUM(duration) FROM usersession GROUP BY country, city
SELECT country, city, COUNT(*) FROM usersession WHERE useraction.name LIKE "*cart*" GROUP BY country, city LIMIT 7
SELECT TOP(country, 3), TOP(city, 2), COUNT(*) FROM usersession GROUP BY country, city
SELECT bounce, newUser, userType, MIN(duration), MAX(duration), SUM(userActionCount) FROM usersession GROUP BY bounce, newUser, userType
SELECT bounce, SUM(totalErrorCount), AVG(totalErrorCount) FROM usersession WHERE totalErrorCount > -9 GROUP BY bounce
SELECT country, COUNT(DISTINCT userId), COUNT(DISTINCT city), COUNT(DISTINCT duration) FROM usersession GROUP BY country
SELECT COUNT(DISTINCT useraction.name), COUNT(DISTINCT useraction.duration), COUNT(DISTINCT matchingConversionGoals) FROM usersession
SELECT country, COUNT(DISTINCT useraction.name), COUNT(useraction.name), COUNT(usererror.type) FROM usersession GROUP BY country
SELECT MEDIAN(duration), PERCENTILE(duration, 95), PERCENTILE(duration, 0), PERCENTILE(duration, 100) FROM usersession
SELECT country, MEDIAN(duration), PERCENTILE(duration, 12.5) FROM usersession GROUP BY country
SELECT name, COUNT(*), AVG(duration), MEDIAN(duration), PERCENTILE(duration, 95) FROM useraction GROUP BY name
SELECT type, MEDIAN(startTime), MEDIAN(cumulativeLayoutShift), AVG(cumulativeLayoutShift), SUM(cumulativeLayoutShift), MIN(cumulativeLayoutShift) FROM useraction GROUP BY type
SELECT MEDIAN(doubleProperties.revenue), MAX(doubleProperties.revenue), MIN(doubleProperties.revenue), COUNT(doubleProperties.revenue) FROM usersession
SELECT country, MEDIAN(useraction.duration), AVG(useraction.duration), SUM(useraction.duration), MAX(useraction.duration), MIN(useraction.startTime) FROM usersession GROUP BY country
SELECT useraction.application, COUNT(*), AVG(useraction.duration) FROM usersession GROUP BY useraction.application
SELECT useraction.application, useraction.type, country, COUNT(*), MEDIAN(useraction.duration) FROM usersession GROUP BY useraction.application, useraction.type, country
SELECT useraction.application, bounce, matchingConversionGoals, COUNT(*) FROM usersession WHERE duration > 1000 GROUP BY useraction.application, bounce, matchingConversionGoals
SELECT TOP(useraction.name, 4), TOP(usererror.type, 2), COUNT(*), SUM(duration) FROM usersession WHERE duration < 1000000 GROUP BY useraction.name, usererror.type
SELECT matchingConversionGoals, COUNT(*), TOP(country, 2) FROM usersession GROUP BY matchingConversionGoals
SELECT useraction.duration, COUNT(*) FROM usersession WHERE useraction.duration < 300 GROUP BY useraction.duration LIMIT 40
SELECT useraction.matchingConversionGoals, COUNT(*) FROM usersession GROUP BY useraction.matchingConversionGoals
SELECT usersession.country, application, AVG(duration), COUNT(*) FROM useraction WHERE usersession.browserFamily IN ("Chrome", "Firefox") GROUP BY usersession.country, application
SELECT usersession.country, COUNT(*), SUM(usersession.duration), COUNT(DISTINCT usersession.userId) FROM useraction WHERE usersession.bounce = FALSE GROUP BY usersession.country
SELECT usersession.country, type, MEDIAN(usersession.duration), MAX(startTime) FROM useraction WHERE usersession.country != "Spain" AND duration > 200 GROUP BY usersession.country, type
SELECT usersession.city, COUNT(*) FROM usererror GROUP BY usersession.city ORDER BY COUNT(*) DESC, usersession.city LIMIT 9
SELECT usersession.startTime, COUNT(*) FROM userevent GROUP BY usersession.startTime LIMIT 12
SELECT DATETIME(startTime, "yyyy-MM-dd HH:mm", "5m") AS t, COUNT(*), AVG(duration) FROM usersession GROUP BY t LIMIT 5000
SELECT DATETIME(startTime, "yyyy-MM-dd", "1d") AS t, COUNT(*), SUM(userActionCount), SUM(duration) FROM usersession WHERE startTime > 1772409600000 GROUP BY t
SELECT DATETIME(startTime, "E") AS t, COUNT(*), MAX(duration) FROM usersession GROUP BY t
SELECT DATETIME(startTime, "yyyy-MM", "month") AS t, country, COUNT(*) FROM usersession GROUP BY t, country
SELECT DATETIME(startTime, "d.M.", "2 weeks") AS t, COUNT(*) FROM useraction GROUP BY t
SELECT HOUR(startTime) AS h, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY h
SELECT YEAR(useraction.startTime) AS y, MONTH(useraction.startTime) AS m, COUNT(*) FROM usersession GROUP BY y, m
SELECT DATETIME(useraction.startTime, "HH", "6h") AS t, COUNT(*) FROM usersession GROUP BY t
SELECT DATETIME(usersession.startTime, "E HH", "1h") AS t, COUNT(*) FROM useraction WHERE usersession.startTime > 1772700000000 GROUP BY t
SELECT stringProperties.tier, SUM(doubleProperties.revenue), AVG(duration), COUNT(*) FROM usersession WHERE startTime BETWEEN 1772450000000 AND 1773000000000 GROUP BY stringProperties.tier
SELECT DISTINCT KEYS(stringProperties), COUNT(*) FROM usersession
SELECT DISTINCT country, doubleProperties.revenue FROM usersession WHERE doubleProperties.revenue > 100 LIMIT 30
SELECT DISTINCT longProperties.items, COUNT(*) FROM usersession
SELECT country, CONDITION(COUNT(*), WHERE useraction.name LIKE "*cart*") AS carts, CONDITION(AVG(duration), WHERE bounce = FALSE), CONDITION(COUNT(DISTINCT city), WHERE duration > 5000), CONDITION(MEDIAN(duration), WHERE newUser = TRUE) FROM usersession GROUP BY country
SELECT country, CONDITION(SUM(useraction.duration), WHERE bounce = FALSE), CONDITION(MIN(useraction.duration), WHERE userActionCount > 3), CONDITION(MAX(duration), WHERE country = "Spain") FROM usersession GROUP BY country
SELECT country, COUNT(*) FILTER > 20, AVG(duration) FILTER >= 100 FROM usersession GROUP BY country ORDER BY AVG(duration) DESC
SELECT city, COUNT(*), COUNT(endTime), COUNT(stringProperties.tier), COUNT(useraction.cumulativeLayoutShift) FROM usersession GROUP BY city ORDER BY COUNT(*) DESC LIMIT 6
SELECT city, MEDIAN(duration), COUNT(DISTINCT useraction.type), MAX(useraction.duration) FROM usersession GROUP BY city ORDER BY city LIMIT 5
SELECT country, browserFamily FROM usersession GROUP BY country LIMIT 8
SELECT application, DATETIME(startTime, "E") AS days, TOP(name, 3), DATETIME(MAX(startTime)) FROM useraction GROUP BY application
SELECT country FROM usersession GROUP BY country ORDER BY duration DESC LIMIT 9
SELECT userSessionId, startTime, duration FROM usersession WHERE country = "Spain" ORDER BY duration DESC
SELECT userSessionId, city FROM usersession ORDER BY startTime DESC, userSessionId LIMIT 25
SELECT userSessionId FROM usersession ORDER BY useraction.duration DESC, city LIMIT 20
SELECT name, usersession.city, duration FROM useraction WHERE usersession.country = "Spain" AND duration > 2000 ORDER BY duration, name
SELECT city, useraction.name, useraction.matchingConversionGoals FROM usersession WHERE useraction.name LIKE "*cart*" LIMIT 20
SELECT name, type FROM useraction LIMIT 5000
SELECT city, stringProperties, KEYS(longProperties), duration / 1000, HOUR(startTime), DATETIME(endTime) FROM usersession LIMIT 300
SELECT useraction.duration * 2 + 1, userActionCount % 3 FROM usersession WHERE userActionCount > 2 LIMIT 100
SELECT * FROM usererror LIMIT 10
SELECT JSON FROM usersession WHERE startTime < 0
SELECT COUNT(*), MIN(duration), SUM(duration), MEDIAN(duration), COUNT(DISTINCT city) FROM usersession WHERE country = "Nowhere"
SELECT country, SUM(duration) FROM usersession WHERE country = "Nowhere" GROUP BY country
SELECT COUNT(*), MEDIAN(sequenceNumber) FROM usersyntheticevent
""".strip().splitlines()
"""One a line; all are taken by the ``offline`` profile."""

_ALL: tuple[int | None, int | None] = (None, None)
FRAMES = [
    _ALL,
    _ALL,
    (1_772_500_000_000, 1_772_900_000_000),
    _ALL,
    (None, 1_772_600_000_000),
    _ALL,
    (1_773_500_000_000, None),
]
"""Timeframes ``[start, end)`` in turn; indexes of whole tables serve only queries without one."""
