"""Every `fluxscope ...` line of README.md and docs/ names a command and flags that the program has.
Usage: check_commands.py ROOT FLUXSCOPE"""

import functools
import re
import shlex
import subprocess

import markdown
import tree

_END = {"|", "||", "&&", ";", ">", ">>", "2>", "&"}
_PROGRAM = re.compile(r"(^|/)fluxscope$")


def commands(code):
    """The argument lists of fluxscope in one line of code."""
    try:
        lexer = shlex.shlex(code, posix=True, punctuation_chars="|&;>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        words = list(lexer)
    except ValueError:  # an unfinished quotation: not a shell line
        words = code.split()
    found, at = [], 0
    while at < len(words):
        starts = at == 0 or words[at - 1] in _END or words[at - 1] == "$"
        end = at + 1
        if _PROGRAM.search(words[at]) and starts:
            while end < len(words) and words[end] not in _END:
                end += 1
            found.append(words[at + 1 : end])
        at = end
    # A line that hands a command to another program in quotes, as sbatch --wrap does.
    quoted = [word for word in words if " " in word and word != code]
    return found + [arguments for word in quoted for arguments in commands(word)]


class Program:
    def __init__(self, path):
        self.path = path

    @functools.lru_cache(maxsize=None)
    def help(self, *command):
        run = subprocess.run([self.path, *command, "--help"], capture_output=True, text=True)
        return run.stdout if run.returncode == 0 else None

    def problem(self, arguments):
        """Why the program would refuse to parse this, or None."""
        if not arguments:
            return None
        own = [] if arguments[0].startswith("-") else arguments[:1]
        text = self.help(*own)
        if text is None:
            return f"there is no command '{arguments[0]}'"
        known = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text.split("Example")[0]))
        for word in arguments[len(own) :]:
            if re.match(r"--?[A-Za-z]", word) and word.split("=")[0] not in known:
                return f"'{' '.join(['fluxscope', *own])}' has no flag {word.split('=')[0]}"
        return None


def problems(root, path):
    program, found = Program(path), []
    for page in markdown.pages(tree.files(root)):
        for number, code in markdown.code(tree.text(root, page)):
            for arguments in commands(code):
                if problem := program.problem(arguments):
                    found.append(f"{page}:{number}: {problem}")
    return found


if __name__ == "__main__":
    tree.main(problems)
