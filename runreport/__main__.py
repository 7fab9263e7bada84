"""`python -m runreport` is the command `runreport`."""

from runreport.cli import main

if __name__ == "__main__":
    main(prog_name="runreport")
