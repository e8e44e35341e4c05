"""The classroom: one state that a class shares, held on the server, on the namespace `/class`.

The namespace has a connection of its own, so that it never adds a byte to the three that are
measured. classroom.py and students.py answer what comes in; shared.py holds what all share, made of
polls.py (predictions), tallies.py (exercises) and race.py; roster.py knows who is here; chat.py and
judge.py stand around the demos; rehearsal.py and crowd.py let simulated ones come; keeping.py
writes the file; teller.py sends. Every message is an object, and acknowledged with
{"ok": true, …} or {"error": problem}; what is refused changes nothing and is counted.

**Who is who.** A *page* is one connection. A *student* is one browser: it draws an id once, keeps
it, and names it in each `hello`, since `viewer` lives no longer than a page. Who names none and
steers is nobody's: the console, the screen. Who names none and does not steer counts by `viewer`.
A page stays the student's that it named; a student, and a viewer, has 64 pages at most.

From the browser, anyone:

    hello       {"viewer": V, "student": S, "chapter": slug or null, "step": id or null,
                 "following": bool}, all optional; again when they change. Viewers and students are
                 8 to 32 of a-z0-9. Answered with {"ok": true, "state": …}: all three parts below
    clock       answered with {"ok": true, "at": ms since the Unix epoch}
    vote        {"chapter": slug, "prediction": id, "answer": its key, or a number}: one a student,
                 changeable until closed. The question of an objective is a prediction too, named
                 "push-before" or "push-after", and takes answers unasked
    lost        {"on": bool}
    hand        {"on": true, "name": 1 to 40 characters} or {"on": false}
    progress    {"exercise": folder, "passed": true} or {"exercise": folder, "failure": 1 to 300
                 characters}, and perhaps "student", for who has said no hello: an exercise's runner

Who steers:

    sale        one of rate, paused, burst, return, sell-out
    step        {"chapter": slug, "step": id}: where the class is now
    lead        {"on": bool}: whether students' pages go there by themselves
    blank       {"on": bool}: whether screens are dark
    setting     {"interval": 0.2 to 10 s or null, "hold": 0 to 55 s or null}, one or both: for all
                 students; null leaves it to each
    prediction  {"chapter": slug, "prediction": id} and one or more of
                 "phase": "open" | "closed" | "revealed" | "off"; opening one puts another off
                 "hands": {answer: count}, a show of hands, typed in; each time anew, {} for none
                 "measured": its key, or a number: what came out in front of the class
    race        one of {"draw": "page" | "hand"}: a round begins, and everyone who is here gets a
                technique by lot; pages claim by themselves, or students press.
                {"return": "now" | "chance"}: its ticket comes back, at once or within 3 to 15 s.
                {"off": true}: no race; the boards stay
    chat        one of {"paused": bool}, {"hide": id of what was said}, {"clear": true}, {"mute": id
                of what was said}: the browser that said it; {"mute": null}: all may speak again
    rehearse    {"on": bool}: 25 simulated students, in a class of its own; off brings back what was
    crowd       {"clients": 1 to 5,000 browsers, "seconds": 1 to 60, or 10 where it is left out}:
                each technique's listen to this server alone, one after the other, and measure it.
                Refused while a student is connected, which also ends it; while the sale is paused,
                a rehearsal or a crowd is on; and in a cluster. {"on": false}: ends it early
    reset       {}: a new class, and an empty chat
    undo        {}: takes back the last reset, reveal, or what was hidden, cleared, muted

Who has a lot claims every return that it hears of, also one that is won already: by that its time
is counted. The sale has returns of its own, so any may be the race's until `ticket` says which is;
the others need not be claimed then. It claims in the demos' own way (POST /demos/claim, or `claim`
emitted), with the page's `viewer`. The race's ticket is refused to who is not in it, has another
lot, or has claimed before.

From the server, `state`. Each carries the first part whole; the two others where they concern:

    shared      {"n": 17,               grows by one with each change of this part
                 "class": "k3v9x2",     drawn when this class began; another: forget what was yours
                 "mode": "run" | "class" | "cluster",
                 "rehearsal": bool,     whether simulated students are among them
                 "instructor": bool,    whether a page that steers is connected; true in `run`
                 "place": {"chapter": slug, "step": id} or null,
                 "lead": bool, "blank": bool,
                 "settings": {"interval": s or null, "hold": s or null},
                 "all_faults": {"delay": ms, "jitter": ms, "loss": n, "outage": bool} or null,
                 "prediction": {"chapter": slug, "prediction": id, "phase": …,
                    "answers": their keys, none where a number is guessed, "votes": how many,
                    "measured": … or null, "counts": null until it is revealed, then
                    [{"answer": key or number, "votes": n}, …], in the order of the answers}
                    or null where none is on,
                 "race": {"phase": "off" | "ready" | "running" | "won", "round": its number,
                    "way": "page" | "hand", "from": {"epoch", "after"}, the cursor to listen from,
                    "ticket": id of its return, once it is back,
                    "lots": {technique: how many}, "winner": technique; these null before there are,
                    "board": {"page": board, "hand": board}}; a board is {"rounds": decided so far,
                    "techniques": {technique: {"wins": n, "expected": wins by chance alone,
                       "claims": n, "mean": ms from the return until a claim was here, or null}}},
                 "chat": {"paused": bool, "cleared": all up to this id, "hidden": [id, …]}}
    one's own   in the answer to hello, and whenever it changes:
                {"steers": bool, "faults": … or null (instruments.py), "now": the sale,
                 "own": {"student": S or null, "lost": bool, "hand": name or null,
                         "votes": {"chapter/prediction": answer},
                         "lot": technique in this round, or null}}
    the room    to who steers, at most 4 times a second:
                {"room": {"here": students, "simulated": n of them, "following": n, "browsing": n,
                    "chapters": {slug, or "" for other pages: n},
                    "down": [{"student": S, "name": of its hand or null, "since": ms}], who went in
                       the last 2 minutes and is not back, at most 50, newest first,
                    "gone": n of them in all,
                    "lost": n, "hands": [{"student": S, "name": …, "at": ms}], oldest first,
                    "counts": those of the prediction that is on, before it is revealed too,
                    "exercises": {folder: {"working": n, "passed": n,
                       "stuck": with the same failure for over 4 minutes,
                       "failure": the commonest or null, "failing": n of it}},
                    "muted": the names that they last used,
                    "refused": messages since the server began,
                    "undo": what `undo` would take back, in words, or null,
                    "crowd": the one that listens, or the last one, or null:
                       {"on": bool, "clients", "seconds", "interval", "hold": as asked, in seconds,
                        "at": {"technique", "joined" or "measured": so far, "of": in all} or null,
                        "rows": [{"technique", "events_per_second", "delay_median", "delay_p95": ms,
                           "requests_per_event", "empty": share of the answers, "head_per_event",
                           "body_per_event": bytes, "lost", "doubled", "cpu_share": the server's, of
                           one core, "bottleneck": why the delays are the crowd's own, or null}],
                           each figure null where it was not measured,
                        "notes": [sentences that a reader of the rows must know]}}}

Besides, `now` to all who said hello: how the sale stands, when it has changed, at most 10 times a
second. `meters` and `wire`: see lesson/instruments.py. A page that steers and names neither viewer
nor student is a console: it is told `meters` of all once a second, null where they are not known:

    {"class": {technique: {"requests": a second, "up", "down", "head", "body": bytes a second,
        "open": connections now, "empty": polls' answers without an event a second}}}
"""

from lesson.classroom.classroom import Classroom
from lesson.classroom.teller import HERE, NAMESPACE, ROOM

__all__ = ["HERE", "NAMESPACE", "ROOM", "Classroom"]
