"""What the page in the browser asks of the server. Its paths are not an interface for others: they
change with the page."""
