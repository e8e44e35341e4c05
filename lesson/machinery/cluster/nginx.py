"""What nginx is told: the classroom's server has the pages and `/class`, all have the demos.

Polls and sockets need no stickiness: whoever asks with a cursor may ask any server. Nothing is held
back (long polls), and what goes wrong here is said as the lesson says it, with the same headers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, ServiceUnavailable

from demos import protocol
from demos.protocol import LARGEST_BODY
from lesson.machinery.headers import ALL, KEPT_NOWHERE, NO_PAGE

CONFIG = """
daemon off;
pid "{folder}/nginx.pid";
error_log stderr error;
{user}
worker_processes 1;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    server_tokens off;
    default_type text/plain;
    tcp_nodelay on;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";

    # Whoever does not answer is left alone for a second, and another one asked.
    upstream first {{
        server 127.0.0.1:{first} max_fails=0;
    }}
    upstream all {{
        {servers}
        keepalive 64;
        keepalive_timeout 15s;  # before the servers close what is idle
    }}
    map $arg_part $sockets {{ class first; default all; }}
    map $http_upgrade $upstream_says {{ default upgrade; '' ''; }}

    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $upstream_says;
    proxy_buffering off;
    proxy_connect_timeout 2s;
    proxy_read_timeout 75s;  # a long poll is held for up to 55
    client_max_body_size 128k;
    client_body_buffer_size 128k;
    keepalive_timeout 60s;

    server {{
        listen {listen} backlog=512;
        location / {{ proxy_pass http://first; }}
        location /demos/ {{ proxy_pass http://all; }}
        location /socket.io/ {{ proxy_pass http://$sockets; }}

        error_page 413 @large;
        error_page 502 504 =503 @away;
        location @large {{
            internal;
            default_type application/problem+json;
            {headers}
            return 413 '{large}';
        }}
        location @away {{
            internal;
            default_type application/problem+json;
            {headers}
            add_header Retry-After 1 always;
            return 503 '{away}';
        }}
    }}
}}
"""


def config(folder: Path, listen: tuple[str, int], servers: Sequence[int], as_root: bool) -> str:
    """Return nginx's configuration.

    :param folder: what is its own.
    :param listen: the host and the port that browsers are served at.
    :param servers: the servers' ports; the first has the classroom.
    """
    host, port = listen
    return CONFIG.format(
        folder=folder,
        user="user root;" if as_root else "",
        first=servers[0],
        servers="\n        ".join(
            f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in servers
        ),
        large=problem(
            RequestEntityTooLarge(f"the body is too large; allowed are {LARGEST_BODY} bytes")
        ),
        away=problem(ServiceUnavailable("no server answers; ask again in a moment")),
        headers="\n            ".join(
            f'add_header {name} "{value}" always;' for name, value in (*ALL, NO_PAGE, KEPT_NOWHERE)
        ),
        listen=f"[{host}]:{port} ipv6only=off" if ":" in host else f"{host}:{port}",
    )


def problem(error: HTTPException) -> str:
    """Return an error as the lesson's servers say it."""
    return json.dumps(protocol.problem(error))
