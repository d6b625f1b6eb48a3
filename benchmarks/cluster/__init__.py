"""The benchmark of a cluster: Spark SQL written by hand against usql on the same Spark."""
