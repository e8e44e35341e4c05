"""The crowd: a simulated class of browsers, in a process of its own, that measures its server.

heads.py has what a browser sends, judge.py looks at each dashboard's ids, tally.py counts by
technique, browser.py is one browser, techniques.py has its three loops, crowd.py lets them join,
listen and leave. `python -m lesson.machinery.crowd PLAN` runs one; see __main__.py.
"""
