"""One exception per thing the caller can do about it; the docstring is its message."""


class ClipmillError(Exception):
    """Something went wrong in clipmill."""

    def __init__(self, detail: str = "") -> None:
        message = (self.__doc__ or "").strip().splitlines()[0].rstrip(".")
        super().__init__(f"{message}: {detail}" if detail else f"{message}.")
        self.detail = detail


class UnreadableVideo(ClipmillError):
    """This file cannot be read as a video."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        """Short snake_case token: empty_file, not_a_video, playlist, no_video_stream, truncated, ..."""


class StageRefused(ClipmillError):
    """This cannot be done as asked; trying again will not help."""


class BadRecipe(StageRefused):
    """The recipe is refused."""


class BadPolicy(BadRecipe):
    """The policy is refused."""


class ModelMissing(StageRefused):
    """The model store does not have this model."""


class IndexDamaged(StageRefused):
    """The stored index of vectors is damaged; it can be made anew from the files of vectors."""


class VectorsDamaged(StageRefused):
    """The file does not hold the vectors that it was written with."""


class SchemaMismatch(StageRefused):
    """The catalog has another schema than this code expects; run `clipmill catalog migrate`."""


class BadRendition(ClipmillError):
    """The written clip does not decode to the frames it should hold."""


class TryAgain(ClipmillError):
    """The store, the catalog or the machine could not serve just now; run again."""


class StoreUnavailable(TryAgain):
    """The object store cannot be reached or written."""


class CatalogUnavailable(TryAgain):
    """The catalog cannot be reached."""


class RowRefused(ClipmillError):
    """The catalog refuses a row, because it breaks a rule of its table."""


class ObjectMissing(ClipmillError):
    """No such object in the store."""


class ObjectExists(ClipmillError):
    """The object is already there."""


class ReservationLost(ClipmillError):
    """Another run has taken over this work; nothing was written."""


class ForeignResult(ClipmillError):
    """A result carries an id that was never sent; refused."""


class NotFound(StageRefused):
    """The catalog does not have it."""


class ExportRefused(StageRefused):
    """The export would break a rule of the trainer that is to read it; nothing was published."""
