"""Damages configs, gates, names and command lines at random and runs the program on them.

Each run must end with exit code 0 or 2, within its time and memory, without a signal; a refusal
must be one short line of printable text that names what was damaged. Seeded: a run is repeated by
its --seed, a single input by --seed and --only.

  tests/app/hostile_inputs.py --program build/cpu/app/fluxscope --count 20000 --seed 1
"""

import argparse
import collections
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata

NOBODY = 65534
SOURCE = pathlib.Path(__file__).resolve().parents[2]
MOST_SECONDS = 20
MOST_MESSAGE_BYTES = 2048
HIDDEN = "\u200b\u200e\u202e\u2066\ufeff"  # of no width, or that turn the direction

MODEL = """\
name = "m"
layers = 4
hidden_size = 256
intermediate_size = 512
vocab_size = 1000
q_heads = 8
kv_heads = 2
head_dim = 64
"""
EXPERIMENT = """\
name = "e"
model = "./model.toml"
schedulers = ["natural", "persistent"]

[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 256

[[workload]]
phase = "decode"
batches = [1, 2]
kv_lens_tokens = [1024, 4096]

[[policy]]
name = "full"

[[policy]]
name = "head_dynamic"
label = "heads"
gates = "GATES"
requests = [0]
executions = ["fused", "two_pool"]

[trace]
keep_cta_rows = 64
"""
DUO = EXPERIMENT.replace('name = "head_dynamic"', 'name = "duo"\nmsr_ratio = 0.5').replace(
    'gates = "GATES"\nrequests = [0]', 'pattern = "GATES"'
)
SWEEP = """\
name = "s"
gpus = ["./gpu.toml"]
model = "./model.toml"
phases = ["prefill", "decode"]
kv_lens_tokens = [1024, 2048]
prefill_batches = [1]
decode_batches = [1, 2]
msr_ratios = [0, 0.5]
policies = ["flux", "head_dynamic"]
executions = ["fused"]
schedulers = ["natural"]
seeds = [1]

[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 256
"""
MIX = "batch = 2\n" + EXPERIMENT.split("[[workload]]")[0] + """\
[[task]]
name = "a"
weight = 1.5
prompt_tokens = [1024, 4096]
output_tokens = 20
prompt_shares = [1, 3]
msr_ratios = { heads = 0.25 }
msr_source = "what if"

[[policy]]
name = "head_dynamic"
label = "heads"
executions = ["fused", "gather"]
retention = "evict"
"""
CSV = "request,layer,kv_head,full\n" + "".join(
    f"{request},{layer},{head},{(request + layer + head) % 2}\n"
    for request in range(2)
    for layer in range(4)
    for head in range(2)
)
JSONL = '{"full": [1, 0, [1, 0], true]}\n{"id": "x", "full": [[0, 1], 1, 0, 1]}\n'
TSV = "0.5\t1\n0\t0.25\n1e-3\t0\n0.75\t-0.1\n"

# What is written over or into a text; bytes, so that none has to be UTF-8.
PIECES = [
    b"\0", b"\n", b"\r\n", b"\r", b"\t", b" ", b",", b",,", b".", b"=", b'"', b'"""', b"'''", b"#",
    b"[", b"]", b"{", b"}", b"[[", b"]]", b":", b"\\", b"\\u0000", b"\\u001b", b"\x1b[2J", b"\x9b",
    b"\xc2\x9b", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"|", b"`",
    b"<script>", b"=1+1", b"@x", b"-", b"+", b"0", b"-1", b"1", b"255", b"256", b"65536", b"1e308",
    b"1e999", b"-0.0", b"nan", b"inf", b"2147483647", b"2147483648", b"4294967296", b"16777216",
    b"9223372036854775807", b"-9223372036854775808", b"18446744073709551616", b"0x10", b"1_000",
    b"true", b"null", b"[]", b"{}", b'""', b"1979-05-27T07:32:00Z", b"8388608", b"1024", b"100000000",
    b"[" * 40, b"[" * 70000, b"{a=" * 70000, b"a." * 70000, b"x" * 300, b"x" * 70000, b"1," * 70000,
    b"\x1b" * 3000, b"\n" * 70000, b'{"a":' * 70000,
]  # fmt: skip
NAMES = [
    b"", b".", b"..", b"/", b"//", b"./", b"absent", b"absent.toml", b"n" * 300, b"n/" * 2500, b"\xff\xfe",
    b"\x1b[2J", b"a\nb", b"a\rb.toml", b"-", b"--", b"-x", b"--help=1", b"=", b"|`<b>", b"%n%s%n", b"folder",
    b"folder/", b"pipe.toml", b"pipe.csv", b"pipe.jsonl", b"zero.toml", b"round.toml", b"mem.toml",
    b"closed/a.toml", b"closed", b"gpu.toml/x", b"hole.toml", b"hole.csv", b"hole.jsonl", b"hole.h5", b"null.h5",
    b"\xf0\x9f\x98\x80.toml", b"x" * 100000, b"../" * 50 + b"etc/passwd", b"/proc/self/mem", b"/dev/zero",
    b"/dev/full", b"/dev/null/x", b"/proc/self/environ", b"/sys/kernel/notes.toml", b"text.h5", b"gpu.toml",
]  # fmt: skip
NUMBERS = [b"-1", b"0", b"1", b"1.5", b"nan", b"1e9", b"99999999999999999999", b"", b"x", b"0/0", b"1/0", b"5/3",
           b"0/65537", b"-1/2", b"0/1x"]  # fmt: skip


class Hostile:
    """One folder of inputs, of which a file, a name or a word is damaged for each run."""

    def __init__(self, given, folder):
        self.program, self.folder = str(pathlib.Path(given.program).resolve()), pathlib.Path(folder)
        self.most_bytes = given.most_bytes
        profile = pathlib.Path(given.profile or SOURCE / "configs/gpus/h200.toml").read_bytes()
        self.files = {
            "model.toml": MODEL.encode(),
            "csv.toml": EXPERIMENT.replace("GATES", "gates.csv").encode(),
            "jsonl.toml": EXPERIMENT.replace("GATES", "gates.jsonl").encode(),
            "duo.toml": DUO.replace("GATES", "gates.tsv").encode(),
            "sweep.toml": SWEEP.encode(),
            "mix.toml": MIX.encode(),
            "gates.csv": CSV.encode(),
            "gates.jsonl": JSONL.encode(),
            "gates.tsv": TSV.encode(),
            "gpu.toml": profile,
            "text.h5": b"no HDF5\n",
        }
        self.folder.chmod(0o777)
        self.tidy()

    def tidy(self):
        """The folder as it was: the last run may have written over any of it."""
        for path in self.folder.iterdir():
            if path.is_symlink() or not path.is_dir():
                if path.name not in self.files and path.name not in self.SPECIAL:
                    path.unlink()
            elif path.name not in ("folder", "closed"):
                shutil.rmtree(path, ignore_errors=True)
        for name in self.files:
            self.restore(name)
        for name in self.SPECIAL:
            self.make_special(name)
        for name, mode in (("folder", 0o755), ("closed", 0)):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(mode)

    SPECIAL = {
        **{f"pipe.{ending}": "pipe" for ending in ("toml", "csv", "jsonl")},
        **{f"hole.{ending}": "hole" for ending in ("toml", "csv", "jsonl", "h5")},
        "zero.toml": "/dev/zero",
        "round.toml": "round.toml",
        "mem.toml": "/proc/self/mem",
        "null.h5": "/dev/null",
    }

    def make_special(self, name):
        path, kind = self.folder / name, self.SPECIAL[name]
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path, 0o666)
        elif kind == "hole":
            with open(path, "wb") as hole:
                hole.truncate(5 << 30)
        else:
            path.symlink_to(kind)

    def restore(self, name):
        path = self.folder / name
        path.unlink(missing_ok=True)  # its owner may have changed
        path.write_bytes(self.files[name])
        path.chmod(0o666)

    def commands(self):
        """Command lines by the files that they read."""
        to = [b"-o", b"out.h5"]
        gpu = [b"--gpu", b"./gpu.toml"]
        return {
            "csv": [b"simulate", b"./csv.toml", *gpu, *to],
            "jsonl": [b"simulate", b"./jsonl.toml", *gpu, *to],
            "duo": [b"simulate", b"./duo.toml", *gpu, *to],
            "sweep": [b"sweep", b"./sweep.toml", *to, b"--shard", b"0/1", b"--summary", b"sum.csv"],
            "mix": [b"predict", b"./mix.toml", *gpu, b"--no-break-even", b"-o", b"out.json"],
            "try": [b"try", b"gates.jsonl", b"--model", b"./model.toml", *gpu, b"--context", b"2K"],
            "report": [b"report", b"good.h5", b"-o", b"out.md"],
            "compare": [b"compare", b"good.h5", b"good.h5", b"--format", b"json"],
            "export": [b"export", b"good.h5", b"--to", b"csv", b"-o", b"out.csv"],
            "perfetto": [b"export", b"good.h5", b"--to", b"perfetto", b"-o", b"out.pftrace"],
            "calibrate": [b"calibrate", b"good.h5", b"--experiment", b"./csv.toml", b"--hold-out", b"1024",
                          b"--spec", b"h200", b"--transfer", b"a800=out2.toml", b"-o", b"out.toml"],
            "merge": [b"merge", b"sweep.h5", b"-o", b"out.h5"],
            "list": [b"list", b"experiments"],
        }  # fmt: skip

    READS = {
        "csv": ["csv.toml", "model.toml", "gates.csv", "gpu.toml"],
        "jsonl": ["jsonl.toml", "model.toml", "gates.jsonl", "gpu.toml"],
        "duo": ["duo.toml", "model.toml", "gates.tsv", "gpu.toml"],
        "sweep": ["sweep.toml", "model.toml", "gpu.toml"],
        "mix": ["mix.toml", "model.toml", "gpu.toml"],
        "try": ["gates.jsonl", "model.toml", "gpu.toml"],
    }

    def run(self, command):
        def limit():
            if os.geteuid() == 0:  # root may replace any file and device
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            if self.most_bytes:
                resource.setrlimit(resource.RLIMIT_AS, (self.most_bytes, self.most_bytes))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        environment = {"FLUXSCOPE_CONFIGS": str(SOURCE / "configs"), "TBB_NUM_THREADS": "1"}
        return subprocess.run(
            [self.program, *command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=MOST_SECONDS,
            preexec_fn=limit,
            check=False,
        )


def damaged(text, draw):
    """`text` with one to three pieces inserted, written over, taken out, doubled or cut off."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        begin = draw.randrange(len(text) + 1)
        end = min(len(text), begin + draw.choice([0, 1, 1, 2, 5, 20]))
        kind = draw.randrange(6)
        if kind <= 1:
            text = text[:begin] + draw.choice(PIECES) + text[end:]
        elif kind == 2:  # a value as a whole
            lines = text.split(b"\n")
            at = draw.randrange(len(lines))
            key, equals, _ = lines[at].partition(b"=")
            lines[at] = key + equals + b" " + draw.choice(PIECES)
            text = b"\n".join(lines)
        elif kind == 3:
            text = text[:begin] + text[end:]
        elif kind == 4:
            lines = text.split(b"\n")
            lines.insert(draw.randrange(len(lines)), draw.choice(lines))
            text = b"\n".join(lines)
        else:
            text = bytes(draw.randrange(256) if draw.random() < 0.01 else one for one in text)
            text = text[: draw.randrange(len(text) + 1)] if draw.random() < 0.3 else text
    return text


def damaged_words(command, draw):
    """One word replaced by a hostile name, number, piece or nothing, or one put in."""
    words = list(command)
    at = draw.randrange(len(words))
    word = draw.choice([NAMES, NAMES, NUMBERS, PIECES])
    hostile = draw.choice(word).replace(b"\0", b"")[:120000]
    kind = draw.randrange(4)
    if kind == 0:
        words.insert(at, hostile)
    elif kind == 1 and len(words) > 1:
        del words[at]
    else:
        words[at] = hostile
    return words


def problems(run, words):
    """What is wrong with how the program ended."""
    found = []
    if run.returncode not in (0, 2):
        found.append(f"exit code {run.returncode}")
    try:
        text = (run.stderr + run.stdout).decode().translate({ord("\n"): None, ord("\t"): None})
    except UnicodeDecodeError:
        return found + ["bytes that are no UTF-8"]
    if any(unicodedata.category(one) in ("Cc", "Zl", "Zp") or one in HIDDEN for one in text):
        found.append("control characters in the output")
    if run.returncode != 2:
        return found
    message = run.stderr.decode()
    line = message.rstrip("\n").rsplit("\n", 1)[-1]
    if not line.startswith("fluxscope: error: "):
        found.append("no error message last")
    if len(message) > MOST_MESSAGE_BYTES:
        found.append(f"a message of {len(message)} bytes")
    if words and not any(word in message for word in words):
        found.append(f"a message without any of {words}")
    return found


def one_input(hostile, draw):
    """Runs one damaged input. Returns (kind, command, run, problems)."""
    commands = hostile.commands()
    if draw.random() < 0.7:
        kind = draw.choice(sorted(hostile.READS))
        name = draw.choice(hostile.READS[kind])
        command, words = commands[kind], [one.rsplit(".", 1)[0] for one in hostile.READS[kind]]
        (hostile.folder / name).write_bytes(damaged(hostile.files[name], draw))
        what = f"{kind}: {name}"
    else:
        kind = draw.choice(sorted(commands))
        command, words = damaged_words(commands[kind], draw), []
        what = f"{kind}: words"
    try:
        run = hostile.run(command)
        found = problems(run, words)
    except subprocess.TimeoutExpired:
        run, found = None, [f"not done in {MOST_SECONDS} s"]
    hostile.tidy()
    return what, command, run, found


def campaign(given):
    """Returns (counts, failures)."""
    only = given.only
    counts, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        hostile = Hostile(given, folder)
        commands = hostile.commands()
        for kind, name in (("csv", b"good.h5"), ("sweep", b"sweep.h5")):
            made = hostile.run([name if one == b"out.h5" else one for one in commands[kind]])
            if made.returncode != 0:
                sys.exit(f"{kind}: {made.stderr.decode()}")
            hostile.files[name.decode()] = (hostile.folder / name.decode()).read_bytes()
        for index in range(given.count) if only is None else [only]:
            draw = random.Random(f"{given.seed}/{index}")
            what, command, run, found = one_input(hostile, draw)
            counts[what.split(":")[0] + (" words" if "words" in what else ""), run and run.returncode] += 1
            if found or only is not None:
                said = run.stderr[:400] if run else b""
                failures.append((index, what, [one[:60] for one in command], found, said))
        (hostile.folder / "closed").chmod(0o700)
    return counts, [one for one in failures if one[3] or only is not None]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--profile", help="the device profile; default: configs/gpus/h200.toml")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-bytes", type=int, default=4 << 30, help="of memory; 0: any")
    parser.add_argument("--only", type=int, help="one input of the campaign, with what it said")
    given = parser.parse_args()
    begin = time.monotonic()
    try:
        counts, failures = campaign(given)
    except PermissionError as error:
        print(f"SKIP: {error}: the program cannot be run here without root's rights")
        return
    for index, what, command, found, said in failures:
        print(f"input {index} ({what}): {'; '.join(found)}\n  {command}\n  {said}")
    codes = collections.Counter()
    for (_, code), number in counts.items():
        codes[code] += number
    for (kind, code), number in sorted(counts.items(), key=str):
        print(f"{kind}, exit code {code}: {number}")
    wrong = len([one for one in failures if one[3]])
    print(f"seed {given.seed}: {sum(codes.values())} tried, {codes[2]} refused, {codes[0]} read, "
          f"{wrong} wrong, {time.monotonic() - begin:.0f} s")  # fmt: skip
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
