"""Installed as the module `codemaestro`, so that `%load_ext codemaestro` finds the extension."""

from codemaestro_jupyter import *  # noqa: F403
from codemaestro_jupyter import __version__, load_ipython_extension, unload_ipython_extension  # noqa: F401
