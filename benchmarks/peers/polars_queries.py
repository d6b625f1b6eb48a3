"""The queries as Polars expressions, several where it is not plain which is fastest."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from benchmarks.parameters import Parameters

Lazy = Callable[[], pl.LazyFrame]
"""Builds a query, anew for each run as its caller would."""

_MINUTES_5 = 300_000
_FIRST = pl.col("session").ne_missing(pl.col("session").shift())
"""Whether a row is the first of its session: among rows in order it counts sessions once."""


def _matching(names: pl.Series, part: str) -> pl.Expr:
    """Which values hold a part, decided once per category, looked up by code."""
    assert isinstance(names.dtype, pl.Enum)
    fits = names.dtype.categories.str.contains(part, literal=True)
    return pl.lit(fits).gather(pl.col(names.name).to_physical())


def lazy(
    sessions: pl.DataFrame, actions: pl.DataFrame, p: Parameters
) -> dict[str, tuple[Lazy, ...]]:
    """Lazy forms of every query."""
    s, a, c = sessions.lazy(), actions.lazy(), pl.col
    names = actions["name"]
    by_search = c("name").cast(pl.String).str.contains("search", literal=True)
    total = c("duration").cast(pl.Int64).sum()
    browsers = s.filter(c("browserFamily").is_in(p.browsers)).select("session", "country")
    per = a.group_by("session").agg(total.alias("total"), pl.len().alias("n"))
    return {
        "B1": (
            lambda: s.group_by("country", "city").len(),
            lambda: _by_one_key(sessions),
        ),
        "B2": (
            lambda: a.filter(c("name") == p.action).select(c("session").n_unique()),
            lambda: a.filter(c("name") == p.action).select(_FIRST.sum()),
        ),
        "B3": (
            lambda: _funnel(a, p, _matching(names, "search")),
            lambda: _funnel_by_steps(a, p, _matching(names, "search")),
        ),
        "B4": (
            lambda: a.group_by("name").agg(
                pl.len(),
                c("duration").mean().alias("mean"),
                c("duration").median().alias("median"),
                c("duration").quantile(0.95, "linear").alias("q"),
            ),
        ),
        "B5": (
            lambda: (
                s.group_by(c("startTime") // _MINUTES_5)
                .agg(pl.len(), c("duration").mean())
                .with_columns(
                    pl.from_epoch(c("startTime") * _MINUTES_5, "ms").dt.strftime("%Y-%m-%d %H:%M")
                )
            ),
            lambda: (
                s.with_columns((c("startTime") // _MINUTES_5).set_sorted())
                .group_by("startTime")
                .agg(pl.len(), c("duration").mean())
                .with_columns(
                    pl.from_epoch(c("startTime") * _MINUTES_5, "ms").dt.strftime("%Y-%m-%d %H:%M")
                )
            ),
        ),
        "B6": (
            lambda: s.group_by("country").agg(c("userId").drop_nulls().n_unique()),
            lambda: s.select("country", "userId").unique().group_by("country").agg(c("userId").count()),
        ),
        "B7": (
            lambda: (
                a.join(browsers, on="session")
                .group_by("country", "application")
                .agg(c("duration").mean(), pl.len())
            ),
            lambda: (
                a.select(
                    "application",
                    "duration",
                    pl.lit(sessions["country"]).gather(c("session")).alias("country"),
                    pl.lit(sessions["browserFamily"].is_in(p.browsers)).gather(c("session")).alias("kept"),
                )
                .filter("kept")
                .group_by("country", "application")
                .agg(c("duration").mean(), pl.len())
            ),
        ),
        "B8": (
            lambda: a.filter(by_search, c("duration") > 1000).select(pl.len()),
            lambda: a.filter(
                c("name").to_physical().is_in(_codes(names, "search").implode()),
                c("duration") > 1000,
            ).select(pl.len()),
            lambda: a.filter(
                _matching(names, "search"), c("duration") > 1000
            ).select(pl.len()),
            lambda: a.select((_matching(names, "search") & (c("duration") > 1000)).sum()),
        ),
        "B9": (
            lambda: (
                s.filter(c("country") == p.country)
                .select("userSessionId", "startTime", "duration")
                .sort("duration", descending=True)
            ),
        ),
        "B10": (
            lambda: (
                s.filter(c("startTime").is_between(p.start, p.end))
                .group_by("stringProperties.tier")
                .agg(c("doubleProperties.revenue").sum(), c("duration").mean(), pl.len())
            ),
        ),
        "B11": (
            lambda: (
                a.join(
                    a.filter(c("name") == p.action)
                    .select(c("session").unique(maintain_order=True))
                    .head(50),
                    on="session",
                    how="semi",
                )
                .group_by("session")
                .agg("name")
                .join(s.select("session", "city"), on="session")
                .select("city", "name")
            ),
        ),
        "B12": (
            lambda: _with_bare(
                a.select("session", "application")
                .unique()
                .join(per, on="session")
                .group_by("application")
                .agg(pl.len(), c("total").sum() / c("n").sum()),
                s,
                a,
            ),
            lambda: _with_bare(
                a.group_by("session")
                .agg(c("application").unique(), total.alias("total"), pl.len().alias("n"))
                .explode("application")
                .group_by("application")
                .agg(pl.len(), c("total").sum() / c("n").sum()),
                s,
                a,
            ),
        ),
        "B13": (
            lambda: s.filter(c("ip4").is_between(52 << 24, (53 << 24) - 1)).select(pl.len()),
            lambda: s.select(c("ip4").is_between(52 << 24, (53 << 24) - 1).sum()),
        ),
        "B14": (
            lambda: s.group_by("country").agg(
                (c("userActionCount") > 5).sum(),
                c("duration").filter(~c("bounce")).mean(),
            ),
        ),
        "B15": (lambda: _names_by_join(s, a, p),),
        "B16": (
            lambda: _top(s, a.join(s.select("session", "country"), on="session")),
            lambda: _top(
                s,
                a.select(
                    "duration", pl.lit(sessions["country"]).gather(c("session")).alias("country")
                ),
            ),
        ),
        "B17": (
            lambda: (
                s.group_by("userId")
                .agg(pl.len(), c("totalErrorCount").sum())
                .sort("len", "userId", descending=[True, False], nulls_last=True)
                .head(50)
            ),
            lambda: (
                s.group_by("userId")
                .agg(pl.len(), c("totalErrorCount").sum())
                .filter(c("len") >= c("len").top_k(50).min())
                .sort("len", "userId", descending=[True, False], nulls_last=True)
                .head(50)
            ),
        ),
    }  # fmt: skip


def eager(
    sessions: pl.DataFrame, actions: pl.DataFrame, p: Parameters
) -> dict[str, Callable[[], pl.DataFrame]]:
    """Forms that use row numbers as positions, beyond what one lazy query can say."""
    return {
        "B11": lambda: _lists_by_position(sessions, actions, p),
        "B12": lambda: _per_application(sessions, actions),
        "B15": lambda: _names_by_flag(sessions, actions, p),
    }


def _codes(names: pl.Series, part: str) -> pl.Series:
    """The codes of the values that hold a part."""
    assert isinstance(names.dtype, pl.Enum)
    fits = names.dtype.categories.str.contains(part, literal=True)
    return fits.arg_true().cast(names.to_physical().dtype)


def _by_one_key(sessions: pl.DataFrame) -> pl.LazyFrame:
    """Both codes as one number, told apart again in the few groups."""
    texts = []
    for name in ("country", "city"):
        kind = sessions[name].dtype
        assert isinstance(kind, pl.Enum)
        texts.append(pl.lit(kind.categories))
    codes = [pl.col(n).to_physical().cast(pl.UInt32).fill_null(0xFFFF) for n in ("country", "city")]
    return (
        sessions.lazy()
        .group_by((codes[0] * 0x10000 + codes[1]).alias("key"))
        .len()
        .select(
            texts[0].gather(pl.col("key") // 0x10000, null_on_oob=True).alias("country"),
            texts[1].gather(pl.col("key") % 0x10000, null_on_oob=True).alias("city"),
            "len",
        )
    )


def _lists_by_position(s: pl.DataFrame, a: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Where the actions of the first sessions begin and end, by binary search."""
    matches = a.lazy().filter(pl.col("name") == p.action).select("session").collect()
    hits = matches["session"].unique(maintain_order=True).head(50)
    first = a["session"].search_sorted(hits, "left")
    after = a["session"].search_sorted(hits, "right")
    rows = pl.DataFrame({"hit": hits, "row": pl.int_ranges(first, after, eager=True)})
    rows = rows.explode("row")
    return (
        rows.select("hit", a["name"].gather(rows["row"]))
        .group_by("hit", maintain_order=True)
        .agg("name")
        .select(s["city"].gather(hits), "name")
    )


def _tests(p: Parameters, search: pl.Expr) -> tuple[pl.Expr, ...]:
    return (
        pl.col("name") == p.usual_action,
        search,
        pl.col("application") == p.application,
        pl.col("duration") > 3000,
    )


def _funnel(actions: pl.LazyFrame, p: Parameters, search: pl.Expr) -> pl.LazyFrame:
    """A bit per step, the bits of a session's actions joined."""
    bits = [test.cast(pl.Int8) * (1 << n) for n, test in enumerate(_tests(p, search))]
    flags = (
        actions.select("session", pl.sum_horizontal(bits).cast(pl.Int8).alias("m"))
        .group_by("session")
        .agg(pl.col("m").bitwise_or())
    )
    masks = [(2 << n) - 1 for n in range(len(bits))]
    return flags.select(((pl.col("m") & m) == m).sum().alias(f"n{m}") for m in masks)


def _funnel_by_steps(actions: pl.LazyFrame, p: Parameters, search: pl.Expr) -> pl.LazyFrame:
    """Each step looks only at the sessions that came so far."""
    counts = []
    survivors: pl.LazyFrame | None = None
    for number, test in enumerate(_tests(p, search)):
        hits = actions.filter(test).select("session").filter(_FIRST)
        if survivors is not None:
            hits = hits.join(survivors, on="session", how="semi")
        survivors = hits
        counts.append(survivors.select(pl.len().alias(f"n{number}")))
    return pl.concat(counts, how="horizontal")


def _per_application(sessions: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """What each session's actions add up to, looked up for the sessions of one application after
    the other."""
    kind = actions["application"].dtype
    assert isinstance(kind, pl.Enum)
    a = actions.lazy()
    ends = (
        a.select(
            "session",
            pl.col("duration").cast(pl.Int64).cum_sum().alias("total"),
            pl.int_range(1, pl.len() + 1).alias("n"),
        )
        .filter(pl.col("session").ne_missing(pl.col("session").shift(-1)))
        .with_columns(pl.col("total", "n").diff().fill_null(pl.col("total", "n")))
    )
    per = (
        sessions.lazy()
        .select("session")
        .join(ends, on="session", how="left", maintain_order="left")
        .collect()
    )
    bare = per["n"].is_null()
    total, n = (pl.lit(per[name]).gather(pl.col("session")).sum() for name in ("total", "n"))
    groups = [
        a.filter(pl.col("application") == value)
        .select("session")
        .filter(_FIRST)
        .select(
            pl.lit(value, kind).alias("application"), pl.len().alias("c"), (total / n).alias("mean")
        )
        for value in kind.categories
    ]
    null = pl.LazyFrame({"application": None, "c": bare.sum(), "mean": None})
    return pl.concat([*groups, null], how="vertical_relaxed").filter(pl.col("c") > 0).collect()


def _with_bare(groups: pl.LazyFrame, s: pl.LazyFrame, a: pl.LazyFrame) -> pl.LazyFrame:
    """And the group of the sessions without actions, if there are any."""
    bare = (
        s.join(a.select("session"), on="session", how="anti")
        .select(
            pl.lit(None).alias("application"),
            pl.len(),
            pl.lit(None, pl.Float64).alias("total"),
        )
        .filter(pl.col("len") > 0)
    )
    return pl.concat([groups, bare], how="vertical_relaxed")


def _names_by_join(s: pl.LazyFrame, a: pl.LazyFrame, p: Parameters) -> pl.LazyFrame:
    excluded = a.filter(pl.col("name") == p.usual_action).select("session")
    remaining = (
        s.filter(pl.col("userType") == "REAL_USER")
        .select("session")
        .join(excluded, on="session", how="anti")
    )
    of_remaining = a.select("session", "name").join(
        remaining, on="session", how="semi", maintain_order="left"
    )
    bare = (
        remaining.join(a.select("session"), on="session", how="anti")
        .select(pl.lit(None).alias("name"), pl.len())
        .filter(pl.col("len") > 0)
    )
    return (
        pl.concat(
            [of_remaining.group_by("name").agg(_FIRST.sum().alias("len")), bare],
            how="vertical_relaxed",
        )
        .sort("len", "name", descending=[True, False], nulls_last=True)
        .head(20)
    )


def _names_by_flag(s: pl.DataFrame, a: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """The kept sessions as a flag by row number, looked up for each action."""
    started = a.lazy().filter(pl.col("name") == p.usual_action).select("session").collect()
    flags = (
        s.lazy()
        .select(
            (pl.col("userType") == "REAL_USER")
            & ~pl.col("session").is_in(started["session"].implode())
        )
        .collect()
        .to_series()
    )
    owners = a.lazy().select("session").filter(_FIRST).collect()["session"]
    bare = int(flags.sum()) - int(flags.gather(owners).sum())
    groups = (
        a.lazy()
        .select("session", "name")
        .filter(pl.lit(flags).gather(pl.col("session")))
        .group_by("name")
        .agg(_FIRST.sum().alias("c"))
    )
    null = pl.LazyFrame({"name": None, "c": bare}).filter(pl.col("c") > 0)
    order = ("c", "name")
    both = pl.concat([groups, null], how="vertical_relaxed")
    return both.sort(order, descending=[True, False], nulls_last=True).head(20).collect()


def _top(s: pl.LazyFrame, durations: pl.LazyFrame) -> pl.LazyFrame:
    top = (
        s.group_by("country")
        .len()
        .sort("len", "country", descending=[True, False], nulls_last=True)
        .head(10)
    )
    cities = (
        s.drop_nulls("city")
        .group_by("country", "city")
        .len("n")
        .sort("n", "city", descending=[True, False], nulls_last=True)
        .group_by("country", maintain_order=True)
        .agg(pl.col("city").head(3))
    )
    quantiles = (
        durations.join(top.select("country"), on="country", how="semi", nulls_equal=True)
        .group_by("country")
        .agg(pl.col("duration").quantile(0.9, "linear"))
    )
    return (
        top.join(cities, on="country", how="left", nulls_equal=True)
        .join(quantiles, on="country", how="left", nulls_equal=True)
        .select("country", pl.col("city").fill_null([]), "len", "duration")
    )
