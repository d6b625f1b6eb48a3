"""From a file to an answer: whole processes, as a person starts them."""
