"""``torch.autograd.anomaly_mode``: an older place of the mode."""

from .anomaly import detect_anomaly as detect_anomaly
from .anomaly import set_detect_anomaly as set_detect_anomaly
