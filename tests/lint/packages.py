#!/usr/bin/env python3
"""Checks that scripts/setup installs what scripts and tests use: each program that they start and each module that they
import is in Debian's base system or in a package of the list that their script asks for. So the next missing package is
found here and not on somebody's bare machine; scripts/chroot-test is the whole test.

Usage: packages.py ROOT. Prints one line for each that is missing; exit 1 when there is one.
"""
import ast
import pathlib
import re
import sys

# Of packages that every Debian has: Essential, and those of debootstrap's minbase.
BASE = set("""
apt-get awk base64 bash cat chmod chown chroot cmp comm cp cut date df diff dirname dpkg dpkg-query du echo env expr
false find flock grep groupadd gzip head hostname id install kill ldd ln ls mkdir mkfifo mktemp mount mountpoint mv nproc
nsenter perl printf readlink realpath rm rmdir runuser sed seq setpriv setsid sh sha256sum sleep sort stat tail tar tee
timeout touch tr true tty umount uname uniq unshare useradd userdel wc xargs
""".split())
PACKAGE_OF = {
    **dict.fromkeys(["clang-16", "clang++-16"], "clang-16"),
    **dict.fromkeys(["llvm-symbolizer-16", "llvm-profdata-16", "llvm-cov-16"], "llvm-16"),
    **dict.fromkeys(["gcc", "g++"], "g++"),
    **dict.fromkeys(["cmake", "ctest", "cpack"], "cmake"),
    **dict.fromkeys(["systemd-analyze", "systemd-socket-activate", "systemctl", "systemd-tmpfiles",
                     "journalctl"], "systemd"),
    **dict.fromkeys(["readelf", "objdump", "nm", "strings"], "binutils"),
    **dict.fromkeys(["dpkg-deb"], "dpkg-dev"), **dict.fromkeys(["rpm", "rpm2cpio", "rpmbuild"], "rpm"),
    "ccache": "ccache", "chromedriver": "chromium-driver", "chromium": "chromium", "clang-format-16": "clang-format-16",
    "clang-tidy-16": "clang-tidy-16", "cppcheck": "cppcheck", "debootstrap": "debootstrap", "file": "file", "git": "git",
    "gpg": "gnupg", "groff": "groff", "lintian": "lintian", "mkdocs": "mkdocs", "pngquant": "pngquant", "musl-gcc": "musl-tools", "ninja": "ninja-build", "promtool": "prometheus", "python3": "python3", "redis-cli": "redis-tools", "redis-server": "redis-server",
    "strace": "strace", "wrk": "wrk", "zsh": "zsh",
}
MODULE_PACKAGE = {"yaml": "python3-yaml", "requests": "python3-requests", "numpy": "python3-numpy"}
# Made once in a while by hand; their own texts say what they need.
LEFT_OUT = {"scripts/frequency-table", "scripts/rdap-bootstrap", "scripts/train-model"}
OURS = {"enrichd", "enrich-shim"}
# Of the files that do not call scripts/setup themselves.
OPTION_OF = [("scripts/sbom", "package"), ("tests/lint/", "lint"), ("tests/bench/", "bench"),
             ("tests/packaging/package_test.py", "package"), ("tests/packaging/machine.py", "package"),
             ("tests/packaging/boot", "package"), ("tests/", "test")]

STARTS = {"run", "Popen", "check_output", "start", "said", "tool", "which"}
CPP_PROGRAM = re.compile(r'"/usr/bin/([a-z][\w.+-]*)"|\brun\(\{"([a-z][\w.+-]*)"')
SHELL_WORDS = set("""
if then else elif fi for while until do done case esac in function select time break cd command compgen continue declare
eval exec exit export fail getopts hash jobs let local mapfile popd pushd read readonly return say set shift source step
test trap type typeset ulimit umask unset usage wait
""".split())


def lists_of(setup):
    """What scripts/setup installs, by its option; without one under None."""
    base = set(re.search(r"^packages=\(\n(.*?)^\)", setup, re.M | re.S).group(1).split())
    lists = {None: base}
    for option, sign, names in re.findall(r"^    --(\w+)\) packages(\+?)=\((.*?)\) ;;", setup, re.M):
        lists[option] = set(names.split()) | (base if sign else set())
    return lists


def used_by_python(text):
    """(programs, modules)"""
    programs, modules = set(), set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
                first = first.elts[0]
            if called in STARTS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                programs.add(first.value)
    return {name for name in programs if re.fullmatch(r"[a-z][\w.+-]*", name)}, modules


def used_by_shell(text):
    functions = set(re.findall(r"^\s*(?:function )?(\w+) ?\(\)", text, re.M))
    text = re.sub(r"<<-?'?(\w+)'?.*?\n.*?^\s*\1$", "", text, flags=re.M | re.S)
    text = re.sub(r"(^|\s)#.*", "", text)
    text = re.sub(r"'[^']*'", "''", text)
    text = text.replace("\\\n", " ")
    text = re.sub(r"\$?\(\((?:[^()]|\([^()]*\))*\)\)", "0", text)        # arithmetic
    text = re.sub(r"^[ \t]*[\w*|\" -]+\)(?=\s)", "", text, flags=re.M)  # what case compares with
    inner = re.findall(r"\$\(\s*([a-z][\w.+-]*)(?=[\s)])", text)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    text = re.sub(r"\w+\+?=\([^)]*\)", "", text)
    plain = re.findall(r"(?:^|[|;&{(!]|\bthen\b|\bdo\b|\belse\b|\bif\b|\bwhile\b|\benv\b)[ \t]*(?:\w+=[^\s$(]* )*"
                       r"([a-z][\w.+-]*)(?=[\s;)]|$)", text, re.M)
    passed = re.findall(r"\bxargs(?: -\S+(?: \d+)?)* ([a-z][\w.+-]*)", text)
    return {word for word in (*inner, *plain, *passed) if word not in SHELL_WORDS | functions}


def used_by(name, text):
    """(programs, modules) that a file uses, whose path from the root is `name`."""
    if name.endswith(".py") or text.startswith(("#!/usr/bin/env python3", "#!/usr/bin/python3")):
        return used_by_python(text)
    if name.endswith((".cpp", ".hpp")):
        return {first or second for first, second in CPP_PROGRAM.findall(text)}, set()
    return used_by_shell(text), set()


def option_of(name, text):
    for start, option in OPTION_OF:
        if name.startswith(start):
            return {option}
    return {found or None for found in re.findall(r"scripts/setup(?: --(\w+))?", text)} | {None}


def problems_of(name, text, lists, own_modules):
    installed = set().union(*(lists[option] for option in option_of(name, text)))
    programs, modules = used_by(name, text)
    for program in sorted(programs - BASE - OURS):
        if program not in PACKAGE_OF:
            yield f"{name}: starts {program}: tests/lint/packages.py does not know where it comes from"
        elif PACKAGE_OF[program] not in installed:
            yield f"{name}: starts {program}: scripts/setup does not install {PACKAGE_OF[program]} for it"
    for module in sorted(modules - set(sys.stdlib_module_names) - own_modules):
        if MODULE_PACKAGE.get(module) not in installed:
            yield f"{name}: imports {module}: scripts/setup does not install its package for it"


def main():
    root = pathlib.Path(sys.argv[1])
    lists = lists_of((root / "scripts/setup").read_text())
    files = [path for top in ("scripts", ".ci") for path in sorted((root / top).iterdir()) if path.is_file()]
    files += [path for path in sorted((root / "tests").rglob("*")) if path.suffix in (".py", ".cpp", ".hpp")
              or path.name == "boot"]
    own = {path.stem for path in files if path.suffix == ".py"} | {path.parent.name for path in files if path.suffix == ".py"}
    found = []
    for path in files:
        name = path.relative_to(root).as_posix()
        if name not in LEFT_OUT:
            found += problems_of(name, path.read_text(), lists, own)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
