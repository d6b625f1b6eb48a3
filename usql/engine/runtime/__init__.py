"""The environment of a run: limits, threads, traces, and what is kept between runs."""
