"""Vision-language networks of transformers: pictures and words in, words out."""

import importlib.util
import io
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import StageRefused
from tasks.models.ask import Question
from tasks.models.device import Device

_PROCESSORS = {
    "qwen2_5_vl": "Qwen2_5_VLProcessor",
    "qwen3_vl": "Qwen3VLProcessor",
    "smolvlm": "SmolVLMProcessor",
}
"""What makes a network's input, by its `model_type`."""
_TICKS_PER_S = 1000
"""The clock on which pictures of a video are placed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the network said to one question."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    is_cut_off: bool
    """Whether it had not come to its end."""


class LanguageNetwork:
    """A checkpoint of a folder, on the GPU where there is one. Raises StageRefused where it is of another sort."""

    def __init__(self, folder: Path) -> None:
        self.device = Device("bfloat16")
        self.as_video = importlib.util.find_spec("torchvision") is not None
        """Whether pictures go in as a video: transformers' video processors need torchvision."""
        transformers = self.device.transformers
        self._config = self.device.read(transformers.AutoConfig, folder)
        self._processor = self._processor_of(folder)
        self._model = self.device.model(folder, kind=transformers.AutoModelForImageTextToText)
        ends = self._model.generation_config.eos_token_id
        self._ends = set(ends if isinstance(ends, list) else [ends])

    def prepared(self, questions: Sequence[Question]) -> Any:
        """The questions as the network takes them, padded to one length."""
        texts = [self._prompt(question) for question in questions]
        pictures = [_pictures(question) for question in questions]
        if not self.as_video:
            return self._inputs(texts, images=pictures, **self._plain_pictures)
        times = [_metadata(question) for question in questions]
        return self._inputs(texts, videos=pictures, video_metadata=times, do_sample_frames=False)

    def too_long(self, inputs: Any, questions: Sequence[Question]) -> list[bool]:
        """Whether each has more tokens, with room for its answer, than the network can keep in view."""
        most = self._config.get_text_config().max_position_embeddings
        return [
            int(count) + question.answer_tokens > most
            for count, question in zip(inputs["attention_mask"].sum(1), questions, strict=True)
        ]

    def answers(
        self, inputs: Any, questions: Sequence[Question], temperature: float, leaving: threading.Event
    ) -> list[Said] | None:
        """What it says to each; None where the device has not the memory."""
        limits = [question.answer_tokens for question in questions]
        torch = self.device.torch
        try:
            with torch.inference_mode():
                rows = self._model.generate(
                    **inputs.to(self.device.name, dtype=self.device.dtype),
                    max_new_tokens=max(limits),
                    do_sample=temperature > 0,
                    stopping_criteria=[
                        lambda ids, scores: torch.full((len(ids),), leaving.is_set(), device=ids.device)
                    ],
                    **({"temperature": temperature} if temperature > 0 else {}),
                )
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return None
        start = inputs["input_ids"].shape[1]
        counts = inputs["attention_mask"].sum(1).tolist()
        return [self._said(*one) for one in zip(rows[:, start:].tolist(), counts, limits, strict=True)]

    def _said(self, tokens: list[int], prompt_tokens: int, limit: int) -> Said:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        text = self._processor.tokenizer.decode(tokens[: min(end, limit)], skip_special_tokens=True)
        return Said(text.strip(), prompt_tokens, min(end + 1, limit, len(tokens)), end >= min(limit, len(tokens)))

    def _inputs(self, texts: list[str], **media: Any) -> Any:
        return self._processor(text=texts, padding=True, padding_side="left", return_tensors="pt", **media)

    def _prompt(self, question: Question) -> str:
        """The words with a mark for each picture, as the network was taught to read them."""
        parts: list[dict[str, str]] = []
        if self.as_video:
            parts.append({"type": "video"})
        else:
            for picture in question.pictures:
                parts += [{"type": "text", "text": f"{picture.time_s:.1f} s: "}, {"type": "image"}]
        parts.append({"type": "text", "text": question.text})
        messages = [{"role": "user", "content": parts}]
        template = self._processor.chat_template
        return str(
            self._processor.tokenizer.apply_chat_template(
                messages, chat_template=template, tokenize=False, add_generation_prompt=True
            )
        )

    @property
    def _plain_pictures(self) -> dict[str, Any]:
        """How SmolVLM is shown single pictures of a video: whole and not in tiles, which take 17 times the tokens."""
        return {"do_image_splitting": False} if self._config.model_type == "smolvlm" else {}

    def _processor_of(self, folder: Path) -> Any:
        transformers = self.device.transformers
        name = _PROCESSORS.get(self._config.model_type)
        if name is None:
            raise StageRefused(f"{folder} holds a {self._config.model_type}; clipmill asks {', '.join(_PROCESSORS)}")
        kind = getattr(transformers, name)
        if self.as_video:
            return self.device.read(kind, folder)
        pictures = self.device.read(transformers.AutoImageProcessor, folder, backend="pil")
        words = self.device.read(transformers.AutoTokenizer, folder)
        return _without_video(kind)(pictures, words, None, chat_template=_template(folder, words), **_options(folder))


def _without_video(kind: Any) -> Any:
    """The processor's class, for use without what reads videos, which it asks for even where it is not used."""

    class WithoutVideo(kind):
        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            return None if argument is None else super().check_argument_for_proper_class(name, argument)

    return WithoutVideo


def _template(folder: Path, words: Any) -> str:
    """The words around a question, from whichever file the checkpoint keeps them in."""
    if (folder / "chat_template.jinja").exists():
        return (folder / "chat_template.jinja").read_text()
    if (folder / "chat_template.json").exists():
        return str(json.loads((folder / "chat_template.json").read_text())["chat_template"])
    return str(words.chat_template)


def _options(folder: Path) -> dict[str, Any]:
    """What the processor takes beside its parts: for SmolVLM, tokens per picture."""
    path = folder / "processor_config.json"
    said = json.loads(path.read_text()) if path.exists() else {}
    return {name: said[name] for name in ("image_seq_len",) if name in said}


def _pictures(question: Question) -> list[Any]:
    from PIL import Image

    return [Image.open(io.BytesIO(picture.jpeg)).convert("RGB") for picture in question.pictures]


def _metadata(question: Question) -> Any:
    """When each picture is, as transformers wants to know it of a video."""
    from transformers.video_utils import VideoMetadata

    ticks = [round(picture.time_s * _TICKS_PER_S) for picture in question.pictures]
    apart = (ticks[-1] - ticks[0]) // max(len(ticks) - 1, 1) or _TICKS_PER_S
    return VideoMetadata(
        total_num_frames=apart * len(ticks), fps=_TICKS_PER_S, frames_indices=ticks, duration=ticks[-1] / _TICKS_PER_S
    )
