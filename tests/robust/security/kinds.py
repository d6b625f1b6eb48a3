"""One query for each kind of work that may take much time or memory, over the sample."""

from __future__ import annotations

_KEYS = "useraction.startTime, useraction.name, useraction.duration, useraction.endTime"
_MANY = "useraction.name, useraction.startTime, useraction.duration, userevent.startTime, useraction.networkTime, useraction.endTime"
_ALL = "LIMIT 5000000"


def _sum(term: str) -> str:
    """As much arithmetic as may nest."""
    return " + ".join(f"{term} * {number}" for number in range(1, 45))


def _tests(test: str, count: int, joint: str = " OR ") -> str:
    return joint.join(test.format(number) for number in range(count))


KINDS = {
    "rows": "SELECT name, startTime, duration, usersession.userId FROM useraction",
    "json": "SELECT JSON FROM usersession",
    "json of actions": "SELECT JSON FROM useraction",
    "star": "SELECT *, useraction.* FROM usersession",
    "lists": "SELECT useraction.name, userevent.name, useraction.startTime FROM usersession",
    "property lists": "SELECT stringProperties, useraction.stringProperties, useraction.doubleProperties FROM usersession",
    "keys of properties": "SELECT KEYS(stringProperties), KEYS(useraction.stringProperties) FROM usersession",
    "arithmetic": f"SELECT {_sum('duration')} FROM useraction",
    "arithmetic of lists": f"SELECT {_sum('useraction.duration')} FROM usersession",
    "arithmetic of groups": f"SELECT userSessionId, {_sum('AVG(useraction.duration)')} FROM usersession GROUP BY userSessionId {_ALL}",
    "order": "SELECT name FROM useraction ORDER BY usersession.userSessionId DESC, name, startTime",
    "order of lists": "SELECT userSessionId FROM usersession ORDER BY useraction.name DESC, useraction.startTime, ip",
    "order of dates": "SELECT DATETIME(startTime, 'HH:mm') AS t, DATETIME(startTime, 'EEEE ss') AS u, name FROM useraction ORDER BY t, u",
    "order of groups": f"SELECT startTime, duration, name, COUNT(*) FROM useraction GROUP BY startTime, duration, name ORDER BY duration, name {_ALL}",
    "distinct": "SELECT DISTINCT useraction.startTime FROM usersession",
    "distinct of actions": "SELECT DISTINCT startTime, duration, name FROM useraction",
    "distinct of arithmetic": "SELECT DISTINCT duration * 1.5 + startTime FROM useraction",
    "one key": "SELECT useraction.startTime, COUNT(*) FROM usersession GROUP BY useraction.startTime",
    "two keys": "SELECT useraction.startTime, useraction.name, COUNT(*) FROM usersession GROUP BY useraction.startTime, useraction.name",
    "four keys": f"SELECT {_KEYS}, COUNT(*) FROM usersession GROUP BY {_KEYS}",
    "six keys": f"SELECT COUNT(*) FROM usersession GROUP BY {_MANY}",
    "keys with codes": "SELECT COUNT(*) FROM usersession GROUP BY useraction.type, useraction.name, userevent.name, useraction.application",
    "groups": f"SELECT userSessionId, COUNT(*), SUM(useraction.duration), MIN(useraction.networkTime), AVG(useraction.duration) FROM usersession GROUP BY userSessionId {_ALL}",
    "texts of groups": f"SELECT userSessionId, userId, COUNT(*) FROM usersession GROUP BY userSessionId, userId {_ALL}",
    "conditional metrics": "SELECT userId, " + _tests("CONDITION(SUM(useraction.duration), WHERE useraction.name LIKE '*a{0}?*')", 40, ", ") + f" FROM usersession GROUP BY userId {_ALL}",
    "medians": f"SELECT userId, MEDIAN(useraction.duration), PERCENTILE(useraction.networkTime, 99) FROM usersession GROUP BY userId {_ALL}",
    "medians of all": "SELECT MEDIAN(useraction.duration), PERCENTILE(useraction.startTime, 99) FROM usersession",
    "top lists": f"SELECT userId, TOP(useraction.startTime, 1000) FROM usersession GROUP BY userId {_ALL}",
    "plain lists": "SELECT country, useraction.startTime, useraction.name, COUNT(*) FROM usersession GROUP BY country",
    "count distinct": f"SELECT userId, COUNT(DISTINCT useraction.startTime), COUNT(DISTINCT useraction.name) FROM usersession GROUP BY userId {_ALL}",
    "patterns": "SELECT COUNT(*) FROM useraction WHERE " + _tests("name LIKE '*a{0}*d{0}b?*'", 300),
    "patterns of many texts": "SELECT COUNT(*) FROM usersession WHERE " + _tests("userSessionId LIKE '*a{0}*d{0}b?*'", 100),
    "sets": "SELECT COUNT(*) FROM useraction WHERE " + _tests("duration IN ({0}, 1{0}7, 2{0}9) AND startTime NOT IN (1, 2{0}, 3{0})", 100),
    "funnel": "SELECT FUNNEL(" + _tests("useraction.name LIKE '*{0}*' OR useraction.duration > {0}", 200, ", ") + ") FROM usersession",
    "dates": "SELECT DATETIME(startTime, 'EEEE MMMM yyyy HH:mm:ss') FROM useraction",
    "dates of lists": "SELECT DATETIME(useraction.startTime, 'EEEE MMMM yyyy HH:mm:ss') FROM usersession",
    "dates as keys": f"SELECT DATETIME(startTime, 'EEEE MMMM yyyy HH:mm:ss') AS t, COUNT(*) FROM useraction GROUP BY t {_ALL}",
    "dates of children as keys": f"SELECT DATETIME(useraction.startTime, 'ss EEEE MMMM yyyy HH:mm') AS t, COUNT(*) FROM usersession GROUP BY t {_ALL}",
    "long dates": f"SELECT DISTINCT DATETIME(startTime, '{'EEEE MMMM ss ' * 15}') FROM useraction LIMIT 1",
    "dates in plain lists": "SELECT country, DATETIME(useraction.startTime, 'EEEE MMMM yyyy HH:mm:ss'), COUNT(*) FROM usersession GROUP BY country",
    "many properties": "SELECT " + _tests("COUNT(stringProperties.k{0})", 60, ", ") + ", COUNT(stringProperties.tier) FROM usersession",
}  # fmt: skip
