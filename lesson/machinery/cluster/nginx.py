"""What nginx is told: the classroom's server has the pages and `/class`, all have the demos.

Polls and sockets need no stickiness: whoever asks with a cursor may ask any server. Nothing is held
back (long polls), and what goes wrong here is said as the lesson says it, with the same headers.
The servers see one neighbour only, so the door's bounds of time and of one address are kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from demos.protocol import LARGEST_BODY
from lesson.machinery.door import BODY, FIRST, NEXT, OF_ONE_ADDRESS
from lesson.machinery.headers import ALL, KEPT_NOWHERE, NO_PAGE
from lesson.machinery.refusal import Refused

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
    client_header_timeout {head:g}s;
    client_body_timeout {body:g}s;
    send_timeout {head:g}s;
    keepalive_timeout {idle:g}s;

    map $remote_addr $address {{ ~^127[.] ''; ::1 ''; default $binary_remote_addr; }}
    limit_conn_zone $address zone=addresses:1m;
    limit_conn addresses {of_one_address};

    server {{
        listen {listen} backlog=512;
        location / {{ proxy_pass http://first; }}
        location /demos/ {{ proxy_pass http://all; }}
        location /socket.io/ {{ proxy_pass http://$sockets; }}

{refusals}
    }}
}}
"""

REFUSAL = """
        error_page {codes} ={status} {path};
        location = {path} {{
            internal;
            default_type application/problem+json;
            {headers}
            return {status} '{problem}';
        }}"""

REFUSALS = {  # what nginx itself calls it, and how it is said
    "400 494": Refused(400, "the request cannot be read, or its head is too long"),
    "404": Refused(404, "there is nothing at this address"),  # as of these very locations
    "413": Refused(413, f"the body is too large; allowed are {LARGEST_BODY} bytes"),
    "414": Refused(414, "the address is too long"),
    "502 504": Refused(503, "no server answers; ask again in a moment", later=1),
    "503": Refused(503, "too many requests from one address", later=5),
}


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
        head=FIRST,
        body=BODY,
        idle=NEXT - FIRST,
        of_one_address=OF_ONE_ADDRESS,
        refusals="\n".join(refusal(*said) for said in REFUSALS.items()),
        listen=f"[{host}]:{port} ipv6only=off" if ":" in host else f"{host}:{port}",
    )


def refusal(codes: str, refused: Refused) -> str:
    """Return what nginx is told of one way to say no.

    :param codes: its own, for which this is said.
    """
    fields = [*ALL, NO_PAGE, KEPT_NOWHERE]
    if refused.later is not None:
        fields.append(("Retry-After", str(refused.later)))
    return REFUSAL.format(
        codes=codes,
        path=f"/refused/{codes.split()[0]}",  # no named location: they need a request that was read
        status=refused.status,
        headers="\n            ".join(
            f'add_header {name} "{value}" always;' for name, value in fields
        ),
        problem=refused.problem(),
    )
