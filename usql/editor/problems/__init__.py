"""The problems of a text: finding, silencing and correcting them."""
