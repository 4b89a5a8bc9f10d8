"""What turns the chapters into a site, notebooks and assignments."""

import sys

#: jsonschema, and with it all that reads a notebook, would compile a grammar of
#: international addresses: two seconds at every start, for a format no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)
