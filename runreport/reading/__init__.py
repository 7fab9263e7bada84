"""From files to records: find run folders, and read lines that may be torn, huge or hostile."""
