"""The subcommands of ``usql``: one module each, with a command of the same name."""
