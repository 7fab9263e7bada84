"""Text that is safe and the same everywhere: numbers, names, links, notes, scripts' data."""
