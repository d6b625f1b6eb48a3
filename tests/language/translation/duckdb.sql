-- === rows in order
-- SELECT userSessionId, duration FROM usersession WHERE country = "Spain" ORDER BY duration DESC LIMIT 10
SELECT
  userSessionId AS "userSessionId",
  duration AS "duration"
FROM usersession
WHERE
  country = 'Spain'
ORDER BY
  duration DESC NULLS LAST
LIMIT 10

-- === tests of one value
-- SELECT COUNT(*) FROM usersession WHERE (city = "Linz" OR city IN ("Wien", "Graz")) AND duration BETWEEN 100 AND 900 AND NOT browserFamily = "Safari" AND osFamily IS NOT NULL AND totalErrorCount > 2
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    duration BETWEEN 100 AND 900
    AND NOT coalesce(browserFamily = 'Safari', FALSE)
    AND osFamily IS NOT NULL
    AND totalErrorCount >= 3
    AND (city = 'Linz' OR city IN ('Wien', 'Graz'))
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === patterns
-- SELECT COUNT(*) FROM usersession WHERE userId LIKE "*@*" AND userId LIKE "a?_\%\\*" AND userId STARTSWITH "anna"
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    starts_with(userId, 'anna') AND userId LIKE '%@%' AND userId LIKE 'a_!_!%\%' ESCAPE '!'
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === tests of children
-- SELECT COUNT(*) FROM usersession WHERE useraction.name = "search" AND useraction.duration != 100
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    len(list_filter(userActions, LAMBDA entry : entry.name = 'search')) > 0
    AND NOT coalesce(len(list_filter(userActions, LAMBDA entry : entry.duration = 100)) > 0, FALSE)
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === tests of children (flat)
-- SELECT COUNT(*) FROM usersession WHERE useraction.name = "search" AND useraction.duration != 100
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    EXISTS(
      SELECT
        1
      FROM useraction
      WHERE
        useraction.sessionRow = usersession.sessionRow AND useraction.name = 'search'
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM useraction
      WHERE
        useraction.sessionRow = usersession.sessionRow AND useraction.duration = 100
    )
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === lists of strings
-- SELECT matchingConversionGoals, useraction.matchingConversionGoals FROM usersession WHERE matchingConversionGoals = "Purchase" AND useraction.matchingConversionGoals IS NULL
SELECT
  coalesce(matchingConversionGoals, []) AS "matchingConversionGoals",
  coalesce(list_transform(userActions, LAMBDA entry : coalesce(entry.matchingConversionGoals, [])), []) AS "useraction.matchingConversionGoals"
FROM usersession
WHERE
  len(list_filter(matchingConversionGoals, LAMBDA value : value = 'Purchase')) > 0
  AND NOT coalesce(
    len(
      list_filter(
        userActions,
        LAMBDA entry : len(list_filter(entry.matchingConversionGoals, LAMBDA value : value IS NOT NULL)) > 0
      )
    ) > 0,
    FALSE
  )
LIMIT 50

-- === properties
-- SELECT stringProperties.tier, dateProperties.since, useraction.longProperties.price FROM usersession WHERE stringProperties."A/B test" = "b" AND stringProperties IS NOT NULL
SELECT
  list_extract(list_filter(stringProperties, LAMBDA pair : pair.key = 'tier'), 1).value AS "stringProperties.tier",
  epoch_ms(list_extract(list_filter(dateProperties, LAMBDA pair : pair.key = 'since'), 1).value) AS "dateProperties.since",
  coalesce(
    list_transform(
      userActions,
      LAMBDA entry : list_extract(list_filter(entry.longProperties, LAMBDA pair : pair.key = 'price'), 1).value
    ),
    []
  ) AS "useraction.longProperties.price"
FROM usersession
WHERE
  list_extract(list_filter(stringProperties, LAMBDA pair : pair.key = 'A/B test'), 1).value = 'b'
  AND len(stringProperties) > 0
LIMIT 50

-- === keys of properties
-- SELECT DISTINCT KEYS(stringProperties), COUNT(*) FROM usersession
WITH matching AS (
  SELECT
    list_distinct(
      list_filter(
        list_filter(
          list_transform(stringProperties, LAMBDA pair : pair.key),
          LAMBDA value, place : list_position(list_transform(stringProperties, LAMBDA pair : pair.key), value) = place
        ),
        LAMBDA value : value IS NOT NULL
      )
    ) AS keys_1
  FROM usersession
), members_1 AS (
  SELECT
    *,
    unnest(keys_1) AS key_1
  FROM matching
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) AS metric_1
  FROM members_1
  GROUP BY
    key_1
)
SELECT
  key_1 AS "keys(stringProperties)",
  metric_1 AS "count(*)"
FROM groups
ORDER BY
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 50

-- === rows of children
-- SELECT name, duration, usersession.city FROM useraction WHERE usersession.country = "Spain" AND duration > 1000
SELECT
  useraction.name AS "name",
  useraction.duration AS "duration",
  city AS "usersession.city"
FROM usersession
CROSS JOIN UNNEST(userActions) AS entries(useraction)
WHERE
  country = 'Spain' AND useraction.duration >= 1001
LIMIT 50

-- === rows of children (flat)
-- SELECT name, duration, usersession.city FROM useraction WHERE usersession.country = "Spain" AND duration > 1000
SELECT
  useraction.name AS "name",
  useraction.duration AS "duration",
  usersession.city AS "usersession.city"
FROM useraction
JOIN usersession
  ON useraction.sessionRow = usersession.sessionRow
WHERE
  usersession.country = 'Spain' AND useraction.duration >= 1001
LIMIT 50

-- === the first and the last action
-- SELECT name, isExitAction FROM useraction WHERE isEntryAction = TRUE
SELECT
  useraction.name AS "name",
  useraction_place = (
    (
      len(userActions) - coalesce(
        list_position(
          list_reverse(list_transform(userActions, LAMBDA entry : entry.startTime)),
          list_max(list_transform(userActions, LAMBDA entry : entry.startTime))
        ),
        1
      )
    ) + 1
  ) AS "isExitAction"
FROM usersession
CROSS JOIN UNNEST(userActions) WITH ORDINALITY AS entries(useraction, useraction_place)
WHERE
  (
    useraction_place = coalesce(
      list_position(
        list_transform(userActions, LAMBDA entry : entry.startTime),
        list_min(list_transform(userActions, LAMBDA entry : entry.startTime))
      ),
      1
    )
  ) = TRUE
LIMIT 50

-- === lists of children
-- SELECT useraction.name, useraction.endTime - useraction.startTime FROM usersession ORDER BY useraction.duration DESC
SELECT
  coalesce(list_transform(userActions, LAMBDA entry : entry.name), []) AS "useraction.name",
  coalesce(
    list_transform(userActions, LAMBDA entry : TRY_CAST(CAST(entry.endTime AS INT128) - entry.startTime AS BIGINT)),
    []
  ) AS "useraction.endTime-useraction.startTime"
FROM usersession
ORDER BY
  list_max(list_transform(userActions, LAMBDA entry : entry.duration)) DESC NULLS LAST
LIMIT 50

-- === lists of children (flat)
-- SELECT useraction.name, useraction.endTime - useraction.startTime FROM usersession ORDER BY useraction.duration DESC
SELECT
  coalesce(useraction.of_session_2, []) AS "useraction.name",
  coalesce(useraction.of_session_3, []) AS "useraction.endTime-useraction.startTime"
FROM usersession
LEFT JOIN (
  SELECT
    useraction.sessionRow,
    list(useraction.duration) AS of_session_1,
    list(useraction.name) AS of_session_2,
    list(TRY_CAST(CAST(useraction.endTime AS INT128) - useraction.startTime AS BIGINT)) AS of_session_3
  FROM useraction
  GROUP BY
    useraction.sessionRow
) AS useraction
  ON useraction.sessionRow = usersession.sessionRow
ORDER BY
  list_max(useraction.of_session_1) DESC NULLS LAST
LIMIT 50

-- === a timeframe
-- SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - DURATION("1d")
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    (coalesce(endTime, startTime) >= 1772409600000 AND startTime < 1772668800000)
    AND startTime >= 1772582400001
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === arithmetic
-- SELECT duration / 1000, duration + 1, doubleProperties.revenue * 2, 7 / 2, duration % 7 FROM usersession
SELECT
  list_extract(
    list_transform(
      list_value(CAST(duration AS DOUBLE) / 1000.0e0),
      LAMBDA number : CASE
        WHEN number >= -9.223372036854776e+18 AND number < 9.223372036854776e+18
        THEN CAST(floor(number + 0.5e0) AS BIGINT)
      END
    ),
    1
  ) AS "duration/1000",
  TRY_CAST(CAST(duration AS INT128) + 1 AS BIGINT) AS "duration+1",
  CAST(list_extract(list_filter(doubleProperties, LAMBDA pair : pair.key = 'revenue'), 1).value AS DOUBLE) * 2.0e0 AS "doubleProperties.revenue*2",
  7.0e0 / 2.0e0 AS "7/2",
  duration % 7 AS "duration%7"
FROM usersession

-- === dates
-- SELECT DATETIME(startTime, "EEE d. MMM yyyy, h:mm"), YEAR(startTime), HOUR(endTime) FROM usersession
SELECT
  list_extract(
    list_transform(
      list_value(startTime + 3600000),
      LAMBDA time : list_extract(
        list_value('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'),
        CAST(isodow(CAST(make_timestamp_ms(time) AS DATE)) - 1 AS INT) + 1
      ) || ' ' || CAST(day(CAST(make_timestamp_ms(time) AS DATE)) AS TEXT) || '. ' || list_extract(
        list_value('Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'),
        CAST(month(CAST(make_timestamp_ms(time) AS DATE)) - 1 AS INT) + 1
      ) || ' ' || CAST(year(CAST(make_timestamp_ms(time) AS DATE)) AS TEXT) || ', ' || CAST((((((((time % 86400000) + 86400000) % 86400000) // 1000) // 3600) + 11) % 12) + 1 AS TEXT) || ':' || lpad(CAST((((((time % 86400000) + 86400000) % 86400000) // 1000) // 60) % 60 AS TEXT), 2, '0')
    ),
    1
  ) AS "datetime(startTime,""EEE d. MMM yyyy, h:mm"")",
  CAST(year(CAST(make_timestamp_ms(startTime + 3600000) AS DATE)) AS BIGINT) AS "year(startTime)",
  ((((endTime + 3600000) % 86400000) + 86400000) % 86400000) // 3600000 AS "hour(endTime)"
FROM usersession
LIMIT 50

-- === intervals
-- SELECT DATETIME(startTime, "yyyy-MM-dd", "week") AS week, DATETIME(startTime, "yyyy-MM", "2 months") AS months, COUNT(*) FROM usersession GROUP BY week, months
WITH matching AS (
  SELECT
    (
      (startTime + 259200000) - ((((startTime + 259200000) % 604800000) + 604800000) % 604800000)
    ) - 259200000 AS key_1,
    list_extract(
      list_transform(
        list_value(CAST(make_timestamp_ms(startTime) AS DATE)),
        LAMBDA date : list_extract(
          list_transform(
            list_value(
              (((year(date) - 1970) * 12) + (month(date) - 1)) - ((((((year(date) - 1970) * 12) + (month(date) - 1)) % 2) + 2) % 2)
            ),
            LAMBDA months : CAST(date_diff(
              'day',
              CAST('1970-01-01' AS DATE),
              make_date(
                CAST(((months - (((months % 12) + 12) % 12)) // 12) + 1970 AS INT),
                CAST((((months % 12) + 12) % 12) + 1 AS INT),
                1
              )
            ) AS BIGINT) * 86400000
          ),
          1
        )
      ),
      1
    ) AS key_2
  FROM usersession
), groups AS (
  SELECT
    key_1,
    key_2,
    count(*) AS size,
    count(*) AS metric_1
  FROM matching
  GROUP BY
    key_1,
    key_2
), sized AS (
  SELECT
    groups.*,
    sum(size) OVER (PARTITION BY groups.key_1) AS size_1
  FROM groups
)
SELECT
  CAST(year(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT) || '-' || lpad(CAST(month(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT), 2, '0') || '-' || lpad(CAST(day(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT), 2, '0') AS "week",
  CAST(year(CAST(make_timestamp_ms(key_2) AS DATE)) AS TEXT) || '-' || lpad(CAST(month(CAST(make_timestamp_ms(key_2) AS DATE)) AS TEXT), 2, '0') AS "months",
  metric_1 AS "count(*)"
FROM sized
ORDER BY
  key_1 NULLS LAST,
  key_2 NULLS LAST
LIMIT 50

-- === time bins
-- SELECT DATETIME(startTime, "yyyy-MM-dd HH:mm", "5m") AS t, COUNT(*), AVG(duration) FROM usersession GROUP BY t LIMIT 5000
WITH matching AS (
  SELECT
    startTime - (((startTime % 300000) + 300000) % 300000) AS key_1,
    duration AS duration_1
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) AS metric_1,
    CAST(sum(duration_1) AS DOUBLE) / nullif(CAST(count(duration_1) AS DOUBLE), 0.0e0) AS metric_2
  FROM matching
  GROUP BY
    key_1
)
SELECT
  CAST(year(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT) || '-' || lpad(CAST(month(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT), 2, '0') || '-' || lpad(CAST(day(CAST(make_timestamp_ms(key_1) AS DATE)) AS TEXT), 2, '0') || ' ' || lpad(CAST(((((key_1 % 86400000) + 86400000) % 86400000) // 1000) // 3600 AS TEXT), 2, '0') || ':' || lpad(CAST((((((key_1 % 86400000) + 86400000) % 86400000) // 1000) // 60) % 60 AS TEXT), 2, '0') AS "t",
  metric_1 AS "count(*)",
  metric_2 AS "avg(duration)"
FROM groups
ORDER BY
  key_1 NULLS LAST
LIMIT 5000

-- === addresses
-- SELECT COUNT(*) FROM usersession WHERE ip BETWEEN "10.0.0.0" AND "10.255.255.255"
WITH matching AS (
  SELECT
    TRUE
  FROM usersession
  WHERE
    list_extract(
      list_transform(
        list_value(lower(trim(ip))),
        LAMBDA address : CASE
          WHEN regexp_matches(
            address,
            '^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$'
          )
          THEN '4' || array_to_string(
            list_transform(string_split(address, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
            ''
          )
          WHEN regexp_matches(address, ':')
          THEN list_extract(
            list_transform(
              list_value(
                list_extract(
                  list_transform(
                    list_value(
                      regexp_extract(
                        address,
                        ':((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})$',
                        1
                      )
                    ),
                    LAMBDA tail : CASE
                      WHEN tail = ''
                      THEN address
                      ELSE substr(address, 1, length(address) - length(tail)) || substr(
                        array_to_string(
                          list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                          ''
                        ),
                        1,
                        4
                      ) || ':' || substr(
                        array_to_string(
                          list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                          ''
                        ),
                        5,
                        4
                      )
                    END
                  ),
                  1
                )
              ),
              LAMBDA groups : CASE
                WHEN regexp_matches(
                  groups,
                  '^(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,1}|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){1,1}(:[0-9a-f]{1,4}){1,6}|:(:[0-9a-f]{1,4}){1,7}|::)$'
                )
                THEN list_extract(
                  list_transform(
                    list_value(
                      '6' || list_extract(
                        list_transform(
                          list_value(
                            array_to_string(
                              list_transform(
                                list_filter(string_split(list_extract(string_split(groups, '::'), 1), ':'), LAMBDA "group" : "group" <> ''),
                                LAMBDA "group" : lpad("group", 4, '0')
                              ),
                              ''
                            )
                          ),
                          LAMBDA first : list_extract(
                            list_transform(
                              list_value(
                                coalesce(
                                  array_to_string(
                                    list_transform(
                                      list_filter(string_split(list_extract(string_split(groups, '::'), 2), ':'), LAMBDA "group" : "group" <> ''),
                                      LAMBDA "group" : lpad("group", 4, '0')
                                    ),
                                    ''
                                  ),
                                  ''
                                )
                              ),
                              LAMBDA last : first || repeat('0', CAST(32 - length(first || last) AS INT)) || last
                            ),
                            1
                          )
                        ),
                        1
                      )
                    ),
                    LAMBDA number : CASE
                      WHEN starts_with(number, '600000000000000000000ffff')
                      THEN '4' || substr(number, 26)
                      ELSE number
                    END
                  ),
                  1
                )
              END
            ),
            1
          )
        END
      ),
      1
    ) BETWEEN '40a000000' AND '40affffff'
), groups AS (
  SELECT
    count(*) AS metric_1
  FROM matching
)
SELECT
  metric_1 AS "count(*)"
FROM groups

-- === addresses as keys
-- SELECT ip, COUNT(*) FROM usersession GROUP BY ip
WITH matching AS (
  SELECT
    CASE
      WHEN regexp_matches(lower(ip), ':.*ffff')
      THEN list_extract(
        list_transform(
          list_value(
            list_extract(
              list_transform(
                list_value(lower(trim(ip))),
                LAMBDA address : CASE
                  WHEN regexp_matches(
                    address,
                    '^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$'
                  )
                  THEN '4' || array_to_string(
                    list_transform(string_split(address, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                    ''
                  )
                  WHEN regexp_matches(address, ':')
                  THEN list_extract(
                    list_transform(
                      list_value(
                        list_extract(
                          list_transform(
                            list_value(
                              regexp_extract(
                                address,
                                ':((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})$',
                                1
                              )
                            ),
                            LAMBDA tail : CASE
                              WHEN tail = ''
                              THEN address
                              ELSE substr(address, 1, length(address) - length(tail)) || substr(
                                array_to_string(
                                  list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                                  ''
                                ),
                                1,
                                4
                              ) || ':' || substr(
                                array_to_string(
                                  list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                                  ''
                                ),
                                5,
                                4
                              )
                            END
                          ),
                          1
                        )
                      ),
                      LAMBDA groups : CASE
                        WHEN regexp_matches(
                          groups,
                          '^(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,1}|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){1,1}(:[0-9a-f]{1,4}){1,6}|:(:[0-9a-f]{1,4}){1,7}|::)$'
                        )
                        THEN list_extract(
                          list_transform(
                            list_value(
                              '6' || list_extract(
                                list_transform(
                                  list_value(
                                    array_to_string(
                                      list_transform(
                                        list_filter(string_split(list_extract(string_split(groups, '::'), 1), ':'), LAMBDA "group" : "group" <> ''),
                                        LAMBDA "group" : lpad("group", 4, '0')
                                      ),
                                      ''
                                    )
                                  ),
                                  LAMBDA first : list_extract(
                                    list_transform(
                                      list_value(
                                        coalesce(
                                          array_to_string(
                                            list_transform(
                                              list_filter(string_split(list_extract(string_split(groups, '::'), 2), ':'), LAMBDA "group" : "group" <> ''),
                                              LAMBDA "group" : lpad("group", 4, '0')
                                            ),
                                            ''
                                          ),
                                          ''
                                        )
                                      ),
                                      LAMBDA last : first || repeat('0', CAST(32 - length(first || last) AS INT)) || last
                                    ),
                                    1
                                  )
                                ),
                                1
                              )
                            ),
                            LAMBDA number : CASE
                              WHEN starts_with(number, '600000000000000000000ffff')
                              THEN '4' || substr(number, 26)
                              ELSE number
                            END
                          ),
                          1
                        )
                      END
                    ),
                    1
                  )
                END
              ),
              1
            )
          ),
          LAMBDA number : CASE
            WHEN starts_with(number, '4')
            THEN CAST(CAST('0x' || substr(number, 2, 2) AS BIGINT) AS TEXT) || '.' || CAST(CAST('0x' || substr(number, 4, 2) AS BIGINT) AS TEXT) || '.' || CAST(CAST('0x' || substr(number, 6, 2) AS BIGINT) AS TEXT) || '.' || CAST(CAST('0x' || substr(number, 8, 2) AS BIGINT) AS TEXT)
            ELSE ip
          END
        ),
        1
      )
      ELSE ip
    END AS key_1
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) AS metric_1
  FROM matching
  GROUP BY
    key_1
)
SELECT
  key_1 AS "ip",
  metric_1 AS "count(*)"
FROM groups
ORDER BY
  size DESC NULLS LAST,
  coalesce(
    list_extract(
      list_transform(
        list_value(lower(trim(key_1))),
        LAMBDA address : CASE
          WHEN regexp_matches(
            address,
            '^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$'
          )
          THEN '4' || array_to_string(
            list_transform(string_split(address, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
            ''
          )
          WHEN regexp_matches(address, ':')
          THEN list_extract(
            list_transform(
              list_value(
                list_extract(
                  list_transform(
                    list_value(
                      regexp_extract(
                        address,
                        ':((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})$',
                        1
                      )
                    ),
                    LAMBDA tail : CASE
                      WHEN tail = ''
                      THEN address
                      ELSE substr(address, 1, length(address) - length(tail)) || substr(
                        array_to_string(
                          list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                          ''
                        ),
                        1,
                        4
                      ) || ':' || substr(
                        array_to_string(
                          list_transform(string_split(tail, '.'), LAMBDA byte : lpad(lower(hex(CAST(byte AS BIGINT))), 2, '0')),
                          ''
                        ),
                        5,
                        4
                      )
                    END
                  ),
                  1
                )
              ),
              LAMBDA groups : CASE
                WHEN regexp_matches(
                  groups,
                  '^(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}(:[0-9a-f]{1,4}){1,1}|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){1,1}(:[0-9a-f]{1,4}){1,6}|:(:[0-9a-f]{1,4}){1,7}|::)$'
                )
                THEN list_extract(
                  list_transform(
                    list_value(
                      '6' || list_extract(
                        list_transform(
                          list_value(
                            array_to_string(
                              list_transform(
                                list_filter(string_split(list_extract(string_split(groups, '::'), 1), ':'), LAMBDA "group" : "group" <> ''),
                                LAMBDA "group" : lpad("group", 4, '0')
                              ),
                              ''
                            )
                          ),
                          LAMBDA first : list_extract(
                            list_transform(
                              list_value(
                                coalesce(
                                  array_to_string(
                                    list_transform(
                                      list_filter(string_split(list_extract(string_split(groups, '::'), 2), ':'), LAMBDA "group" : "group" <> ''),
                                      LAMBDA "group" : lpad("group", 4, '0')
                                    ),
                                    ''
                                  ),
                                  ''
                                )
                              ),
                              LAMBDA last : first || repeat('0', CAST(32 - length(first || last) AS INT)) || last
                            ),
                            1
                          )
                        ),
                        1
                      )
                    ),
                    LAMBDA number : CASE
                      WHEN starts_with(number, '600000000000000000000ffff')
                      THEN '4' || substr(number, 26)
                      ELSE number
                    END
                  ),
                  1
                )
              END
            ),
            1
          )
        END
      ),
      1
    ),
    '~'
  ) || ' ' || key_1 NULLS LAST
LIMIT 50

-- === groups of two keys
-- SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city
WITH matching AS (
  SELECT
    country AS key_1,
    city AS key_2
  FROM usersession
), groups AS (
  SELECT
    key_1,
    key_2,
    count(*) AS size,
    count(*) AS metric_1
  FROM matching
  GROUP BY
    key_1,
    key_2
), sized AS (
  SELECT
    groups.*,
    sum(size) OVER (PARTITION BY groups.key_1) AS size_1
  FROM groups
)
SELECT
  key_1 AS "country",
  key_2 AS "city",
  metric_1 AS "count(*)"
FROM sized
ORDER BY
  size_1 DESC NULLS LAST,
  key_1 NULLS LAST,
  size DESC NULLS LAST,
  key_2 NULLS LAST
LIMIT 50

-- === metrics
-- SELECT country, COUNT(city), COUNT(DISTINCT userId), SUM(duration), AVG(duration), MIN(startTime), MAX(duration), PERCENTILE(duration, 95) FROM usersession GROUP BY country
WITH matching AS (
  SELECT
    country AS key_1,
    city AS city_1,
    userId AS userId_2,
    duration AS duration_3,
    startTime AS startTime_4
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(city_1) AS metric_1,
    count(DISTINCT userId_2) AS metric_2,
    CAST(coalesce(sum(duration_3), 0) AS BIGINT) AS metric_3,
    CAST(sum(duration_3) AS DOUBLE) / nullif(CAST(count(duration_3) AS DOUBLE), 0.0e0) AS metric_4,
    min(startTime_4) AS metric_5,
    max(duration_3) AS metric_6,
    quantile_cont(CAST(duration_3 AS DOUBLE), 0.95e0) AS metric_7
  FROM matching
  GROUP BY
    key_1
)
SELECT
  key_1 AS "country",
  metric_1 AS "count(city)",
  metric_2 AS "count(distinct userId)",
  metric_3 AS "sum(duration)",
  metric_4 AS "avg(duration)",
  metric_5 AS "min(startTime)",
  metric_6 AS "max(duration)",
  metric_7 AS "percentile(duration,95)"
FROM groups
ORDER BY
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 50

-- === metrics of children
-- SELECT country, COUNT(useraction.name), COUNT(DISTINCT useraction.name), SUM(useraction.duration), AVG(useraction.duration), MAX(useraction.duration), MEDIAN(useraction.duration) FROM usersession GROUP BY country
WITH matching AS (
  SELECT
    country AS key_1,
    len(list_filter(userActions, LAMBDA entry : entry.name IS NOT NULL)) > 0 AS has_name_1,
    list_filter(list_transform(userActions, LAMBDA entry : entry.name), LAMBDA value : value IS NOT NULL) AS name_2,
    list_sum(
      list_filter(list_transform(userActions, LAMBDA entry : entry.duration), LAMBDA value : value IS NOT NULL)
    ) AS duration_sum_3,
    len(
      list_filter(list_transform(userActions, LAMBDA entry : entry.duration), LAMBDA value : value IS NOT NULL)
    ) AS duration_count_4,
    list_max(
      list_filter(list_transform(userActions, LAMBDA entry : entry.duration), LAMBDA value : value IS NOT NULL)
    ) AS duration_max_5,
    list_filter(list_transform(userActions, LAMBDA entry : entry.duration), LAMBDA value : value IS NOT NULL) AS duration_6
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) FILTER(WHERE
      has_name_1) AS metric_1,
    CAST(coalesce(sum(duration_sum_3), 0) AS BIGINT) AS metric_3,
    CAST(sum(duration_sum_3) AS DOUBLE) / nullif(CAST(sum(duration_count_4) AS DOUBLE), 0.0e0) AS metric_4,
    max(duration_max_5) AS metric_5
  FROM matching
  GROUP BY
    key_1
), of_metric_2 AS (
  SELECT
    key_1,
    count(DISTINCT value) AS metric_2
  FROM (
    SELECT
      key_1,
      unnest(name_2) AS value
    FROM matching
  ) AS exploded
  GROUP BY
    key_1
), of_metric_6 AS (
  SELECT
    key_1,
    quantile_cont(CAST(value AS DOUBLE), 0.5e0) AS metric_6
  FROM (
    SELECT
      key_1,
      unnest(duration_6) AS value
    FROM matching
  ) AS exploded
  GROUP BY
    key_1
), sized AS (
  SELECT
    groups.*,
    coalesce(of_metric_2.metric_2, 0) AS metric_2,
    of_metric_6.metric_6 AS metric_6
  FROM groups
  LEFT JOIN of_metric_2
    ON groups.key_1 IS NOT DISTINCT FROM of_metric_2.key_1
  LEFT JOIN of_metric_6
    ON groups.key_1 IS NOT DISTINCT FROM of_metric_6.key_1
)
SELECT
  key_1 AS "country",
  metric_1 AS "count(useraction.name)",
  metric_2 AS "count(distinct useraction.name)",
  metric_3 AS "sum(useraction.duration)",
  metric_4 AS "avg(useraction.duration)",
  metric_5 AS "max(useraction.duration)",
  metric_6 AS "median(useraction.duration)"
FROM sized
ORDER BY
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 50

-- === conditions of metrics
-- SELECT CONDITION(COUNT(*), WHERE userActionCount > 5), CONDITION(AVG(duration), WHERE bounce = false) FROM usersession
WITH matching AS (
  SELECT
    userActionCount >= 6 AS fits_1,
    bounce = FALSE AS fits_2,
    duration AS duration_3
  FROM usersession
), groups AS (
  SELECT
    count(*) FILTER(WHERE
      fits_1) AS metric_1,
    CAST(sum(duration_3) FILTER(WHERE
      fits_2) AS DOUBLE) / nullif(CAST(count(duration_3) FILTER(WHERE
      fits_2) AS DOUBLE), 0.0e0) AS metric_2
  FROM matching
)
SELECT
  metric_1 AS "condition(count(*),where userActionCount>5)",
  metric_2 AS "condition(avg(duration),where bounce=false)"
FROM groups

-- === FILTER and order
-- SELECT country, AVG(duration) FILTER > 100 FROM usersession GROUP BY country ORDER BY AVG(duration) DESC, city LIMIT 5
WITH matching AS (
  SELECT
    country AS key_1,
    duration AS duration_1,
    city AS order_2
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    CAST(sum(duration_1) AS DOUBLE) / nullif(CAST(count(duration_1) AS DOUBLE), 0.0e0) AS metric_1,
    min(order_2) AS extreme_2
  FROM matching
  GROUP BY
    key_1
)
SELECT
  key_1 AS "country",
  metric_1 AS "avg(duration)"
FROM groups
WHERE
  metric_1 > 100
ORDER BY
  metric_1 DESC NULLS LAST,
  extreme_2 NULLS LAST,
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 5

-- === keys with several values
-- SELECT useraction.application, COUNT(*) FROM usersession GROUP BY useraction.application
WITH matching AS (
  SELECT
    list_distinct(
      list_filter(list_transform(userActions, LAMBDA entry : entry.application), LAMBDA value : value IS NOT NULL)
    ) AS keys_1
  FROM usersession
), members_1 AS (
  SELECT
    *,
    unnest(CASE WHEN len(keys_1) > 0 THEN keys_1 ELSE list_value(CAST(NULL AS TEXT)) END) AS key_1
  FROM matching
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) AS metric_1
  FROM members_1
  GROUP BY
    key_1
)
SELECT
  key_1 AS "useraction.application",
  metric_1 AS "count(*)"
FROM groups
ORDER BY
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 50

-- === TOP of nested keys
-- SELECT TOP(country, 3), TOP(useraction.name, 2), COUNT(*) FROM usersession GROUP BY country, useraction.name
WITH matching AS (
  SELECT
    country AS key_1,
    list_distinct(
      list_filter(list_transform(userActions, LAMBDA entry : entry.name), LAMBDA value : value IS NOT NULL)
    ) AS keys_2
  FROM usersession
), members_2 AS (
  SELECT
    *,
    unnest(CASE WHEN len(keys_2) > 0 THEN keys_2 ELSE list_value(CAST(NULL AS TEXT)) END) AS key_2
  FROM matching
), groups AS (
  SELECT
    key_1,
    key_2,
    count(*) AS size,
    count(*) AS metric_1
  FROM members_2
  GROUP BY
    key_1,
    key_2
), sizes_1 AS (
  SELECT
    key_1,
    count(*) AS size_1,
    dense_rank() OVER (ORDER BY count(*) DESC NULLS LAST, key_1 NULLS LAST) AS rank_1
  FROM matching
  GROUP BY
    key_1
), sized AS (
  SELECT
    groups.*,
    sizes_1.size_1,
    sizes_1.rank_1
  FROM groups
  LEFT JOIN sizes_1
    ON groups.key_1 IS NOT DISTINCT FROM sizes_1.key_1
), ranked AS (
  SELECT
    *,
    dense_rank() OVER (PARTITION BY key_1 ORDER BY size DESC NULLS LAST, key_2 NULLS LAST) AS rank_2
  FROM sized
), kept AS (
  SELECT
    *
  FROM ranked
  WHERE
    rank_1 <= 3 AND rank_2 <= 2
)
SELECT
  key_1 AS "top(country,3)",
  key_2 AS "top(useraction.name,2)",
  metric_1 AS "count(*)"
FROM kept
ORDER BY
  size_1 DESC NULLS LAST,
  key_1 NULLS LAST,
  size DESC NULLS LAST,
  key_2 NULLS LAST
LIMIT 50

-- === lists of values
-- SELECT country, TOP(city, 3), useraction.name, DATETIME(startTime, "E") FROM usersession GROUP BY country
WITH matching AS (
  SELECT
    country AS key_1,
    city AS value_1,
    list_distinct(
      list_filter(list_transform(userActions, LAMBDA entry : entry.name), LAMBDA value : value IS NOT NULL)
    ) AS values_2,
    list_extract(
      list_value('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'),
      CAST(isodow(CAST(make_timestamp_ms(startTime) AS DATE)) - 1 AS INT) + 1
    ) AS value_3,
    startTime - (((startTime % 86400000) + 86400000) % 86400000) AS time_4
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size
  FROM matching
  GROUP BY
    key_1
), of_list_1 AS (
  SELECT
    key_1,
    list(value ORDER BY place NULLS LAST) AS list_1
  FROM (
    SELECT
      key_1,
      value,
      row_number() OVER (PARTITION BY key_1 ORDER BY count(*) DESC NULLS LAST, value NULLS LAST) AS place
    FROM (
      SELECT
        key_1,
        value_1 AS value
      FROM matching
    ) AS exploded
    WHERE
      value IS NOT NULL
    GROUP BY
      key_1,
      value
  ) AS placed
  WHERE
    place <= 3
  GROUP BY
    key_1
), of_list_2 AS (
  SELECT
    key_1,
    list(value ORDER BY place NULLS LAST) AS list_2
  FROM (
    SELECT
      key_1,
      value,
      row_number() OVER (PARTITION BY key_1 ORDER BY count(*) DESC NULLS LAST, value NULLS LAST) AS place
    FROM (
      SELECT
        key_1,
        unnest(values_2) AS value
      FROM matching
    ) AS exploded
    WHERE
      value IS NOT NULL
    GROUP BY
      key_1,
      value
  ) AS placed
  WHERE
    place <= 50
  GROUP BY
    key_1
), of_list_3 AS (
  SELECT
    key_1,
    list(value ORDER BY place NULLS LAST) AS list_3
  FROM (
    SELECT
      key_1,
      value,
      row_number() OVER (PARTITION BY key_1 ORDER BY min(time) NULLS LAST, value NULLS LAST) AS place
    FROM (
      SELECT
        key_1,
        value_3 AS value,
        time_4 AS time
      FROM matching
    ) AS exploded
    WHERE
      value IS NOT NULL
    GROUP BY
      key_1,
      value
  ) AS placed
  GROUP BY
    key_1
), sized AS (
  SELECT
    groups.*,
    coalesce(of_list_1.list_1, []) AS list_1,
    coalesce(of_list_2.list_2, []) AS list_2,
    coalesce(of_list_3.list_3, []) AS list_3
  FROM groups
  LEFT JOIN of_list_1
    ON groups.key_1 IS NOT DISTINCT FROM of_list_1.key_1
  LEFT JOIN of_list_2
    ON groups.key_1 IS NOT DISTINCT FROM of_list_2.key_1
  LEFT JOIN of_list_3
    ON groups.key_1 IS NOT DISTINCT FROM of_list_3.key_1
)
SELECT
  key_1 AS "country",
  list_1 AS "top(city,3)",
  list_2 AS "useraction.name",
  list_3 AS "datetime(startTime,""E"")"
FROM sized
ORDER BY
  size DESC NULLS LAST,
  key_1 NULLS LAST
LIMIT 50

-- === days in their own order
-- SELECT country, DATETIME(startTime, "EEEE") AS day, COUNT(*) FROM usersession GROUP BY country, day ORDER BY day DESC, country
WITH matching AS (
  SELECT
    country AS key_1,
    list_extract(
      list_value('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'),
      CAST(isodow(CAST(make_timestamp_ms(startTime) AS DATE)) - 1 AS INT) + 1
    ) AS key_2,
    startTime - (((startTime % 86400000) + 86400000) % 86400000) AS time_2
  FROM usersession
), groups AS (
  SELECT
    key_1,
    key_2,
    count(*) AS size,
    min(time_2) AS time_2,
    count(*) AS metric_1
  FROM matching
  GROUP BY
    key_1,
    key_2
), sized AS (
  SELECT
    groups.*,
    sum(size) OVER (PARTITION BY groups.key_1) AS size_1
  FROM groups
), kept AS (
  SELECT
    *,
    min(time_2) OVER (PARTITION BY key_2) AS order_2
  FROM sized
)
SELECT
  key_1 AS "country",
  key_2 AS "day",
  metric_1 AS "count(*)"
FROM kept
ORDER BY
  order_2 DESC NULLS LAST,
  key_1 NULLS LAST,
  size_1 DESC NULLS LAST,
  key_1 NULLS LAST,
  time_2 NULLS LAST,
  key_2 NULLS LAST
LIMIT 50

-- === a funnel
-- SELECT FUNNEL(useraction.name = "search" AS searched, useraction.name LIKE "*cart*", useraction.duration > 3000) FROM usersession WHERE userType = "REAL_USER"
WITH matching AS (
  SELECT
    len(list_filter(userActions, LAMBDA entry : entry.name = 'search')) > 0 AS step_1,
    len(list_filter(userActions, LAMBDA entry : entry.name LIKE '%cart%')) > 0 AS step_2,
    len(list_filter(userActions, LAMBDA entry : entry.duration >= 3001)) > 0 AS step_3
  FROM usersession
  WHERE
    userType = 'REAL_USER'
)
SELECT
  count(*) FILTER(WHERE
    step_1) AS "searched",
  count(*) FILTER(WHERE
    step_1 AND step_2) AS "useraction.name like ""*cart*""",
  count(*) FILTER(WHERE
    step_1 AND step_2 AND step_3) AS "useraction.duration>3000"
FROM matching

-- === names that need quotes
-- SELECT city AS [two "words"], city AS size, COUNT(*) AS key_1 FROM usersession GROUP BY city ORDER BY key_1
WITH matching AS (
  SELECT
    city AS key_1
  FROM usersession
), groups AS (
  SELECT
    key_1,
    count(*) AS size,
    count(*) AS metric_1
  FROM matching
  GROUP BY
    key_1
)
SELECT
  key_1 AS "two ""words""",
  key_1 AS "size",
  metric_1 AS "key_1"
FROM groups
ORDER BY
  metric_1 NULLS LAST,
  groups.size DESC NULLS LAST,
  groups.key_1 NULLS LAST
LIMIT 50
