"""The ``tracker`` command. Every report goes to standard output, everything else to standard error."""
