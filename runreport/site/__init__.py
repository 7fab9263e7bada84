"""Write the site: staged beside its folder, swapped in whole, and never over anything else."""

from runreport.records import Written
from runreport.site.output import Output

__all__ = ["Output", "Written"]
