"""`coursekit serve`: the built site at a local address."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from coursekit import paths


def serve(port: int = 8000) -> int:
    """Serve `_build/html` to this machine alone, until Ctrl-C; 1 if it cannot."""
    if not (paths.SITE / "index.html").exists():
        print("There is no site yet: run `make book`.")
        return 1
    handler = partial(SimpleHTTPRequestHandler, directory=str(paths.SITE))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        print(f"Port {port} is taken ({error}); choose another with --port.")
        return 1
    print(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C to stop)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0
