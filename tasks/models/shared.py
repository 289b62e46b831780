"""A bucket with models, filled once, from which machines without internet copy what they need."""

import json
from pathlib import Path

from tasks.core.errors import ModelMissing
from tasks.core.store import Store, open_store
from tasks.models.registry import Model
from tasks.models.sums import SUMS, sums_of, write_sums


class SharedModels:
    """Each model's files in a store, below its name and revision. Every call raises StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._store: Store = open_store(url)

    def has(self, model: Model) -> bool:
        """Whether all of the model is there: its sums are put last."""
        return self._store.exists(_key(model, SUMS))

    def put(self, model: Model, folder: Path) -> None:
        """Copies the model out of a folder that it was fetched into."""
        names = json.loads((folder / SUMS).read_text())
        self._store.put_files([(_key(model, name), folder / name) for name in names])
        self._store.put_file(_key(model, SUMS), folder / SUMS)

    def bring(self, model: Model, folder: Path) -> None:
        """Copies the model into an empty folder. Raises ModelMissing where its bytes are not those that were put."""
        sums: dict[str, str] = json.loads(self._store.get_bytes(_key(model, SUMS)))
        names = [name for name in model.names if name in sums]
        self._store.download_all([(_key(model, name), folder / name) for name in names])
        found = sums_of(folder, names)
        if changed := [name for name in names if found[name] != sums[name]]:
            place = self._store.url(f"{model.name}/{model.revision}")
            raise ModelMissing(
                f"{', '.join(changed)} in {place} is not as it was put there; remove that prefix and "
                f"`clipmill models pull {model.name}` where there is internet"
            )
        write_sums(folder, found)


def _key(model: Model, name: str) -> str:
    return f"{model.name}/{model.revision}/{name}"
