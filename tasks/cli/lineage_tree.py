"""A lineage as a tree of lines, which a terminal and a page show alike."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.amounts import size
from tasks.core.settings import canonical_json
from tasks.core.settings_rights import USES
from tasks.report.wording import NOTHING, bounds, count, length, number, unit

Story = dict[str, Any]
SHORT = 8


@dataclass(frozen=True, slots=True)
class Node:
    """One line: what it is, what is to be said of it, and what belongs to it."""

    what: str
    text: str = ""
    parts: tuple["Node", ...] = ()


def tree_of(story: Story) -> Node:
    """The tree of a story: what it comes from first, then what was made of it, then who made that."""
    parts: dict[str, Callable[[Story], Iterable[Node]]] = {
        "clip": _of_clip, "video": _of_video, "source": _of_source, "shard": _of_shard,
    }  # fmt: skip
    named = {"source": "name", "shard": "object_key"}.get(story["kind"], f"{story['kind']}_id")
    state = ": ".join(str(story[part]) for part in ("state", "reason") if story.get(part))
    blocked = [Node("blocked", f"{one.get('detail') or one['reason']}") for one in story.get("blocked", ())]
    made_by = _group("made by", map(_stage_run, story["made_by"]))
    return Node(story["kind"], f"{story[named]}  {state}".rstrip(), (*blocked, *parts[story["kind"]](story), *made_by))


def _group(what: str, nodes: Iterable[Node], text: str = "") -> tuple[Node, ...]:
    """The nodes under one, which is not there where they are not."""
    found = tuple(nodes)
    return (Node(what, text, found),) if found else ()


def _by(row: Story) -> str:
    """Which entry of `made by` made it."""
    made = row.get("stage_run_id")
    return f"  [{made[:SHORT]}]" if made else ""


def _stage_run(row: Story) -> Node:
    code = (
        f"code {row['code_revision'] or 'not recorded'}, {'image ' + row['image'] if row['image'] else 'in no image'}"
    )
    when = str(row["started_at"])[:19].replace("T", " ")
    return Node(
        f"[{row['stage_run_id'][:SHORT]}]", f"{row['stage']} in run {row['run_id']}, {when} on {row['host']}, {code}"
    )


def _of_clip(story: Story) -> Iterable[Node]:
    span, crop = story["span"], story["crop"]
    frames = f"frames {span['start_frame']} to {span['end_frame']}"
    where = f"{span['start_s']:.2f} s to {span['start_s'] + span['duration_s']:.2f} s, {frames}"
    pts = f"pts {span['start_pts']} to {span['end_pts']} in {span['time_base']} s"
    box = (
        crop
        and f"{crop['width_px']}x{crop['height_px']} at {crop['x_px']},{crop['y_px']}, confidence {crop['confidence']}"
    )
    yield Node(
        "comes from",
        "",
        (
            *_places(story["places"]),
            _video_node(story),
            *_training(story["training"]),
            Node("span", f"{where}, {pts}{_by(span)}"),
            *((Node("crop", f"{box}{_by(crop)}"),) if crop else ()),
        ),
    )
    yield from _group("measured", _scorers(story))
    yield from _group("judged", [*map(_rule, story["rules"]), *map(_verdict, story["verdicts"])])
    yield from _group("vectors", map(_vector, story["embeddings"]))
    yield from _copies(story["copies"], story["clip_id"], story["compared"])
    yield from _group("asked", map(_asked, story["validations"]))
    yield from _group("captions", (_captions(one, story["settings"]) for one in story["captions"]))
    yield from _group("encoded", (_rendition(one, story["settings"]) for one in story["renditions"]))
    yield from _group("packed", map(_place_in_shard, story["shards"]))
    yield from _group("published", map(_version, story["versions"]))


def _places(rows: Sequence[Story]) -> Iterable[Node]:
    """Each source once, with its terms and the files."""
    for source in dict.fromkeys(row["source_id"] for row in rows):
        here = [row for row in rows if row["source_id"] == source]
        files = (Node("file", f"{row['path']}  {row['uri']}{_by(row)}") for row in here)
        yield Node("source", f"{here[0]['name']}  {here[0]['source_uri']}", (*_terms(here[0]), *files))


def _terms(row: Story) -> Iterable[Node]:
    if row["licence"] is None:
        return
    words = {True: "yes", False: "no", None: "not said"}
    yield Node("licence", f"{row['licence']}; {row['rights']}{_by(row) if 'recorded_at' in row else ''}")
    yield Node("evidence", row["evidence"] or "none given")
    yield Node("allows", ", ".join(f"{use}: {words[row[use]]}" for use in USES))
    if row["contact"]:
        yield Node("contact", row["contact"])


def _video_node(story: Story) -> Node:
    video = story["video"]
    info = video["info"]
    picture = f", {info['width_px']}x{info['height_px']} {info['codec']}" if info else ", not a readable video"
    return Node(
        "video", f"{video['video_id']}  sha256 {video['sha256']}, {size(video['size_bytes'] or 0)}{picture}{_by(video)}"
    )


def _training(row: Story | None) -> Iterable[Node]:
    """What the file itself says on training; nothing where it was not asked."""
    if row is None:
        return
    said = row["refusal"] or row["problem"] or ("nothing forbids it" if row["entries"] else "it has no word on it")
    entries = (Node(one["assertion"], f"{one['entry']}: {one['use']}  in {one['manifest']}") for one in row["entries"])
    yield Node("its own manifest on training", f"{said}{_by(row)}", tuple(entries))


def _scorers(story: Story) -> Iterable[Node]:
    by_scorer: dict[str, list[Story]] = {}
    for score in story["scores"]:
        by_scorer.setdefault(score["scorer"], []).append(score)
    for scorer, scores in sorted(by_scorer.items()):
        key = story["settings"].get(scores[0]["stage_key"], {"made_of": {}, "sha256": ""})
        numbers = (Node(one["score"], _value(one)) for one in scores)
        yield Node(scorer, f"{_made_of(key)}{_by(scores[0])}", tuple(numbers))


def _value(score: Story) -> str:
    """The number with its unit, or why there is none."""
    if score["value"] is None:
        return score["unmeasured"] or NOTHING
    return f"{number(score['value'])} {unit(score['unit'])}".rstrip()


def _made_of(key: Story) -> str:
    """The algorithm, or the model with its revision, and the hash of all settings."""
    made_of = key["made_of"]
    words = [str(made_of[name]) for name in ("algorithm", "model", "revision") if made_of.get(name)]
    return ", ".join([*words, f"settings {key['sha256'][:SHORT]}"])


def _rule(rule: Story) -> Node:
    limits = (
        bounds(rule["min_value"], rule["max_value"]) if (rule["min_value"], rule["max_value"]) != (None, None) else ""
    )
    return Node(rule["rule"], f"{rule['outcome']}: {rule['score']} {number(rule['value'])}, asked {limits}")


def _verdict(row: Story) -> Node:
    reasons = ", ".join([*row["failed_rules"], *(f"{rule} unmeasured" for rule in row["unmeasured_rules"])])
    policy = f"{row['policy']} v{row['policy_version']} ({row['policy_hash'][:SHORT]})"
    return Node(
        f"verdict {row['outcome']}", f"{policy}, {row['judged_at'][:19]}, run {row['run_id']}  {reasons}".rstrip()
    )


def _vector(row: Story) -> Node:
    lent = f", lent by {row['copied_from']}" if row["copied_from"] else ""
    made = f"{row['model']} at {row['revision']}, {row['dimension']} numbers"
    return Node(row["object_key"], f"row {row['ordinal']}, {made}{lent}  {row['store_url']}{_by(row)}")


def _copies(copies: Story, clip: str, compared: Story | None) -> Iterable[Node]:
    by = _by(compared) if compared else ""
    alike = tuple(
        Node(
            one["clip_id"],
            f"{one['similarity']:.3f}, {'a copy' if one['is_copy'] else 'no copy'}, {one['state'] or 'not in run'}",
        )
        for one in copies["alike"]
    )
    representative = copies["representative_id"]
    if representative and representative != clip:
        yield Node("cluster", f"a copy of {representative}, similarity {copies['similarity']:.3f}{by}", alike)
    elif alike or copies["stands_for"]:
        yield Node("cluster", f"kept, stands for {count(copies['stands_for'], 'copies')}{by}", alike)
    elif compared:
        yield Node("cluster", f"of its own: no clip that is kept is like it{by}")


def _asked(row: Story) -> Node:
    """What a model was asked about the clip, and said."""
    answers = (
        Node(name, f"{said['answer']} ({said['confidence']:.2f}): {said['reason']}")
        for name, said in (row["answers"] or {}).items()
    )
    unmeasured = (Node(row["unmeasured"], row["text"]),) if row["unmeasured"] else ()
    prompt = f"prompt {row['prompt_sha256'][:SHORT]}, {count(row['picture_count'], 'pictures')}"
    return Node(row["model"], f"{prompt}{_others(row)}{_by(row)}", (*answers, *unmeasured))


def _captions(row: Story, settings: Story) -> Node:
    """What was said of the clip, window by window."""
    prompt = f"prompt {row['prompt_hash'][:SHORT]}, " if row["prompt_hash"] else "without a prompt, "
    made_of = settings.get(row["stage_key"], {"sha256": ""})
    aside = f", set aside {row['released_at'][:10]}" if row["released_at"] else ""
    text = f"{prompt}settings {made_of['sha256'][:SHORT]}{aside}{_others(row)}{_by(row)}"
    return Node(row["model"], text, tuple(map(_window, row["windows"])))


def _window(window: Story) -> Node:
    times = f"{window['start_s']:.1f} s to {window['end_s']:.1f} s"
    said = [Node(name, window[name]) for name in ("short", "medium", "long") if window[name]]
    if window["unmeasured"]:
        said.append(Node(window["unmeasured"], window["message"] or ""))
    return Node(times, ", ".join(window["flags"]), tuple(said))


def _others(row: Story) -> str:
    return "" if row["is_of_run"] else ", under other settings"


def _rendition(row: Story, settings: Story) -> Node:
    made_of = settings.get(row["stage_key"], {"made_of": {}})["made_of"]
    what = (
        f"{row['width_px']}x{row['height_px']} {row['codec']}, {row['frame_count']} frames, {size(row['size_bytes'])}"
    )
    parts = (Node("sha256", row["sha256"]), Node("settings", canonical_json(made_of)))
    return Node(row["object_key"], f"{what}{_by(row)}", parts)


def _place_in_shard(row: Story) -> Node:
    at = f"{row['dataset']}, at byte {row['offset_bytes']:,}, {size(row['size_bytes'])}"
    versions = ", ".join(map(str, row["versions"])) or "none"
    state = "" if row["is_current"] else ", written anew since"
    return Node(row["object_key"], f"{at}, in versions {versions}{state}{_by(row)}")


def _version(row: Story) -> Node:
    newest = ", the newest" if row["is_newest"] else ""
    of = f"{row['clips']:,} of its {count(row['clip_count'], 'clips')}"
    return Node(
        f"{row['dataset']} version {row['version']}",
        f"{of}{newest}, {str(row['published_at'])[:10]}, run {row['run_id']}",
    )


def _of_video(story: Story) -> Iterable[Node]:
    yield Node("comes from", "", (*_places(story["places"]), *_training(story["training"])))
    yield _video_node(story)
    if story["split"]:
        split = story["split"]
        yield Node(
            "split", f"{split['frame_count']} frames, {count(len(split['boundaries']), 'changes')} of shot{_by(split)}"
        )
    clips = [span for span in story["spans"] if span["clip_id"]]
    yield from _group("clips", map(_span, clips), f"{len(clips):,}")
    yield from _made(story["made"])


def _span(span: Story) -> Node:
    state = ": ".join(str(span[part]) for part in ("state", "reason") if span.get(part))
    return Node(span["clip_id"], f"{span['start_s']:.2f} s to {span['start_s'] + span['duration_s']:.2f} s  {state}")


def _of_source(story: Story) -> Iterable[Node]:
    for place, terms in enumerate(story["terms"]):
        since = f"since {terms['recorded_at'][:10]}"
        yield Node("terms" if place == 0 else "terms before", since, tuple(_terms(terms)))
    runs = (Node(one["run_id"], f"recipe {one['recipe']} {one['recipe_hash'][:SHORT]}") for one in story["runs"])
    yield from _group("used by", runs)
    made = story["made"]
    videos = (Node(str(one["video_id"]), f"{one['path']}, {size(one['size_bytes'] or 0)}") for one in made["videos"])
    yield from _group("videos", (*videos, *_more(made, "videos", "videos")), f"{made['counts']['videos']:,}")
    clips = made["counts"]
    yield Node("clips", f"{clips['clips']:,}, {length(clips['clip_seconds'])}")
    yield from _made(made)


def _more(made: Story, rows: str, total: str) -> Iterable[Node]:
    left = made["counts"][total] - len(made[rows])
    if left > 0:
        yield Node(f"and {left:,} more", "--all lists them")


def _made(made: Story) -> Iterable[Node]:
    """What was made of many clips: how much, and the first of each kind."""
    counts = made["counts"]
    encoded = (
        Node(one["object_key"], f"clip {one['clip_id']}, {size(one['size_bytes'])}") for one in made["renditions"]
    )
    total = f"{counts['renditions']:,}, {size(counts['rendition_bytes'])}"
    yield from _group("encoded", (*encoded, *_more(made, "renditions", "renditions")), total)
    files = (Node(one["object_key"], f"{one['vectors']:,} of its vectors") for one in made["vector_files"])
    total = f"{counts['vectors']:,} in {count(counts['vector_files'], 'files')}"
    yield from _group("vectors", (*files, *_more(made, "vector_files", "vector_files")), total)
    shards = (
        Node(
            one["object_key"],
            f"{one['dataset']}, {count(one['clips'], 'clips')} of it"
            + ("" if one["is_current"] else ", written anew since"),
        )
        for one in made["shards"]
    )
    total = f"{counts['shards']:,}, {size(counts['shard_bytes'])}"
    yield from _group("packed", (*shards, *_more(made, "shards", "shards")), total)
    yield from _group("published", map(_version, made["versions"]))


def _of_shard(story: Story) -> Iterable[Node]:
    sources = (
        Node("source", f"{one['name']}  {one['source_uri']}, {_share(one)}", tuple(_terms(one)))
        for one in story["sources"]
    )
    yield from _group("comes from", sources)
    yield Node("bytes", f"{size(story['size_bytes'])}, sha256 {story['sha256']}{_by(story)}")
    yield Node("cell", f"{story['cell']}, {'full' if story['is_full'] else 'open to more clips'}")
    members = [
        Node(one["clip_id"], f"at byte {one['offset_bytes']:,}, {one['path']} from {one['start_s']:.2f} s")
        for one in story["members"]
    ]
    if left := story["clips"] - len(members):
        members.append(Node(f"and {left:,} more", "--all lists them"))
    yield Node("clips", f"{story['clips']:,}", tuple(members))
    yield Node("published", f"{story['dataset']}, in versions {', '.join(map(str, story['versions'])) or 'none'}")
    if story["retired_at"]:
        yield Node("written anew", f"{story['retired_at'][:10]}, run {story['retired_by']}")
    if story["purged_at"]:
        yield Node("bytes removed", f"{story['purged_at'][:10]}, takedown {story['takedown_id']}")


def _share(row: Story) -> str:
    return f"{count(row['clips'], 'clips')} of {count(row['videos'], 'videos')}"
