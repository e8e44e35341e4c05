"""The crowd: a simulated class of browsers, in a process of its own, that measures its server.

heads.py has what a browser sends, judge.py looks at each dashboard's ids, tally.py counts by
technique, wire.py the bytes, browser.py is one browser, techniques.py has its three loops, seat.py
lets one leave and another join, crowd.py lets all of them join, and measures.
`python -m lesson.machinery.crowd PLAN` runs one; see __main__.py.
"""
