"""python -m sagt"""

import sys

from sagt.cli import main

sys.exit(main())
