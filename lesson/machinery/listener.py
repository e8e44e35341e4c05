"""The socket that the server listens on, made here so that all engines have the same."""

from __future__ import annotations

import os
import socket

BACKLOG = 512  # a class opens the page in the same second


class PortTakenError(OSError):
    """The port is not to be had."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Never shares a port with another server.

    :raises PortTakenError: if the port is taken, may not be used, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere this option would let two servers have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit it: small answers are not held back for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    return listener


def raise_file_limit() -> int:
    """Let this process have as many open files as the system allows it to ask for; return how many.

    Some systems allow 256 files at first, which a class of thirty fills.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit, but can wait for no more sockets than these
        return 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            pass  # a system that refuses leaves us with what we have
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
