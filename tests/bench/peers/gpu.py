"""The GPU that the numbers come from, and its clocks and power."""

import datetime
import subprocess

import torch

_QUERY = "name,driver_version,clocks.sm,clocks.mem,power.draw,temperature.gpu"


def state():
    """One line of nvidia-smi as {field: text}."""
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader", "--id=0"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(zip(_QUERY.split(","), (field.strip() for field in told.split(","))))


def head(commit):
    now = datetime.datetime.now(datetime.timezone.utc)
    properties = torch.cuda.get_device_properties(0)
    return {
        "date": now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "commit": commit,
        "gpu": properties.name,
        "l2_bytes": properties.L2_cache_size,
        "memory_bytes": properties.total_memory,
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "before": state(),
    }


class Clocks:
    """SM clock and power while a case runs, through NVML; empty where Python has no NVML."""

    def __init__(self):
        self.mhz, self.watts = [], []
        try:
            import pynvml
        except ImportError:
            self._nvml = None
            return
        pynvml.nvmlInit()
        self._nvml, self._handle = pynvml, pynvml.nvmlDeviceGetHandleByIndex(0)

    def begin(self):
        self.mhz, self.watts = [], []

    def read(self):
        if self._nvml is None:
            return
        nvml, handle = self._nvml, self._handle
        self.mhz.append(nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM))
        self.watts.append(nvml.nvmlDeviceGetPowerUsage(handle) / 1e3)

    def medians(self):
        def middle(values):
            return round(sorted(values)[len(values) // 2]) if values else None

        return {"sm_mhz": middle(self.mhz), "power_w": middle(self.watts)}
