"""Lets the tests of this folder import `sample_chapter`, whatever the import mode."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
