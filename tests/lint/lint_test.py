#!/usr/bin/env python3
"""The lints themselves: each broken shape is found, each good one is not."""
import contextlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import unittest.mock

import coroutine_law
import headers_alone
import includes
import layers
import names
import packages
import seen_clean
import sentences
import sizes
import tidy
import words

BROKEN = [
    "co_await f(Agg{a, s});",
    "co_await f({a, s});",
    "co_await f({.x = s});",
    "auto r = co_await f(Agg{a, s});",
    "co_return co_await f(Agg{a, s});",
    "Agg q{co_await g(), s};",
    "co_return Agg{co_await g()};",
    "T a[2]{co_await g(), b};",
    "f({.port = co_await g()});",
    "Agg q = {co_await g(), s};",
    "co_await [x]() -> task<void> { co_return; }();",
    "co_await co_spawn(ex, [x]() -> task<void> { co_return; }, use_awaitable);",
    "co_spawn(co_await this_coro::executor, [x] { return x; }, detached);",
    "co_await g([x] { return x; });",
    "co_await g(std::function<int()>([x] { return x; }));",
    "T v = b ? co_await g() : T(0);",
    "T v = b ? T(0) : co_await g();",
    "co_await f(b ? x : y);",
    "if (co_await f(Agg{a})) { g(); }",
    "while (co_await f({a})) g();",
    "std::vector<int> v{co_await a(), co_await b()};",
    "co_await f(g(h({1, 2})));",
    "if (!co_await g()) co_return false;",
    "while (co_await g()) { h(); }",
    "do { h(); } while (co_await g());",
    "while (full) { if (!co_await g()) co_return; }",
]
GOOD = [
    "Agg q{a, s}; co_await f(std::move(q));",
    "auto v = co_await g(); Agg q{v, s};",
    "co_await f(std::string(\"{\"), T(3));",
    "co_await f(co_await g());",
    "if (auto x = co_await g(); x) { h(x); }",
    "for (;;) { co_await g(); }",
    "for (auto& x : co_await g()) { h(x); }",
    "switch (co_await g()) { case 1: break; }",
    "auto [ec, n] = co_await s.async_read_some(buffer, nothrow);",
    "auto f = [x] { return x; }; co_await g(f);",
    "co_spawn(ex, [x]() -> task<void> { co_return; }, detached);",
    "if (b) { v = co_await g(); } else { v = T(0); }",
    "co_return b ? x : y;",
    "switch (f) { case F::a: co_return co_await g(); case F::b: { co_await h(); } }",
    "int v = b ? 1 : 2; co_await g();",
    "struct S { int x; }; task<int> f() { co_return co_await g(); }",
    "// co_await f(Agg{a});\nco_await g();",
    "const char* s = \"co_await f({a});\";",
    "x.y([&] { z(); }); co_await g();",
    "while (a) { const bool ok = co_await g(); if (!ok) break; }",
    "while (auto x = co_await g()) { h(x); }",
    "task<void> f() const { co_await g(); }",
    "for (int i = 0; i < 3; ++i) g(); co_await h();",
    "while (x) g(); co_await h();",
    "do { g(); } while (x); co_await h();",
]


def in_function(body):
    return "task<void> f() {\n    " + body + "\n}\n"


class CoroutineLaw(unittest.TestCase):
    def test_each_broken_shape_is_found(self):
        for body in BROKEN:
            with self.subTest(body):
                self.assertTrue(list(coroutine_law.breaches(in_function(body))))

    def test_no_good_shape_is_blamed(self):
        for body in GOOD:
            with self.subTest(body):
                self.assertEqual([], list(coroutine_law.breaches(in_function(body))))

    def test_a_breach_names_its_line(self):
        self.assertEqual([3], [line for line, _ in coroutine_law.breaches("void f() {\n\n co_await f({a});\n}")])


class Sentences(unittest.TestCase):
    """Sentences of more than thirty words."""

    LONG = " ".join(["word"] * 31) + "."

    def found(self, text):
        return [number for number, _ in sentences.problems_in("x.md", text)]

    def test_one_that_is_too_long_is_found_by_its_line(self):
        self.assertEqual(self.found(f"# Title\n\nShort.\n{self.LONG}\n"), [3])
        self.assertEqual(self.found(f"| a | {self.LONG} |\n"), [1])
        self.assertEqual(self.found(f"Short.\n\n- short\n- {self.LONG}\n"), [4])

    def test_what_is_no_sentence_is_not(self):
        for text in ("```\n" + self.LONG + "\n```\n", "`" + self.LONG + "`\n", " ".join(["Two words."] * 30),
                     "- " + "\n- ".join(["word"] * 31), "| " + " | ".join(["word"] * 31) + " |\n"):
            self.assertEqual(self.found(text), [], text)


class Words(unittest.TestCase):
    def said(self, text):
        return list(words.problems_in("x.md", text))

    def test_a_word_is_found_in_sentences_and_identifiers(self):
        self.assertEqual([(2, "'Doors': say listener")], self.said("a listener\nDoors open"))
        found = [said.split("'")[1] for _, said in self.said("in_hand_ WhatIsInHand wholeTrip trips?")]
        self.assertEqual(["in_hand", "In Hand", "Trip"], found[:3])

    def test_pages_have_words_of_their_own_but_for_what_they_quote(self):
        self.assertEqual([(1, "'is away': say down, unreachable")], self.said("OTX is away; `Domain Stats is away` was a log line"))
        self.assertEqual([], list(words.problems_in("x.cpp", "OTX is away")))

    def test_parts_of_other_words_and_keys_of_documents_are_not(self):
        self.assertEqual([], self.said('outdoors, recommended, striped, {"mend", x}, stripTrip2s'.replace("stripTrip2s", "")))


class Sizes(unittest.TestCase):
    def test_a_long_file_and_a_long_function_are_found(self):
        function = "int f() {\n" + "    g();\n" * 59 + "}\n"
        self.assertEqual([(1, "61 lines; 60 at most: int f() {")], list(sizes.problems_in("x.cpp", function)))
        self.assertEqual([], list(sizes.problems_in("x.cpp", function.replace("    g();\n", "", 1))))
        self.assertEqual([(1, "401 lines; 400 at most")], list(sizes.problems_in("x.cpp", "int x;\n" * 401)))

    def test_a_table_or_a_class_is_no_function(self):
        for head in ("constexpr std::array rows{", "class A {", "namespace {"):
            self.assertEqual([], list(sizes.problems_in("x.cpp", head + "\n" + "    x,\n" * 80 + "}\n")))


class Names(unittest.TestCase):
    def test_a_stage_is_named_in_its_folder_and_in_the_composition_alone(self):
        text = "int x;\nOtxStage stage;\nOtx otx;\n"
        self.assertEqual([2], [number for number, _ in names.problems_in("daemon/admin/x.cpp", text)])
        self.assertEqual([], list(names.problems_in("daemon/stages/otx/x.cpp", text)))
        self.assertEqual([], list(names.problems_in("daemon/app/composition.cpp", text)))
        self.assertTrue(list(names.problems_in("daemon/stages/other/x.cpp", text)))


class Layers(unittest.TestCase):
    def wrong(self, name, include):
        return list(layers.problems_of(name, f"#include {include}\n"))

    def test_a_layer_may_look_up_only(self):
        self.assertEqual([], self.wrong("daemon/stages/a/x.cpp", '"net/tasks.hpp"'))
        self.assertEqual([], self.wrong("daemon/stages/a/x.cpp", '"pipeline/stage.hpp"'))
        self.assertEqual([], self.wrong("daemon/stages/a/x.cpp", "<vector>"))
        self.assertTrue(self.wrong("daemon/stages/a/x.cpp", '"sources/spool/spool.hpp"'))
        self.assertTrue(self.wrong("daemon/other/x.cpp", '"base/fd.hpp"'))

    def test_stages_do_not_include_each_other(self):
        self.assertEqual([], self.wrong("daemon/stages/a/x.cpp", '"stages/a/b/y.hpp"'))
        self.assertTrue(self.wrong("daemon/stages/a/x.cpp", '"stages/b/y.hpp"'))
        self.assertEqual([], self.wrong("daemon/outputs/a/x.cpp", '"outputs/output.hpp"'))

    def test_rooms_with_rules_of_their_own(self):
        self.assertTrue(self.wrong("daemon/model/x.hpp", "<boost/asio/io_context.hpp>"))
        self.assertTrue(self.wrong("daemon/model/y.hpp", '"base/task.hpp"'))
        self.assertTrue(self.wrong("daemon/net/x.hpp", "<boost/beast/http.hpp>"))
        self.assertEqual([], self.wrong("daemon/net/x.cpp", "<boost/beast/http.hpp>"))
        self.assertTrue(self.wrong("daemon/net/x.cpp", "<yaml-cpp/yaml.h>"))
        self.assertTrue(self.wrong("shim/x.c", '"../daemon/base/fd.hpp"'))
        self.assertEqual([], self.wrong("shim/x.c", '"../proto/wire.h"'))
        self.assertTrue(self.wrong("proto/wire.h", '"model/alert.hpp"'))
        self.assertEqual([], self.wrong("proto/wire.h", "<stdint.h>"))


class Includes(unittest.TestCase):
    def told(self, text, name="net/x.cpp", others=None):
        return [(header, what.split(",")[0]) for header, what in includes.problems_of(name, text, (others or {}).get)]

    def test_a_name_of_std_wants_its_header(self):
        self.assertEqual([("vector", "missing")], self.told("std::vector<int> v;"))
        self.assertEqual([], self.told("#include <vector>\nstd::vector<int> v;"))
        self.assertEqual([("chrono", "missing")], self.told("using namespace std::chrono_literals;"))

    def test_the_files_own_header_may_have_it_and_no_other(self):
        own = {"net/x.hpp": "#include <vector>\n", "base/x.hpp": "#include <vector>\n"}
        text = '#include "net/x.hpp"\nstd::vector<int> v;'
        self.assertEqual([], self.told(text, others=own))
        self.assertEqual([("vector", "missing")], self.told(text, name="net/y.hpp", others=own))
        self.assertEqual([("vector", "missing")], self.told('#include "base/x.hpp"\nstd::vector<int> v;', others=own))

    def test_a_header_without_a_use_is_told(self):
        self.assertEqual([("map", "unused")], self.told("#include <map>\nint x;"))
        self.assertEqual([], self.told("#include <cstdint>\nuint8_t x;"))
        self.assertEqual([], self.told("#include <cerrno>\nint x;"), "it is not in the table")

    def test_what_stands_in_comments_and_literals_is_no_use(self):
        self.assertEqual([], self.told("// std::vector\n/* std::map */ const char* s = \"std::set\";"))
        self.assertEqual([("vector", "unused")], self.told("#include <vector>  // for std::vector\n"))
        self.assertEqual([("list", "missing")], self.told("int n = 1'000'000; std::list<char> l{'\"'}; // \""))

    def test_a_name_that_two_headers_give_wants_one_of_them(self):
        self.assertEqual([], self.told("#include <string>\nstd::string s; std::string_view v;"))
        self.assertEqual([("string_view", "missing")], self.told("std::string_view v;"))


class Tidy(unittest.TestCase):
    @unittest.skipUnless(shutil.which(tidy.CLANG_TIDY), "scripts/setup --lint")
    def test_the_checks_that_are_chosen_exist(self):
        chosen = (pathlib.Path(__file__).parents[2] / ".clang-tidy").read_text()
        named = re.findall(r"^  -?([a-z]+-[a-z-]+),?$", chosen, re.M)
        known = subprocess.run([tidy.CLANG_TIDY, "--list-checks", "--checks=*"], capture_output=True, text=True).stdout
        self.assertGreater(len(named), 10)
        self.assertEqual([], [name for name in named if f" {name}\n" not in known])

    @unittest.skipUnless(shutil.which(tidy.CLANG_TIDY), "scripts/setup --lint")
    def test_what_is_wrong_in_a_file_of_many_is_told(self):
        with tempfile.TemporaryDirectory(dir=pathlib.Path(__file__).parent) as folder:
            entries = []
            for name, text in [("x", "int x = 0;"), ("y", "int* y = 0;"), ("z", "namespace { int x = 1; }\nint* z = 0; int q = x;")]:
                file = pathlib.Path(folder, f"{name}.cpp")
                file.write_text(text + "\n")
                entries.append({"directory": folder, "file": str(file), "command": f"clang++-16 -o {name}.o -c {file}"})
            pathlib.Path(folder, "compile_commands.json").write_text(json.dumps(entries))
            with contextlib.redirect_stdout(io.StringIO()) as said:
                found = tidy.main(folder, [entry["file"] for entry in entries], cache=f"{folder}/cache")
        self.assertEqual(1, found)
        self.assertIn("/y.cpp:1:10: error: use nullptr", said.getvalue())
        self.assertIn("/z.cpp:2:10: error: use nullptr", said.getvalue(), "which clashes with x.cpp")

    def test_files_are_looked_at_together_in_units_of_like_sizes(self):
        sizes = lambda number: [len(unit) for unit in tidy.units_of([f"/a/{i}.cpp" for i in range(number)])]
        with unittest.mock.patch("os.cpu_count", return_value=2):
            self.assertEqual([], sizes(0))
            self.assertEqual([1], sizes(1))
            self.assertEqual([2, 1], sizes(3), "something for each core")
            self.assertEqual([54, 54, 53], sizes(161))

    def test_a_unit_has_the_definitions_of_all_its_files(self):
        flags = {"x": ("c", "-O2", "-DA", "-Id"), "y": ("c", "-O0", "-DB", "-Id", "-Ie")}
        self.assertEqual(["c", "-O2", "-DA", "-Id", "-DB", "-Ie"], tidy.flags_together(["x", "y"], flags))

    def test_a_compiler_is_called_without_its_launcher_and_its_output(self):
        entry = {"command": "/usr/bin/ccache clang++ -O2 -o x.o -c /a/x.cpp", "file": "/a/x.cpp"}
        self.assertEqual(("clang++", "-O2"), tidy.flags_of(entry))

    def test_files_that_clash_with_others_go_into_a_unit_of_their_own(self):
        errors = ["/a/y.cpp:3:7: error: redefinition of 'seconds'"]
        self.assertEqual([["/a/x.cpp", "/a/z.cpp"], ["/a/y.cpp"]], tidy.apart(["/a/x.cpp", "/a/y.cpp", "/a/z.cpp"], errors))

    def test_where_nobody_knows_which_clash_the_first_is_looked_at_alone(self):
        unit = ["/a/x.cpp", "/a/y.cpp", "/a/z.cpp"]
        self.assertEqual([unit[:1], unit[1:]], tidy.apart(unit, []))
        self.assertEqual([unit[:1], unit[1:]], tidy.apart(unit, [f"{file}:1:1: error: x" for file in unit]))


class SeenClean(unittest.TestCase):
    """A project of a.cpp, which includes x/b.hpp, which includes c.hpp beside it."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        (self.root / "daemon/x").mkdir(parents=True)
        (self.root / "daemon/a.cpp").write_text('#include "x/b.hpp"\n#include <vector>\n')
        (self.root / "daemon/x/b.hpp").write_text('#include "c.hpp"\n')
        (self.root / "daemon/x/c.hpp").write_text("int c;\n")

    def seen(self, root=None, lint="tidy", configuration=""):
        return seen_clean.SeenClean(root or self.root, lint, "true", configuration, directory=self.root / "cache")

    def mark(self, *arguments, flags=("-O2",), **more):
        return self.seen(*arguments, **more).mark((more.get("root") or self.root) / "daemon/a.cpp", flags)

    def test_what_was_clean_is_known_and_nothing_else(self):
        seen = self.seen()
        mark = seen.mark(self.root / "daemon/a.cpp")
        self.assertNotIn(mark, seen)
        seen.remember(mark)
        self.assertIn(mark, self.seen())

    def test_whatever_the_lint_can_see_makes_it_look_again(self):
        before = self.mark()
        self.assertEqual(before, self.mark())
        self.assertNotEqual(before, self.mark(lint="headers"))
        self.assertNotEqual(before, self.mark(configuration="Checks: none"))
        self.assertNotEqual(before, self.mark(flags=("-O0",)))
        (self.root / "daemon/x/c.hpp").write_text("int c;  // NOLINT\n")
        self.assertNotEqual(before, self.mark(), "a file that is included by one that is included")
        (self.root / "daemon/x/c.hpp").write_text("int c;\n")
        self.assertEqual(before, self.mark())
        (self.root / "x").mkdir()
        (self.root / "x/b.hpp").write_text("")
        self.assertNotEqual(before, self.mark(), "a file that may be found first")

    def test_a_clone_elsewhere_shares_it(self):
        with tempfile.TemporaryDirectory() as other:
            shutil.copytree(self.root, other, dirs_exist_ok=True)
            self.assertEqual(self.mark(flags=(f"-I{self.root}",)),
                             self.mark(root=pathlib.Path(other), flags=(f"-I{other}",)))

    def test_what_nobody_asks_for_is_forgotten(self):
        seen = self.seen()
        marks = [seen.mark(self.root / name) for name in ("daemon/a.cpp", "daemon/x/b.hpp")]
        for mark in marks:
            seen.remember(mark)
        os.utime(marks[0], (0, 0))
        seen.forget_old()
        self.assertEqual([False, True], [mark in seen for mark in marks])


class Packages(unittest.TestCase):
    SETUP = 'packages=(\n    g++ cmake\n    systemd\n)\n    --test) packages+=(zsh python3-yaml) ;;\n    --chroot) packages=(debootstrap) ;;\n'

    def told(self, name, text):
        lists = packages.lists_of(self.SETUP)
        return [line.split(": ")[1] for line in packages.problems_of(name, text, lists, {"support"})]

    def test_an_option_adds_to_the_list_or_is_one(self):
        lists = packages.lists_of(self.SETUP)
        self.assertEqual({"g++", "cmake", "systemd"}, lists[None])
        self.assertEqual(lists[None] | {"zsh", "python3-yaml"}, lists["test"])
        self.assertEqual({"debootstrap"}, lists["chroot"])

    def test_a_module_wants_its_package(self):
        self.assertEqual([], self.told("tests/x.py", "import re, yaml\nfrom support import x"))
        self.assertEqual(["imports requests"], self.told("tests/x.py", "import requests"))
        self.assertEqual(["imports yaml"], self.told("scripts/x", "#!/usr/bin/env python3\nimport yaml"))

    def test_a_program_that_python_or_cpp_starts_wants_its_package(self):
        self.assertEqual([], self.told("tests/x.py", "subprocess.run(['zsh', '-c', command])"))
        self.assertEqual(["starts strace"], self.told("tests/x.py", "processes.start(['strace', '-f'])"))
        self.assertEqual(["starts strace"], self.told("tests/x.cpp", 'Child child({"/usr/bin/strace", {}});'))
        self.assertEqual(["starts groff"], self.told("tests/x.cpp", 'run({"groff", "-ww"})'))

    def test_a_program_that_a_script_starts_wants_its_package(self):
        for line in ("chromium --headless", "x=$(chromium)", "true | chromium", "if ! chromium; then", "a && chromium -x",
                     "A=1 chromium", "xargs -P 2 chromium -x", 'y="$(chromium -v)"'):
            with self.subTest(line):
                self.assertIn("starts chromium", self.told("scripts/x", f"scripts/setup --test\n{line}\n"))
        for line in ("# chromium", "echo chromium", "cat <<TXT\nchromium\nTXT", "x='chromium -x'", "chromium() { true; }",
                     "case $x in\n    chromium | zsh) true ;;\nesac", "for chromium in a; do true; done",
                     "x=(chromium)", 'echo "x; chromium -x"', "((chromium + 1))"):
            with self.subTest(line):
                self.assertEqual([], self.told("scripts/x", f"scripts/setup --test\n{line}\n"))
        self.assertEqual(["starts zsh"], self.told("scripts/x", "scripts/setup\nzsh -c x\n"), "without its option")

    def test_a_program_that_nobody_knows_is_told(self):
        self.assertEqual(["starts frobnicate"], self.told("scripts/x", "frobnicate -x\n"))


class HeadersAlone(unittest.TestCase):
    def test_a_header_that_its_own_file_includes_first_was_compiled_already(self):
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root, "daemon/net")
            folder.mkdir(parents=True)
            (folder / "first.cpp").write_text('// x\n#include "net/first.hpp"\n#include <vector>\n')
            (folder / "later.cpp").write_text('#include "net/first.hpp"\n#include "net/later.hpp"\n')
            (folder / "second.cpp").write_text('#include <vector>\n#include "net/second.hpp"\n')
            asked = ["daemon/net/first.hpp", "daemon/net/second.hpp", "daemon/net/later.hpp", "daemon/net/none.hpp", "daemon/net/first.cpp",
                     "proto/wire.h", "packaging/x.hpp"]
            self.assertEqual(["daemon/net/second.hpp", "daemon/net/later.hpp", "daemon/net/none.hpp", "proto/wire.h"],
                             [file for file in asked if headers_alone.wanted(file, root)])


if __name__ == "__main__":
    unittest.main()
