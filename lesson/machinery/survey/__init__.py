"""The survey: crowds of growing size, then of a growing rate of events, and what they cost.

`python start.py crowd` runs it (see __main__.py). asked.py reads what is asked for, course.py runs
the crowds, rows.py makes one table of their reports, costs.py what one page costs, chart.py draws
lines, drawings.py which ones, papers.py writes the files. The lesson's own server reads the newest
report (newest.py), so only what the command itself uses may need the tools for testing.
"""
