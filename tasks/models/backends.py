"""Where questions to vision-language models go."""

from functools import cache

from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Backend
from tasks.models.folder import require_unchanged


@cache
def open_backend(settings: VisionLanguageSettings) -> Backend:
    """The one that the settings name, opened once a process. Raises ModelMissing or StageRefused; asks nothing yet."""
    if settings.backend == "openai":
        from tasks.models.served import Served

        return Served(settings)
    from tasks.models.generated import Generated

    return Generated(settings, require_unchanged(settings.model))
