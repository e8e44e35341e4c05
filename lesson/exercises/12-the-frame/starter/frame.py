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

    # TODO 1: where `length` is 126 or 127, the real length comes now, in 2 or 8 bytes.

    # TODO 2: where it is masked, the key comes now, in 4 bytes.

    # TODO 3: where `data` ends before the frame does, return None.
    payload = data[at : at + length]
    # TODO 2: take the mask off what was said.
    return Frame(final, opcode, payload, at + length)
