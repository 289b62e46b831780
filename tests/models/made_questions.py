"""Questions about made pictures."""

import io
import uuid

import numpy as np

from tasks.models.ask import Picture, Question


def question(count: int = 3, text: str = "What is it?", answer_tokens: int = 64) -> Question:
    """One about so many pictures of noise."""
    from PIL import Image

    random = np.random.default_rng(count)
    pictures = []
    for at in range(count):
        file = io.BytesIO()
        Image.fromarray(random.integers(0, 256, (72, 96, 3), dtype=np.uint8)).save(file, "JPEG")
        pictures.append(Picture(at * 1.5, file.getvalue()))
    return Question(uuid.uuid4(), tuple(pictures), text, answer_tokens=answer_tokens)
