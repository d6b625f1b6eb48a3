"""Many threads that ask one store for minutes: right answers, flat memory, no deadlock."""
