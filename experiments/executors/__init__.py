"""Who runs the tasks of a sweep."""
