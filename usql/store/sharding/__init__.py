"""More sessions than memory holds, sorted by time and cut into saved stores."""
