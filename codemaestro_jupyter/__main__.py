"""`python -m codemaestro_jupyter` is the same as `codemaestro`."""

import sys

from codemaestro_jupyter.cli import main

if __name__ == "__main__":
    sys.exit(main())
