"""What queries mean: cases that a user could read and extend."""
