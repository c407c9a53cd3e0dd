"""Half a sentence → likely files, words and tools, each with a probability."""

from codemaestro_jupyter.predict.predictor import Predictor
from codemaestro_jupyter.predict.project import ProjectView

__all__ = ["Predictor", "ProjectView"]
