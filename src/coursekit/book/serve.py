"""`coursekit serve`: the built site at a local address."""

from __future__ import annotations

import argparse
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from coursekit import paths


def main(arguments: list[str]) -> int:
    """Serve `_build/html` to this machine alone, until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="coursekit serve", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    if not (paths.SITE / "index.html").exists():
        print("There is no site yet: run `make book`.")
        return 1
    handler = partial(SimpleHTTPRequestHandler, directory=str(paths.SITE))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except OSError as error:
        print(f"Port {options.port} is taken ({error}); choose another with --port.")
        return 1
    print(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C to stop)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0
