"""Work ahead of need: what pays is prepared while the person types, read-only, and used only while it still holds."""

from __future__ import annotations

__all__ = ["Engine", "PreparedSources"]

from codemaestro_jupyter.prepare.engine import Engine
from codemaestro_jupyter.prepare.sources import PreparedSources
