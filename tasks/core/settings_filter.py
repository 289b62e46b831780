"""Settings of the stages `crop` and `filter`; the descriptions become the trigger form and the docs."""

from typing import Literal

from pydantic import Field

from tasks.core.settings import Settings


class CropSettings(Settings):
    """How the box of the picture is found."""

    algorithm: Literal["crop-2"] = "crop-2"
    frames: int = Field(14, ge=4, le=64, description="Frames looked at, spread evenly over the clip.")
    min_bar_share: float = Field(
        0.015,
        ge=0.002,
        le=0.2,
        description="Thinnest bar that is cropped, as a share of the side it lies along; thinner dark edges, such as "
        "the 8 blank columns of analogue video, stay.",
    )


class ResolutionSettings(Settings):
    """Size of the picture."""

    algorithm: Literal["resolution-1"] = "resolution-1"


class DurationSettings(Settings):
    """Length of the clip."""

    algorithm: Literal["duration-1"] = "duration-1"


class FreezeSettings(Settings):
    """Where the picture stands still."""

    algorithm: Literal["freeze-2"] = "freeze-2"
    sample_fps: float = Field(4.0, gt=0, le=30, description="Pictures compared per second.")
    most_change_levels: float = Field(
        1.0,
        ge=0,
        le=32,
        description="Grey levels (of 255) by which the most changed hundredth of a still picture may differ: what "
        "coding the same picture again changes.",
    )
    most_refresh_levels: float = Field(
        16.0, ge=0, le=64, description="The same for one change alone amid none: a key frame codes a still anew."
    )
    shortest_freeze_s: float = Field(
        0.5, ge=0, le=10, description="Stills no longer than this do not count: repeated pictures of a low frame rate."
    )


class SharpnessSettings(Settings):
    """How sharp the picture is."""

    algorithm: Literal["sharpness-1"] = "sharpness-1"
    sample_fps: float = Field(1.0, gt=0, le=30, description="Pictures measured per second.")
    max_side_px: int = Field(
        1280, ge=64, le=4096, description="Larger pictures are shrunk to this longer side; smaller ones stay."
    )


class ExposureSettings(Settings):
    """How the picture is lit."""

    algorithm: Literal["exposure-1"] = "exposure-1"
    sample_fps: float = Field(1.0, gt=0, le=30, description="Pictures measured per second.")
    dark_level: int = Field(16, ge=0, le=255, description="Grey level (of 255) up to which a pixel is nearly black.")
    bright_level: int = Field(240, ge=0, le=255, description="Grey level (of 255) from which on it is nearly white.")


class MotionSettings(Settings):
    """How much moves, and how fast."""

    algorithm: Literal["motion-4"] = "motion-4"
    sample_fps: float = Field(
        4.0, gt=0, le=60, description="Pictures per second between which optical flow is measured."
    )
    still_speed: float = Field(
        0.01, ge=0, le=1, description="Mean speed, in picture heights per second, under which nothing moves."
    )


CODED_FPS = 0.5
"""Full-size pictures a second: what coding did to a clip it did to all of it."""


class BlockinessSettings(Settings):
    """How far coding blocks show."""

    algorithm: Literal["blockiness-1"] = "blockiness-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class NoiseSettings(Settings):
    """How noisy the picture is."""

    algorithm: Literal["noise-1"] = "noise-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class BandingSettings(Settings):
    """How far gentle slopes fall into steps."""

    algorithm: Literal["banding-1"] = "banding-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class UpscalingSettings(Settings):
    """How much of its resolution the picture uses."""

    algorithm: Literal["upscaling-1"] = "upscaling-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class CombingSettings(Settings):
    """Where two instants show at once."""

    algorithm: Literal["combing-1"] = "combing-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class DuplicatesSettings(Settings):
    """Frames shown twice, and frames left out."""

    algorithm: Literal["duplicates-1"] = "duplicates-1"


class QualitySettings(Settings):
    """What blur, noise, coding and interlacing have left of the picture."""

    algorithm: Literal["quality-1"] = "quality-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class AestheticSettings(Settings):
    """Composition and light."""

    algorithm: Literal["aesthetic-1"] = "aesthetic-1"
    sample_fps: float = Field(0.5, gt=0, le=5, description="Pictures measured per second.")


class CompositeSettings(Settings):
    """Whether the picture is made of several."""

    algorithm: Literal["composite-2"] = "composite-2"
    sample_fps: float = Field(4.0, gt=0, le=30, description="Pictures compared per second.")


class ChangesSettings(Settings):
    """Whether there are changes of shot that cutting has missed."""

    algorithm: Literal["changes-3"] = "changes-3"
    sample_fps: float = Field(8.0, gt=0, le=30, description="Pictures compared per second.")


class ContentTypeSettings(Settings):
    """Whether a camera made the picture."""

    algorithm: Literal["content_type-1"] = "content_type-1"
    sample_fps: float = Field(CODED_FPS, gt=0, le=5, description="Pictures measured per second.")


class SlideshowSettings(Settings):
    """Whether the clip is a row of still pictures."""

    algorithm: Literal["slideshow-3"] = "slideshow-3"
    sample_fps: float = Field(4.0, gt=0, le=30, description="Pictures compared per second.")
    shortest_slide_s: float = Field(0.75, gt=0, le=10, description="A still must be shown so long to be a slide.")


class SpeedRampSettings(Settings):
    """Whether the playback speed changes."""

    algorithm: Literal["speed_ramp-3"] = "speed_ramp-3"
    sample_fps: float = Field(4.0, gt=0, le=30, description="Pictures compared per second.")


class OverlayTextSettings(Settings):
    """Text over the picture, and text in the scene."""

    algorithm: Literal["overlay_text-5"] = "overlay_text-5"
    sample_fps: float = Field(2.0, gt=0, le=10, description="Pictures per second in which found text is looked for.")
    look_every_s: float = Field(
        1.0, gt=0, le=60, description="Text is searched for once in so many seconds, by a detector that costs the most."
    )
    max_side_px: int = Field(
        480, ge=160, le=1920, description="Larger pictures are shrunk to this longer side; small print needs more."
    )


class WatermarkSettings(Settings):
    """A mark in a corner, with or without letters."""

    algorithm: Literal["watermark-6"] = "watermark-6"
    sample_fps: float = Field(2.0, gt=0, le=10, description="Pictures per second whose corners are added up.")
    max_side_px: int = Field(
        480, ge=160, le=1920, description="Larger pictures are shrunk to this longer side; smaller ones stay."
    )


class FootageHashSettings(Settings):
    """By which the same footage is known again."""

    algorithm: Literal["footage_hash-1"] = "footage_hash-1"
    sample_fps: float = Field(4.0, gt=0, le=30, description="Pictures per second that it is made of.")


class FilterSettings(Settings):
    """One entry per scorer; a changed entry measures that scorer again and no other."""

    resolution: ResolutionSettings = ResolutionSettings()
    duration: DurationSettings = DurationSettings()
    freeze: FreezeSettings = FreezeSettings()
    sharpness: SharpnessSettings = SharpnessSettings()
    exposure: ExposureSettings = ExposureSettings()
    motion: MotionSettings = MotionSettings()
    blockiness: BlockinessSettings = BlockinessSettings()
    noise: NoiseSettings = NoiseSettings()
    banding: BandingSettings = BandingSettings()
    upscaling: UpscalingSettings = UpscalingSettings()
    combing: CombingSettings = CombingSettings()
    duplicates: DuplicatesSettings = DuplicatesSettings()
    quality: QualitySettings = QualitySettings()
    aesthetic: AestheticSettings = AestheticSettings()
    content_type: ContentTypeSettings = ContentTypeSettings()
    composite: CompositeSettings = CompositeSettings()
    changes: ChangesSettings = ChangesSettings()
    slideshow: SlideshowSettings = SlideshowSettings()
    speed_ramp: SpeedRampSettings = SpeedRampSettings()
    overlay_text: OverlayTextSettings = OverlayTextSettings()
    watermark: WatermarkSettings = WatermarkSettings()
    footage_hash: FootageHashSettings = FootageHashSettings()
