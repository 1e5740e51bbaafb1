"""The tables and pictures of write_tolerance.md, one module per section; the folder is the registry."""
