"""From the columns of an experiment's runs to its table: columns, first rows, data file, twins."""

from runreport.tables.table import Cell, Column, Table, make_table, newest_first

__all__ = ["Cell", "Column", "Table", "make_table", "newest_first"]
