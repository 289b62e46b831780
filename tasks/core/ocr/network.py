"""The networks that the package `rapidocr` carries, opened with ONNX Runtime: the only file that needs either."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any


def model_file(kind: str) -> Path | None:
    """The file of the network of this kind, `det` or `rec`; None where the packages are not installed."""
    spec = find_spec("rapidocr")
    if find_spec("cv2") is None or find_spec("onnxruntime") is None or spec is None or spec.origin is None:
        return None
    return next(iter(sorted((Path(spec.origin).parent / "models").glob(f"*_{kind}_*.onnx"))), None)


def opened(file: Path | None) -> Any:
    """A session of ONNX Runtime on one core; to be made once per process, and only where there is something to see."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # as many processes run as there are cores
    options.enable_cpu_mem_arena = False  # it would keep the largest picture's memory for good
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
