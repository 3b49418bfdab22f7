"""What is said of files that are not read: torch's words.  Source: ``torch.load``."""

ARCHIVE = b"PK\x03\x04"
"""How an archive begins."""
CHANGED = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in "
    "arbitrary code execution. Do it only if you got the file from a trusted source."
)
NO_ZIP = (
    "PytorchStreamReader failed reading zip archive: {}. This is an internal miniz error. If you are seeing this "
    "error, there is a high likelihood that your checkpoint file is corrupted. This can happen if the checkpoint was "
    "not saved properly, was transferred incorrectly, or the file was modified after saving."
)


def refusal(reason: str) -> str:
    """torch's text for a file that it does not trust."""
    more = (
        "Check the documentation of torch.load to learn more about types accepted by default with weights_only "
        "https://pytorch.org/docs/stable/generated/torch.load.html."
    )
    if not reason.startswith("Unsupported global"):
        return (
            f"Weights only load failed. {CHANGED}\nPlease file an issue with the following so that we can make "
            "`weights_only=True` compatible with your use case: WeightsUnpickler error: "
            f"\n\n{reason}\n\n{more}"
        )
    return (
        "Weights only load failed. This file can still be loaded, to do so you have two options, "
        "\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. "
        f"\n\t(1) {CHANGED}\n\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps "
        f"in the following error message.\n\tWeightsUnpickler error: {reason}\n\n{more}"
    )
