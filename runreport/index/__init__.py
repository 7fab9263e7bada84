"""What a build remembers for the next one: a SQLite file in the cache folder, free to be deleted.

An entry is used only where files prove that it still holds, so that a site has the same bytes
with the index, without it, and with one that is out of date. Its tables are for users too:
``sqlite3 .runreport-cache/site.sqlite "select label, metric, value from summaries"``. They are
described in `runreport.index.database`.
"""
