"""From half a sentence to ranked files, words and tools, each with a probability."""

from __future__ import annotations

from codemaestro_jupyter.predict.provisional import Predictor

__all__ = ["Predictor"]
