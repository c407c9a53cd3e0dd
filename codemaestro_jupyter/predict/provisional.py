"""A first predictor: text, names and recency in one blend; the fitted one replaces it."""

from __future__ import annotations

import time

import numpy as np

from codemaestro_jupyter.types import LikelyFile, LikelyTool, LikelyWord, LiveContext, Prediction, RelPath
from codemaestro_jupyter.workspace.index import IndexView
from codemaestro_jupyter.workspace.tokens import STANDARD


class Predictor:
    """Ranks the files of a view for a text."""

    def predict(self, text: str, view: IndexView, live: LiveContext, k: int = 3) -> Prediction:
        """At most `k` files, with rough probabilities."""
        started = time.perf_counter()
        count = len(view.paths)
        if len(text.strip()) <= 3 or not count:
            return Prediction(text=text)
        terms, partial = STANDARD.query(text)
        groups = [[(term, 1.0)] for term in terms]
        if partial and len(partial) >= 3:
            groups.append([(term, 0.6) for term, _ in view.field("content").complete(partial.lower(), 12)])
        scores = np.zeros(count, np.float32)
        for name, weight, saturation in (("content", 0.75, 3.0), ("path", 1.0, 1.2), ("symbols", 0.6, 1.2)):
            field = view.field(name)  # type: ignore[arg-type]
            for group in groups:
                best = np.zeros(count, np.float32)
                for term, share in group:
                    documents, frequencies = field.postings(term)
                    idf = np.log(1 + (count - len(documents) + 0.5) / (len(documents) + 0.5))
                    worth = share * idf * frequencies * (saturation + 1) / (frequencies + saturation)
                    best[documents] = np.maximum(best[documents], worth)
                scores += weight * best / 10
        reasons: dict[int, list[str]] = {}
        for age, files in enumerate(view.history.files[:60]):
            for document in files.tolist():
                scores[document] += 0.15 * 0.5 ** (age / 20) / max(1, len(files)) ** 0.5
                if age < 3:
                    reasons.setdefault(document, ["changed lately"])
        for path, weight in live.rejected.items():
            if (document := view.position(path)) is not None:
                scores[document] -= 0.5 * weight
        best = np.argsort(-scores, kind="stable")[:k]
        files = tuple(
            LikelyFile(
                RelPath(view.paths[i]),
                float(min(0.95, scores[i] / 1.5)),
                tuple(reasons.get(int(i), ["fits your words"])),
            )
            for i in best.tolist()
            if scores[i] > 0
        )
        words = tuple(
            LikelyWord(word, word[len(partial) :], 0.5)
            for word, _ in (view.words(partial, 3) if partial and len(partial) >= 2 else [])
            if len(word) > len(partial or "")
        )
        tools = (LikelyTool("brief", 0.5),)
        milliseconds = (time.perf_counter() - started) * 1000
        return Prediction(text=text, files=files, words=words, tools=tools, milliseconds=milliseconds)
