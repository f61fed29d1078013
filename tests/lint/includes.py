#!/usr/bin/env python3
"""Checks the standard headers of the daemon: a file that uses a name of std includes its header, itself or by its own
header, and includes none of which it uses no name.

Usage: includes.py ROOT. Prints one line for each header that is missing or unused; exit 1 when there is one.

It knows the headers of the table and looks at names alone, so it is quick and never in doubt. What else one header wants
of another, include-what-you-use (Debian's iwyu) tells, slowly and at length.
"""
import functools
import pathlib
import re
import sys

# The header of each name in std; and what else shows that a header is used, though it could come from elsewhere.
NAMES = {
    "algorithm": "adjacent_find all_of any_of binary_search clamp copy copy_backward copy_if copy_n count count_if "
                 "equal equal_range fill fill_n find find_first_of find_if find_if_not for_each for_each_n generate "
                 "generate_n includes inplace_merge is_sorted iter_swap lexicographical_compare lower_bound make_heap "
                 "max max_element merge min min_element minmax mismatch none_of nth_element partial_sort partition "
                 "pop_heap push_heap remove remove_copy_if remove_if replace replace_copy replace_if reverse rotate "
                 "sample search set_difference set_intersection set_union shuffle sort sort_heap stable_partition "
                 "stable_sort swap_ranges transform unique unique_copy upper_bound",
    "array": "array to_array",
    "atomic": "atomic atomic_bool atomic_flag memory_order memory_order_relaxed",
    "bit": "bit_cast bit_ceil bit_width countl_zero countr_zero endian has_single_bit popcount rotl rotr",
    "bitset": "bitset",
    "cctype": "isalnum isalpha isdigit islower isprint isspace isupper isxdigit tolower toupper",
    "charconv": "chars_format from_chars to_chars",
    "chrono": "chrono chrono_literals",
    "cmath": "ceil exp floor isfinite isnan log log2 log10 lround pow round sqrt trunc",
    "condition_variable": "condition_variable condition_variable_any",
    "csignal": "raise sig_atomic_t signal",
    "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t",
    "cstdio": "fclose fflush fgets fopen fprintf fputs fread fwrite printf rename snprintf",
    "cstdlib": "_Exit abort atoi exit free getenv malloc realloc strtod strtol strtoul strtoull",
    "cstring": "memchr memcmp memcpy memmove memset strcat strchr strcmp strcpy strcspn strerror strlen strncat "
               "strncmp strncpy strpbrk strrchr strspn strstr strtok",
    "ctime": "clock_t difftime gmtime localtime mktime strftime time_t tm",
    "deque": "deque",
    "exception": "current_exception exception exception_ptr make_exception_ptr nested_exception rethrow_exception "
                 "rethrow_if_nested set_terminate terminate throw_with_nested uncaught_exceptions",
    "filesystem": "filesystem",
    "fstream": "fstream ifstream ofstream",
    "functional": "bind bind_front cref equal_to function greater identity invoke less mem_fn minus multiplies not_fn "
                  "plus ref reference_wrapper",
    "future": "async future packaged_task promise",
    "initializer_list": "initializer_list",
    "iomanip": "put_time quoted setfill setprecision setw",
    "iostream": "cerr cin clog cout",
    "iterator": "advance back_inserter distance front_inserter inserter istreambuf_iterator iterator_traits "
                "make_move_iterator make_reverse_iterator next ostream_iterator prev reverse_iterator",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "addressof align allocator default_delete enable_shared_from_this make_shared make_unique shared_ptr "
              "static_pointer_cast to_address unique_ptr weak_ptr",
    "mutex": "call_once lock_guard mutex once_flag recursive_mutex scoped_lock unique_lock",
    "numbers": "numbers",
    "numeric": "accumulate gcd iota reduce",
    "istream": "istream ws",
    "ostream": "endl flush ostream",
    "optional": "bad_optional_access make_optional nullopt nullopt_t optional",
    "queue": "priority_queue queue",
    "random": "minstd_rand mt19937 mt19937_64 random_device uniform_int_distribution uniform_real_distribution",
    "ranges": "views",
    "regex": "regex regex_match regex_replace regex_search smatch",
    "set": "multiset set",
    "span": "as_bytes span",
    "sstream": "istringstream ostringstream stringstream",
    "stdexcept": "invalid_argument logic_error out_of_range runtime_error",
    "string": "basic_string getline stod stof stoi stol stoul stoull string to_string u8string",
    "string_view": "basic_string_view string_view string_view_literals",
    "system_error": "errc error_category error_code generic_category make_error_code system_category system_error",
    "thread": "jthread this_thread thread",
    "tuple": "apply forward_as_tuple ignore make_tuple tie tuple",
    "type_traits": "conditional_t decay_t enable_if_t invoke_result_t is_arithmetic_v is_base_of_v is_convertible_v "
                   "is_enum_v is_integral_v is_invocable_v is_same_v is_unsigned_v is_void_v remove_cvref_t "
                   "remove_reference_t true_type underlying_type_t",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_set",
    "utility": "as_const cmp_less declval exchange forward in_place in_place_t in_place_type index_sequence "
               "integer_sequence make_index_sequence make_pair move pair piecewise_construct swap",
    "variant": "bad_variant_access get_if holds_alternative monostate variant visit",
    "vector": "vector",
}
ALSO = {
    "algorithm": r"std::ranges::\w+",
    "chrono": r"\bchrono::",
    "cctype": r"\b(is(al(num|pha)|x?digit|lower|print|space|upper)|to(low|upp)er)\b",
    "cmath": r"std::(abs|fabs|hypot|cbrt|sin|cos|nextafter|fmod|modf|signbit|llround)\b",
    "csignal": r"\bSIG[A-Z]+\b|\b(kill|sig(action|emptyset|addset|procmask|set_t))\b",
    "cstdio": r"\b(rename\w*|snprintf|BUFSIZ|EOF|stderr|stdout|FILE)\b",
    "cstdint": r"\bu?int(8|16|32|64|ptr)_t\b|\bU?INT(8|16|32|64)_(MAX|C)\b",
    "cstdlib": r"\b(getenv|setenv|unsetenv|mkdtemp|mkstemp|realpath|strto\w+|EXIT_\w+|_exit|_Exit)\b",
    "cstring": r"\b(mem(chr|cmp|cpy|move|set)|str(chr|cmp|cpy|error|len|ncmp|ncpy|nlen|rchr|signal|spn))\b",
    "ctime": r"\b(tm|time_t|gmtime_r|localtime_r|timegm|strftime|timespec|clock_gettime)\b",
    "functional": r"std::hash\b",
    "iterator": r"std::(size|data|begin|end|ssize)\b",
    "memory": r"std::(pmr|destroy_at|construct_at)\b",
    "random": r"std::\w*(rand|distribution|seed_seq)\w*",
    "ranges": r"std::ranges::",
    "string": r"\bstd::(char_traits|hash)\b|\bstring_literals\b",
    "type_traits": r"std::(is_|remove_|add_|make_(un)?signed|common_|integral_constant|void_t|false_type)",
    "utility": r"std::(to_underlying|get)\b",
}
# A name that several headers give: whichever is there will do.
ANY_OF = {"error_code": {"system_error", "filesystem"}, "string_view": {"string_view", "string"},
          "basic_string_view": {"string_view", "string"},
          "flush": {"ostream", "iostream"}, "endl": {"ostream", "iostream"},
          "istream": {"istream", "iosfwd", "iostream", "sstream", "fstream"},
          "ostream": {"ostream", "iosfwd", "iostream", "sstream", "fstream"}}

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.M)
HEADER_OF = {name: header for header, names in NAMES.items() for name in names.split()}


def bare(text):
    """Without comments, literals and includes."""
    return TOKEN.sub(lambda match: '""' if match.group(0)[0] in "\"'R" else " ", INCLUDE.sub("", text))


def includes_of(text):
    return [name for _, name in INCLUDE.findall(text)]


def used_names(code):
    return set(re.findall(r"\bstd::(\w+)", code))


def problems_of(name, text, read):
    """(header, "missing" or "unused") of one file. `read` gives the text of another by its path in daemon/, or None."""
    included = includes_of(text)
    own = INCLUDE.search(text)
    folder = name.split("/")[-2] if "/" in name else ""
    theirs = read(own.group(2)) if own and own.group(1) == '"' and own.group(2).split("/")[-2:-1] == [folder] else None
    there = set(included) | set(includes_of(theirs) if theirs and name.endswith(".cpp") else [])
    code = bare(text)
    names = used_names(code)
    for used in sorted(names & HEADER_OF.keys()):
        if not ANY_OF.get(used, {HEADER_OF[used]}) & there:
            yield HEADER_OF[used], f"missing, for std::{used}"
    for header in included:
        if header in NAMES and not names & set(NAMES[header].split()) and \
                not (header in ALSO and re.search(ALSO[header], code)):
            yield header, "unused"


def main():
    root = pathlib.Path(sys.argv[1]) / "daemon"

    @functools.cache
    def read(name):
        path = root / name
        return path.read_text() if path.is_file() else None

    found = []
    for path in sorted(root.rglob("*.[ch]pp")):
        name = path.relative_to(root).as_posix()
        told = {header: what for header, what in problems_of(name, read(name), read)}
        found += [f"daemon/{name}: <{header}> is {what}" for header, what in sorted(told.items())]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
