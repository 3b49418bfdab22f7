"""The command line: arguments and exit codes, nothing else.

    0  all as expected            4  bad usage, configuration or spec
    1  a divergence               5  nothing selected, or no cell ran
    2  interrupted                6  a required target, device or worker was unavailable
    3  the harness failed

What a command needs is imported when it runs, so that `--help` and `list` answer at once.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence

import rich_click as click

from conformance.cli import describing, reading, recording, running
from conformance.cli.shared import INTERNAL, INTERRUPTED, USAGE, Refused, discard

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_command_line(arguments: Sequence[str]) -> int:
    """Runs the command line and gives its exit code."""
    try:
        code = main(list(arguments) or ["--help"], prog_name="conformance", standalone_mode=False) or 0
        return code if arguments else USAGE
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("conformance: interrupted", err=True)
        return INTERRUPTED
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return _fault()
        discard()  # what is still to be flushed would fail again
        Refused(f"the output cannot be written: {error.strerror}").show()
        return INTERNAL
    except Exception:
        return _fault()


def _fault() -> int:
    traceback.print_exc()
    click.echo("conformance: this is a fault of the harness, not of a target", err=True)
    return INTERNAL


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="autograd-conformance", prog_name="conformance")
def main() -> None:
    """Does this behave like PyTorch's autograd?

    Specs capture what documented cells do; `run` executes them on each target and says who is wrong. A spec
    is code: run only specs that you would run as a script.
    """


for command in (*running.COMMANDS, *recording.COMMANDS, *reading.COMMANDS, *describing.COMMANDS):
    main.add_command(command)
