"""What a run may use and what it did: limits, threads, traces, and what is kept between runs."""
