"""Takes a WebSocket frame apart (RFC 6455, section 5.2).

Left out: putting divided messages together, and refusing frames that break the rules.
"""

from typing import NamedTuple


class Frame(NamedTuple):
    final: bool  # the last part of its message
    opcode: int  # what kind: 1 text, 2 binary, 8 close, 9 ping, 10 pong
    payload: bytes  # what was said, unmasked
    size: int  # bytes that the whole frame takes on the line


def read_frame(data):
    """Return the frame that `data` begins with, or None while it is not there as a whole."""
    if len(data) < 2:
        return None
    final = bool(data[0] & 0b1000_0000)
    opcode = data[0] & 0b0000_1111
    masked = bool(data[1] & 0b1000_0000)
    length = data[1] & 0b0111_1111
    at = 2  # so far we have read up to here

    if length == 126:
        length, at = int.from_bytes(data[at : at + 2], "big"), at + 2
    elif length == 127:
        length, at = int.from_bytes(data[at : at + 8], "big"), at + 8

    key = bytes(4)  # a key of zeros changes nothing
    if masked:
        key, at = data[at : at + 4], at + 4

    if len(data) < at + length:
        return None
    payload = data[at : at + length]
    payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    return Frame(final, opcode, payload, at + length)
