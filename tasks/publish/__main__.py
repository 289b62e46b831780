"""`python -m tasks.publish --run RUN`: the dataset's next version, where something changed."""

import sys

from tasks.core.catalog import Connection
from tasks.core.catalog.work import StageRun
from tasks.core.errors import StageRefused
from tasks.core.log import Log
from tasks.core.runner import run_global
from tasks.core.store import Store, open_store
from tasks.dataset.put_card import put_card, put_known
from tasks.dataset.version import PublishedVersion
from tasks.publish.changes import find_changes, put_changes
from tasks.publish.excluded import excluded_clips, put_excluded
from tasks.publish.index import put_index
from tasks.publish.manifest import Content, Files, next_version
from tasks.publish.mixture import put_order
from tasks.publish.provenance import put_provenance
from tasks.publish.record import index_pages, read_content, read_known, record_version
from tasks.publish.versions import Version, folder_of, latest_version, put_version


def publish(stage_run: StageRun, log: Log) -> int:
    """The number of versions published, 1 or 0; 0 too while another run works on the same videos: it will publish.

    Index and provenance first, under names that only this version's manifest leads to; then the manifest, which is
    the one step that readers see; then rows, which a run that died before them leaves to the next one; then the card,
    which `clipmill dataset card` makes as well.
    """
    run = stage_run.run
    if (other := _at_work(stage_run)) is not None:
        log.info("left_to_another_run", other=other, published=0)
        return 0
    store = open_store(run.recipe.output)
    parent = _parent(store, run.recipe.dataset)
    if parent is not None and record_version(stage_run, parent):
        log.info("recorded", version=parent.number, note="published by a run that could not say so")
    with stage_run.catalog.begin() as connection:
        content = read_content(connection, run)
        if content.is_of(parent):
            log.info("nothing_changed", version=parent.number if parent else None, published=0)
            return 0
        files = put_files(store, connection, stage_run, parent, content)
    version = next_version(parent, run, content, files)
    put_provenance(store, stage_run, version, content)
    published = PublishedVersion(store, version.number, version.text)
    put_known(published, read_known(stage_run))
    put_version(store, version)
    record_version(stage_run, version)
    put_card(published)
    total = files.index.counts.total
    log.info("published", version=version.number, clips=total.clips, hours=total.duration_s / 3600)
    return 1


def put_files(
    store: Store, connection: Connection, stage_run: StageRun, parent: Version | None, content: Content
) -> Files:
    """What lies beside the manifest, all of it out of one transaction."""
    run, number = stage_run.run, 1 if parent is None else parent.number + 1
    folder, order = folder_of(number), run.recipe.mix.order
    index = put_index(store, folder, index_pages(connection, run, content))
    excluded = put_excluded(store, folder, excluded_clips(connection, run))
    changes = None
    if parent is not None:
        new = (index.stored, content.described())
        changes = put_changes(store, number, find_changes(store, parent, new, connection, run.run_id))
    return Files(index, excluded, changes, put_order(store, folder, index.stored, order) if order else None)


def _at_work(stage_run: StageRun) -> str | None:
    """Another run that works on what is pending. Of two that end together, one must not find the other at work: so what
    this run could not do is given back first, in a transaction of its own."""
    with stage_run.catalog.begin() as connection:
        connection.run("work/release_run", run=stage_run.run.run_id)
    with stage_run.catalog.begin() as connection:
        found = connection.value("work/at_work", run=stage_run.run.run_id)
    return None if found is None else str(found)


def _parent(store: Store, dataset: str) -> Version | None:
    """The newest version. Raises StageRefused where the store holds another dataset."""
    latest = latest_version(store)
    if latest is not None and (found := latest.manifest["dataset"]) != dataset:
        raise StageRefused(
            f"the output holds the dataset {found!r}, not {dataset!r}; give each dataset a folder of its own"
        )
    return latest


if __name__ == "__main__":
    sys.exit(run_global("publish", publish))
