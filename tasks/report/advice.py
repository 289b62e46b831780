"""What a person can do about each kind of failure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, and whether the file is to blame or the place where the stage ran."""

    text: str
    is_of_file: bool
    """True where nothing is wrong with the installation: the input is what it is, and is accounted for."""


def advice(kind: str) -> Advice:
    """The advice for an error kind; a general one for a kind that is not listed."""
    if kind in OF_FILE:
        return Advice(OF_FILE[kind], True)
    again = f"Then `clipmill retry --kind {kind}` and `clipmill run RECIPE`."
    return Advice(f"{OF_PLACE.get(kind, _SEE_MESSAGE)} {again}", False)


_REPLACE = "Replace the file with a whole one, or leave it: it costs the run nothing."
_LET_READ = "Give the user that runs clipmill the right to read it."
_SEE_MESSAGE = "Mend what the message names."

OF_FILE = {
    "bad_address": "It is no http or https address, or one with a password in it. Correct the list.",
    "bad_timestamps": "Its clock cannot be trusted. `ffmpeg -i IN -c copy OUT.mp4` may write it anew.",
    "broken_link": "The link points nowhere. Mend or remove it.",
    "decode_error": f"It is damaged inside. {_REPLACE}",
    "empty_file": "The file has no bytes. Copy it again, or delete it.",
    "licence_refused": "Its licence is none that the recipe takes (`licences`). Nothing to do, or ask its owner.",
    "link_outside": "The link leaves the source's folder. Make what it points to a source of its own.",
    "no_frames": f"No picture in it decodes. {_REPLACE}",
    "no_video_stream": "It holds sound or data only. Nothing to do.",
    "not_a_file": "It is a pipe, a device or a folder with a video's name. Nothing to do.",
    "not_a_video": "It is no video, whatever its name says. Nothing to do.",
    "opted_out": "Its owner objects to this use, and is heard. Ask the owner, or leave it.",
    "playlist": "It only refers to other files, which are never followed. Add those files to the source.",
    "several_videos": "It is a page with several videos. List their own addresses.",
    "single_frame": "It is a still picture. Nothing to do.",
    "too_large_file": "It is larger than the recipe's fetch.max_file_bytes allows.",
    "too_large_metadata": "Its own columns in the manifest are too large. Shorten them.",
    "too_large_picture": "Its pictures are larger than any that clipmill decodes. Scale it down first.",
    "truncated": f"It was cut off while being written or copied. {_REPLACE}",
    "unknown_length": "Its server does not say how long it is, so a cut would go unseen. Fetch it by hand.",
    "unsupported_codec": "Encode it with a common codec first, such as H.264 or AV1.",
    "unsupported_container": "Bring it into MP4, MKV or WebM first: `ffmpeg -i IN -c copy OUT.mkv`.",
    "wrong_type": "Its server calls it no video; often the address is of a page about it. Correct the list.",
}
"""Nothing is wrong with the installation."""

OF_PLACE = {
    "archived": "It lies in an archive storage class. Restore it, and leave the copy there until the run has ended.",
    "bad_rendition": "What was encoded did not decode as it should. Report it if it happens again.",
    "killed": "The process that worked on it died or ran out of time. Look at the file; more memory may help.",
    "out_of_memory": "It needs more memory than one item may use. Run it where there is more.",
    "permission_denied": _LET_READ,
    "live": "It is being broadcast. Take it when it has ended.",
    "private_address": "It is in a private network. `fetch.private_network: true` allows that, if you trust it.",
    "refused": "Its server refuses it. See the message.",
    "source_changed": "It was replaced while it was fetched. The next run of ingest takes the new one.",
    "source_missing": "The file was there and has gone. Bring it back.",
    "unexpected": "This is a bug in clipmill: please report the message, and update.",
    "unreachable": "Its server could not be reached, or broke off again and again.",
    "unreadable_file": _LET_READ,
    "unreadable_folder": _LET_READ,
    "wrong_hash": "Other bytes came than its server told of. If it happens again, the file there is damaged.",
    "wrong_size": "Another number of bytes came than its server told of.",
}
"""Something can be mended, and the item tried again."""
