"""What the lints that look at lines of text share: which files, and how a finding is printed."""
import pathlib
import sys


def main(doc, folders, suffixes, problems_in):
    """Prints "file:line: what" for each problem of `problems_in(name, text)`, a list of (line, what). The exit code."""
    if len(sys.argv) != 2:
        sys.exit(doc)
    root = pathlib.Path(sys.argv[1])
    files = [file for folder in folders for file in sorted(root.glob(folder)) if file.suffix in suffixes]
    failed = False
    for file in files:
        name = file.relative_to(root).as_posix()
        for number, what in problems_in(name, file.read_text()):
            print(f"{name}:{number}: {what}")
            failed = True
    return 1 if failed else 0
