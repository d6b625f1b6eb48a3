"""Go on with an answer in a data frame: the share of each browser, computed by Polars.

Prints:

    Chrome: 32.7%
    Safari: 14.5%
    Edge: 9.6%
"""

import polars as pl

import usql

sessions = usql.sample(sessions=2000, seed=1)
result = sessions.query(
    "SELECT browserFamily AS browser, COUNT(*) AS sessions FROM usersession "
    "WHERE browserFamily IS NOT NULL GROUP BY browser LIMIT 5000"
)
frame = result.to_polars().with_columns(share=pl.col("sessions") / pl.col("sessions").sum())
for browser, _, share in frame.head(3).iter_rows():
    print(f"{browser}: {share:.1%}")
