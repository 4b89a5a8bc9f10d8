"""Corpora that joined after the first records were made.

Every record of a translator depends on ``n2t.runs.corpora``, so a line there makes all
of them stale. What comes later is entered from here; ``n2t.cli`` imports this module,
and whoever trains or scores on such a corpus without the command line does so too.
"""

from n2t.data.sets.library_text import library_text
from n2t.runs.corpora import CORPORA

ADDED = {"library_text": library_text}
CORPORA.update(ADDED)
