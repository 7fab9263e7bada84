"""What scripts import: open a run folder, append lines to it, keep files with it.

It shares only `runreport.errors` and `runreport.layout` with the reading half.
"""
