"""The engines that usql is compared with, one a file."""
