"""How the figure scripts write: checked before work, beside the name, renamed when whole.

The rules of the program's own outputs (base/output/): the file under the name is the old one or
the new one, never half of one; what is no figure of these scripts is not replaced."""

import os
import stat

KINDS = [b"%PDF-", b"\x89PNG\r\n\x1a\n", b"<?xml"]
MAKER = b"Matplotlib"  # each of the formats names it


class Refused(Exception):
    """The user's error: what is wrong with the output, and what to do."""


def is_figure(path):
    with open(path, "rb") as file:
        content = file.read()
    return any(content.startswith(kind) for kind in KINDS) and MAKER.lower() in content.lower()


def check(path, inputs):
    """Raises Refused where `path` is an input, no regular file, or no figure of these scripts."""
    if path.endswith("/") or os.path.isdir(path):
        raise Refused(f"{path}: is a folder (the output would be a file) give a file")
    if os.path.islink(path) and not os.path.exists(path):
        raise Refused(f"{path}: is a link to nothing; remove it, or name the file itself")
    for name in inputs:
        if os.path.exists(path) and os.path.exists(name) and os.path.samefile(path, name):
            raise Refused(f"{path}: is an input ({name}), which the output would destroy; choose "
                          "another output")
    if not os.path.exists(path):
        if not os.path.isdir(os.path.dirname(path) or "."):
            raise Refused(f"{path}: cannot be written (its folder is not there) make the folder")
        return
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Refused(f"{path}: is a device or a pipe; give a regular file")
    if os.path.getsize(path) > 0 and not is_figure(path):
        raise Refused(f"{path}: exists and is no figure of these scripts; choose another output, "
                      "or remove it")


def write(path, content):
    """Writes the bytes as a whole. Links are followed, except at the unfinished file."""
    path = os.path.realpath(path)
    unfinished = path + ".tmp"
    if os.path.lexists(unfinished):
        if not stat.S_ISREG(os.lstat(unfinished).st_mode) or not may_be_ours(unfinished):
            raise Refused(f"{unfinished}: is in the way (the output is written there first) move "
                          "it away")
        os.unlink(unfinished)  # of a run that was stopped
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(unfinished, flags, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        if os.path.lexists(unfinished):
            os.unlink(unfinished)
        raise Refused(f"{path}: cannot be written ({error.strerror}); check the folder, its "
                      "permissions and the free space") from error


def may_be_ours(path):
    with open(path, "rb") as file:
        begin = file.read(8)
    return any(kind.startswith(begin) or begin.startswith(kind) for kind in KINDS)
