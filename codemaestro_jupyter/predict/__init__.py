"""Half a sentence → likely files, words and tools, each with a probability."""

from codemaestro_jupyter.predict.predictor import Predictor
from codemaestro_jupyter.predict.project import ProjectView
from codemaestro_jupyter.predict.warmth import WarmPredictor

__all__ = ["Predictor", "ProjectView", "WarmPredictor"]
