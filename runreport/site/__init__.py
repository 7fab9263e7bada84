"""Write the site: staged beside its folder, swapped in whole, and never over anything else."""

from runreport.records import Written
from runreport.site.output import Last, Output
from runreport.site.spool import Draft, Spool

__all__ = ["Draft", "Last", "Output", "Spool", "Written"]
