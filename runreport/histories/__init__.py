"""From a metric's points to what pages need of them: numbers, overviews and data files."""
