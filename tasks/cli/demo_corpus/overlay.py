"""Burned-in words: subtitles and a station's logo, in a font of 5 x 7 dots."""

import numpy as np

# One byte a column, lowest bit on top.
_GLYPHS = {
    **{"A": "7e1111117e", "B": "7f49494936", "C": "3e41414122", "D": "7f4141221c", "E": "7f49494941"},
    **{"F": "7f09090901", "G": "3e41495932", "H": "7f0808087f", "I": "00417f4100", "J": "2040413f01"},
    **{"K": "7f08142241", "L": "7f40404040", "M": "7f020c027f", "N": "7f0408107f", "O": "3e4141413e"},
    **{"P": "7f09090906", "Q": "3e4151215e", "R": "7f09192946", "S": "4649494931", "T": "01017f0101"},
    **{"U": "3f4040403f", "V": "1f2040201f", "W": "3f4038403f", "X": "6314081463", "Y": "0304780403"},
    **{"Z": "6151494543", " ": "0000000000", ".": "0060600000", ",": "0050300000", "'": "0005030000"},
    **{"?": "0201510906", "-": "0808080808", "0": "3e5149453e", "7": "0171090503", "!": "00005f0000"},
}


def text_mask(text: str, dot_px: int) -> np.ndarray:
    """bool [7 * dot_px rows, 6 * dot_px columns a letter]: where the letters are; KeyError for a letter without one."""
    columns = [bits for letter in text for bits in (*bytes.fromhex(_GLYPHS[letter]), 0)]
    dots = np.array([[bits >> row & 1 for bits in columns] for row in range(7)], bool)
    return dots.repeat(dot_px, axis=0).repeat(dot_px, axis=1)


def burn_subtitle(picture: np.ndarray, text: str) -> None:
    """White letters with a black edge, centred near the bottom of the uint8 RGB picture."""
    mask = text_mask(text, max(1, picture.shape[1] // 260))[:, : picture.shape[1] - 8]
    top = round(picture.shape[0] * 0.86) - mask.shape[0] // 2
    left = (picture.shape[1] - mask.shape[1]) // 2
    padded = np.pad(mask, 2)
    edge = np.zeros_like(padded)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            edge |= np.roll(padded, (down, right), axis=(0, 1))
    region = picture[top - 2 : top + mask.shape[0] + 2, left - 2 : left + mask.shape[1] + 2]
    region[edge] = 0
    region[padded] = 245


def burn_logo(picture: np.ndarray, text: str) -> None:
    """A half-transparent plate with the text in the upper right corner of the uint8 RGB picture."""
    dot = max(1, picture.shape[1] // 260)
    mask = np.pad(text_mask(text, dot), 3 * dot)
    margin = picture.shape[1] // 40
    right = picture.shape[1] - margin
    region = picture[margin : margin + mask.shape[0], right - mask.shape[1] : right]
    region[:] = region // 2 + np.array([60, 10, 15], np.uint8)
    region[mask] = 235
