"""Compare the newest day of an export with the day before, hour by hour or as here in sum: the same
query under two timeframes.

Prints:

    the day before: 142 sessions, 95 % of the actions within 2946 ms
    the newest day: 144 sessions, 95 % of the actions within 2990 ms
"""

import usql

QUERY = "SELECT COUNT(*), PERCENTILE(useraction.duration, 95) FROM usersession"

sessions = usql.sample(sessions=2000, seed=1)
for name, start, end in (("the day before", "-48h", "-24h"), ("the newest day", "-24h", "now")):
    count, slow = sessions.query(QUERY, now="data-end", start=start, end=end).rows()[0]
    print(f"{name}: {count} sessions, 95 % of the actions within {slow:.0f} ms")
