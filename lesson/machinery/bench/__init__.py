"""The bench: measures the lesson as its users meet it, and holds it against what was promised.

`python start.py bench` runs it (see __main__.py). crowds.py measures what it costs to be heard by
a class, page.py the page's weight, starts.py the start, meter.py the meter, dashboard.py a page in
a real browser. Nothing here is asserted: what was wanted is printed beside what was found.
"""
