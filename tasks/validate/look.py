"""The pictures of a clip that a model is shown, in a process of its own that knows no network."""

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import Source, View, looks
from tasks.core.media.still import encode_jpeg
from tasks.core.settings_validate import ValidateSettings
from tasks.core.store import open_source
from tasks.models.ask import Picture


def pictures_of_one(clip: ClipInput, settings: ValidateSettings) -> tuple[Picture, ...]:
    """The clip's pictures, inside its box. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        return pictures(source, clip, settings)


def pictures(source: Source, clip: ClipInput, settings: ValidateSettings) -> tuple[Picture, ...]:
    """The same of an opened file: so many, spread evenly over the clip."""
    view = View(box=clip.inner, sample_fps=settings.frames / clip.span.duration_s)
    found = [
        Picture(look.time_s - clip.span.start_s, encode_jpeg(look.picture("rgb24", settings.model.longer_side_px)))
        for look in looks(source, clip.info, clip.span, view)
    ]
    if not found:
        raise UnreadableVideo("decode_error", "no picture of the clip decodes")
    return tuple(found[: settings.frames])
