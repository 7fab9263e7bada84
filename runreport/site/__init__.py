"""Write the site: staged beside its folder, swapped in whole, and never over anything else."""

from runreport.site.output import Output, Written

__all__ = ["Output", "Written"]
