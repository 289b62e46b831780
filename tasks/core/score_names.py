"""Every score there is: the words that policies, reports and people use."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScoreName:
    """What a score means."""

    scorer: str
    unit: str
    """`1` for a share or another plain number."""
    low: float
    """Smallest value it can have."""
    high: float
    """Largest value it can have; inf where there is no bound."""
    meaning: str


INF = float("inf")

CRITERIA = "criteria"
"""The scorer of the stage `validate`; what it measures, each recipe says for itself."""
_CRITERION = re.compile(r"validate_[a-z][a-z0-9_]*")


class _Scores(dict[str, ScoreName]):
    """Those that are written down here, and `validate_<criterion>` whatever a recipe calls its criteria."""

    def __missing__(self, name: str) -> ScoreName:
        if not _CRITERION.fullmatch(name):
            raise KeyError(name)
        return ScoreName(CRITERIA, "1", 0, 1, "how surely the clip passes this criterion, by a model's answer")

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _CRITERION.fullmatch(name) is not None)

    def get(self, name: str, default: Any = None) -> Any:
        """What the score means, or the default where there is none of that name."""
        try:
            return self[name]
        except KeyError:
            return default


_KNOWN: dict[str, ScoreName] = {
    "short_side_px": ScoreName("resolution", "px", 1, INF, "shorter side of the picture inside the bars"),
    "megapixels": ScoreName("resolution", "Mpx", 0, INF, "pixels of the picture inside the bars, in millions"),
    "aspect_ratio": ScoreName("resolution", "1", 0, INF, "width by height of the picture inside the bars"),
    "bits_per_pixel": ScoreName("resolution", "bit/px", 0, INF, "bit rate of the video per pixel of every frame"),
    "duration_s": ScoreName("duration", "s", 0, INF, "length of the clip"),
    "frame_count": ScoreName("duration", "frames", 0, INF, "length of the clip in frames at the video's average rate"),
    "frame_rate": ScoreName("duration", "1/s", 0, INF, "average frames per second of the video"),
    "freeze_share": ScoreName("freeze", "1", 0, 1, "share of the time in which the picture stands still"),
    "longest_freeze_s": ScoreName("freeze", "s", 0, INF, "longest time in which the picture stands still"),
    "sharpness": ScoreName("sharpness", "1", 0, 1, "median sharpness: detail that a blur would take away"),
    "sharpness_min": ScoreName("sharpness", "1", 0, 1, "sharpness of the least sharp picture"),
    "luma_mean": ScoreName("exposure", "1", 0, 1, "mean brightness, 0 black to 1 white"),
    "dark_share": ScoreName("exposure", "1", 0, 1, "share of the picture that is nearly black"),
    "bright_share": ScoreName("exposure", "1", 0, 1, "share of the picture that is nearly white"),
    "contrast": ScoreName("exposure", "1", 0, 0.5, "spread (standard deviation) of brightness within a picture"),
    "motion_mean": ScoreName("motion", "heights/s", 0, INF, "mean speed of what is seen, in picture heights a second"),
    "motion_p95": ScoreName("motion", "heights/s", 0, INF, "speed that only the fastest twentieth exceeds"),
    "still_share": ScoreName("motion", "1", 0, 1, "share of the time in which next to nothing moves"),
    "camera_speed": ScoreName("motion", "heights/s", 0, INF, "mean speed that the camera gives to what is seen"),
    "camera_right": ScoreName("motion", "heights/s", -INF, INF, "mean speed of the camera to the right; below 0 left"),
    "camera_down": ScoreName("motion", "heights/s", -INF, INF, "mean speed of the camera downwards; below 0 upwards"),
    "camera_zoom": ScoreName("motion", "1/s", -INF, INF, "share by which the picture grows a second; below 0 shrinks"),
    "camera_turn": ScoreName("motion", "deg/s", -INF, INF, "mean turn of the camera clockwise; below 0 the other way"),
    "shake": ScoreName("motion", "heights", 0, INF, "typical distance of the camera from its smoothed path"),
    "object_motion": ScoreName("motion", "heights/s", 0, INF, "mean speed of what moves otherwise than the camera"),
    "sure_motion": ScoreName("motion", "heights/s", 0, INF, "camera_speed and object_motion: what noise cannot feign"),
    "object_share": ScoreName("motion", "1", 0, 1, "share of the picture that moves otherwise than the camera"),
    "blockiness": ScoreName("blockiness", "1", 0, INF, "by how much steps on the coding grid exceed those elsewhere"),
    "noise_sigma": ScoreName("noise", "levels", 0, INF, "spread of the noise in even parts, in grey levels of 255"),
    "banding": ScoreName("banding", "1", 0, 1, "share of gentle slopes of brightness that have become a step"),
    "effective_share": ScoreName("upscaling", "1", 0, 1, "share of the resolution that shows detail; enlarged is low"),
    "effective_short_side_px": ScoreName("upscaling", "px", 0, INF, "shorter side that would show as much detail"),
    "combing": ScoreName("combing", "1", 0, 1, "share of the picture with two instants in alternate lines"),
    "combing_max": ScoreName("combing", "1", 0, 1, "the same in the worst picture"),
    "duplicate_share": ScoreName("duplicates", "1", 0, 1, "share of frames that repeat the one before while all moves"),
    "effective_fps": ScoreName("duplicates", "1/s", 0, INF, "frames per second without the repeated ones"),
    "jump_share": ScoreName("duplicates", "1", 0, 1, "share of steps so large that a frame is missing"),
    "quality": ScoreName("quality", "1", 0, 1, "what blur, noise, coding and interlacing have left, 1 is all"),
    "aesthetic": ScoreName("aesthetic", "1", 0, 10, "composition and light by rules of thumb: a rough prior"),
    "colourfulness": ScoreName("aesthetic", "1", 0, INF, "0 grey, 33 moderately, 59 quite, 109 extremely colourful"),
    "clutter": ScoreName("aesthetic", "1", 0, 1, "share of the picture over which its edges spread"),
    "thirds": ScoreName("aesthetic", "1", 0, 1, "1 where what stands out lies on the rule of thirds"),
    "camera_likelihood": ScoreName(
        "content_type", "1", 0, 1, "0 drawn (screen, slides, flat animation), 1 filmed: rough"
    ),
    "flat_share": ScoreName("content_type", "1", 0, 1, "share of the picture without any texture"),
    "palette_size": ScoreName(
        "content_type", "1", 1, 4096, "how many of 4096 colours cover nine tenths of the picture"
    ),
    "hard_edge_share": ScoreName("content_type", "1", 0, 1, "share of edges that are one pixel wide"),
    "saturation": ScoreName("content_type", "1", 0, 1, "mean strength of the colours"),
    "video_in_video": ScoreName("composite", "1", 0, 1, "how surely a smaller video plays in a part of the picture"),
    "inset_left": ScoreName("composite", "1", 0, 1, "where the likeliest such part begins, as a share of the width"),
    "inset_top": ScoreName("composite", "1", 0, 1, "where the likeliest such part begins, as a share of the height"),
    "inset_width": ScoreName("composite", "1", 0, 1, "its width as a share of the picture's; 0 where there is none"),
    "inset_height": ScoreName("composite", "1", 0, 1, "its height as a share of the picture's; 0 where there is none"),
    "split_screen": ScoreName("composite", "1", 0, 1, "how surely a seam from edge to edge parts two videos"),
    "split_x": ScoreName("composite", "1", 0, 1, "where that seam is, as a share of the width; 0 if it runs across"),
    "split_y": ScoreName("composite", "1", 0, 1, "where that seam is, as a share of the height; 0 if it runs down"),
    "cut_strength": ScoreName("changes", "1", 0, 1, "how surely there is a cut inside the clip"),
    "cut_s": ScoreName("changes", "s", 0, INF, "when the likeliest cut is, from the start of the clip"),
    "dissolve_strength": ScoreName("changes", "1", 0, 1, "how surely one shot dissolves into another inside the clip"),
    "dissolve_s": ScoreName("changes", "s", 0, INF, "when the likeliest dissolve is, from the start of the clip"),
    "slideshow": ScoreName("slideshow", "1", 0, 1, "share of the time with stills that change, under a camera or not"),
    "slide_count": ScoreName("slideshow", "slides", 0, INF, "stills that are shown one after the other"),
    "speed_ramp": ScoreName("speed_ramp", "1", 0, 1, "how much all motion changes its speed at once; a weak sign"),
    "speed_ramp_s": ScoreName("speed_ramp", "s", 0, INF, "when that is, from the start of the clip"),
    "overlay_certainty": ScoreName("overlay_text", "1", 0, 1, "how surely text was put over the picture; 0 for none"),
    "overlay_share": ScoreName("overlay_text", "1", 0, 1, "largest share of the picture under text put over it"),
    "overlay_time_share": ScoreName("overlay_text", "1", 0, 1, "share of the time with text put over the picture"),
    "overlay_stability": ScoreName("overlay_text", "1", 0, 1, "how steadily that text stays at its place; 0 for none"),
    "overlay_corner_share": ScoreName("overlay_text", "1", 0, 1, "share of that text that lies in a corner"),
    "overlay_top_share": ScoreName("overlay_text", "1", 0, 1, "share of that text that lies in the upper third"),
    "overlay_centre_share": ScoreName("overlay_text", "1", 0, 1, "share of that text that lies in the middle third"),
    "overlay_bottom_share": ScoreName("overlay_text", "1", 0, 1, "share of that text that lies in the lower third"),
    "scene_text_share": ScoreName("overlay_text", "1", 0, 1, "largest share of the picture under text of the scene"),
    "watermark": ScoreName("watermark", "1", 0, 1, "how surely a mark lies in a corner: it stays, or looks drawn"),
    "watermark_corner": ScoreName("watermark", "1", 0, 4, "1, 2 top left and right, 3, 4 bottom; 0 for none"),
    "watermark_share": ScoreName("watermark", "1", 0, 1, "share of the picture about that mark; 0 for none"),
    "clip_aesthetic": ScoreName("clip_aesthetic", "1", -INF, INF, "how pleasing, by a network; people rate 1 to 10"),
    "zero_shot_camera": ScoreName("zero_shot", "1", 0, 1, "how surely a camera filmed it, by a network"),
    "zero_shot_drawn": ScoreName("zero_shot", "1", 0, 1, "how surely it is animated or simulated, by a network"),
    "zero_shot_game": ScoreName("zero_shot", "1", 0, 1, "how surely it is a video game, by a network"),
    "zero_shot_screen": ScoreName("zero_shot", "1", 0, 1, "how surely it is a screen or slides, by a network"),
    "zero_shot_composed": ScoreName("zero_shot", "1", 0, 1, "how surely it is a graphic or a collage, by a network"),
    "zero_shot_confidence": ScoreName("zero_shot", "1", 0, 1, "share of the likeliest type among all types"),
    "domain_similarity": ScoreName(
        "domain", "1", -1, 1, "how like the recipe's examples or texts it is; 1 is the same"
    ),
    "perceptual_quality": ScoreName("perceptual_quality", "1", 0, 1, "how good its pictures look, by a network"),
    "own_head": ScoreName("own_head", "1", 0, 1, "what the recipe's own head says of the clip's vector"),
    "caption_unmeasured_share": ScoreName("captions", "1", 0, 1, "share of a clip's windows that have no caption"),
    "caption_length_outlier": ScoreName("captions", "1", 0, 1, "share of captions that are too short or too long"),
    "caption_repetition": ScoreName("captions", "1", 0, 1, "share of words that repeat, in the worst window"),
    "caption_boilerplate": ScoreName("captions", "1", 0, 1, "share of its windows with such as `the video shows`"),
    "caption_near_duplicate": ScoreName("captions", "1", 0, 1, "how alike its two most alike windows are in words"),
    "caption_foreign": ScoreName("captions", "1", 0, 1, "share of its windows whose caption is not English"),
    "caption_refusal": ScoreName("captions", "1", 0, 1, "share of its windows in which the model declines"),
    "caption_overlay_mention": ScoreName("captions", "1", 0, 1, "share of its windows that tell of text or marks"),
    "validate_score": ScoreName(CRITERIA, "1", 0, 1, "mean by weight of how surely the clip passes all criteria"),
    "validate_content_type": ScoreName(CRITERIA, "1", 0, 1, "how surely the clip shows what the recipe allows"),
}

SCORES: dict[str, ScoreName] = _Scores(_KNOWN)
