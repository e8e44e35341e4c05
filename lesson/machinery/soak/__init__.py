"""The soak: a long day of a class, and all that is promised of it.

`python start.py soak` runs it (see __main__.py). day.py is the day itself, kills.py kills the
server again and again, slow.py has readers that do not read, half_open.py opens connections and
says nothing on them, doors.py knocks at each door with what inputs.py draws. A broken promise is
said in words and by the exit status; how quick it was is only printed beside what was wanted, for
other work on the machine would fail it otherwise.
"""
