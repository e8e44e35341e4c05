"""The wire: what crosses each connection, whose it is, and what may happen to it on the way.

heads.py reads heads, stream.py and talk.py divide a connection's bytes into heads and bodies,
ledger.py books them, record.py keeps what the inspector shows, faults.py and late.py say what is
disturbed and hold it back. None of these knows a socket; line.py is the one that does.
"""
