"""What the terms of a source allow, and what a recipe asks of them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from tasks.core.settings import Settings

USES = ("commercial", "redistribution", "derivative")
_TERM = r"[A-Za-z0-9][A-Za-z0-9.+-]*"
_CREATIVE_COMMONS = re.compile(r"CC-BY(-NC)?(-SA|-ND)?-\d\.\d(-[A-Z]{2,3})?|(CC0)-1\.0|(PDDL)-1\.0", re.IGNORECASE)


def _is_licence(value: str) -> str:
    if not re.fullmatch(rf"{_TERM}( (AND|OR|WITH) {_TERM})*", value):
        raise ValueError("an SPDX expression such as CC-BY-4.0, or LicenseRef-<your-own-name>")
    return value


def _is_pattern(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.+*-]+", value):
        raise ValueError("an SPDX identifier such as CC-BY-4.0, with * for any characters, as in CC-BY-NC-*")
    return value


Licence = Annotated[str, AfterValidator(_is_licence)]
LicencePattern = Annotated[str, AfterValidator(_is_pattern)]


class UseSettings(Settings):
    """What the terms of a source allow; what is left out is as the licence's own name says, or not known."""

    commercial: bool | None = Field(None, description="Whether it may be used commercially.")
    redistribution: bool | None = Field(None, description="Whether copies may be passed on.")
    derivative: bool | None = Field(None, description="Whether changed copies (cropped, encoded anew) may be made.")


class RightsSettings(Settings):
    """What a recipe asks of its sources; clips of those that do not allow it are left out of the next version."""

    allow: tuple[LicencePattern, ...] = Field(
        (), description="Licences to take, * for any characters; all where empty."
    )
    deny: tuple[LicencePattern, ...] = Field((), description="Licences not to take, whatever else is said.")
    commercial: bool = Field(False, description="Take only what may be used commercially.")
    redistribution: bool = Field(False, description="Take only what may be passed on.")
    derivative: bool = Field(False, description="Take only what may be changed.")

    @property
    def asks_nothing(self) -> bool:
        """Whether every source will do."""
        return self == RightsSettings()


def allowed_use(licence: str, use: UseSettings) -> dict[str, bool | None]:
    """What a source's terms allow, by use: as said, else as a licence of Creative Commons has it in its name.

    None where nobody has said: that is not allowed to whoever asks for it.
    """
    implied: dict[str, bool] = {}
    if found := _CREATIVE_COMMONS.fullmatch(licence):
        implied = {"commercial": not found[1], "redistribution": True, "derivative": (found[2] or "").upper() != "-ND"}
    said = use.model_dump()
    return {name: implied.get(name) if said[name] is None else said[name] for name in USES}


def like_patterns(licences: tuple[str, ...]) -> list[str]:
    """The licences as the catalog compares them: in small letters, % for any characters."""
    return [one.lower().replace("*", "%") for one in licences]
