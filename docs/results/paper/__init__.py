"""The tables and pictures of paper.md, one module per section; the folder is the registry."""
