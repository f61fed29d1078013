#include "config/yaml_hints.hpp"

#include <array>
#include <cstdio>
#include <set>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

/// From 1.
std::string_view line_of(std::string_view text, int number) {
    for (int i = 1; i < number; ++i) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

/// The column of a tab among the blanks before a key or value, from 1; 0 when there is none.
int indenting_tab(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] == '#') return 0;
    const std::size_t tab = line.substr(0, begin).find('\t');
    return tab == std::string_view::npos ? 0 : static_cast<int>(tab) + 1;
}

struct Odd {
    std::string_view bytes;
    const char* what;
    const char* instead;
};

constexpr std::array odd_characters{
    Odd{"\xc2\xa0", "a no-break space (U+00A0)", "use a plain space"},
    Odd{"\xe2\x80\xaf", "a narrow no-break space (U+202F)", "use a plain space"},
    Odd{"\xe2\x80\x83", "an em space (U+2003)", "use a plain space"},
    Odd{"\xe2\x80\x82", "an en space (U+2002)", "use a plain space"},
    Odd{"\xe2\x80\x89", "a thin space (U+2009)", "use a plain space"},
    Odd{"\xe3\x80\x80", "an ideographic space (U+3000)", "use a plain space"},
    Odd{"\xe2\x80\x8b", "a zero-width space (U+200B)", "remove it"},
    Odd{"\xef\xbb\xbf", "a byte order mark (U+FEFF)", "remove it"},
    Odd{"\xe2\x80\x9c", "a curly quote (U+201C)", "use \" or '"},
    Odd{"\xe2\x80\x9d", "a curly quote (U+201D)", "use \" or '"},
    Odd{"\xe2\x80\x9e", "a curly quote (U+201E)", "use \" or '"},
    Odd{"\xe2\x80\x98", "a curly quote (U+2018)", "use \" or '"},
    Odd{"\xe2\x80\x99", "a curly quote (U+2019)", "use \" or '"},
    Odd{"\xef\xbc\x9a", "a full-width colon (U+FF1A)", "use :"},
    Odd{"\xe2\x80\x93", "a dash (U+2013)", "use -"},
};

/// "a no-break space (U+00A0) stands in column 1 of line 2: use a plain space"; empty when nothing is odd.
std::string oddity(std::string_view line, int number) {
    std::size_t at = line.size();
    const Odd* first = nullptr;
    for (const Odd& one : odd_characters)
        if (const std::size_t found = line.find(one.bytes); found < at) {
            at = found;
            first = &one;
        }
    const auto said = [&](const char* what, std::size_t column, const char* instead) {
        return std::string(what) + " stands in column " + std::to_string(column) + " of line " +
               std::to_string(number) + ": " + instead;
    };
    if (const int tab = indenting_tab(line); tab > 0)
        return said("a tab", static_cast<std::size_t>(tab), "indent with spaces");
    return first ? said(first->what, at + 1, first->instead) : "";
}

std::string meaning(const std::string& message) {
    const auto says = [&](const char* part) { return message.find(part) != std::string::npos; };
    if (says("anchor is not defined")) return "; a value that begins with * must stand in quotes";
    if (says("illegal map value"))
        return "; a value with ': ' in it must stand in quotes, and keys of one section have one indentation";
    if (says("end of map not found") || says("end of sequence not found"))
        return "; a key is indented differently from the others, a bracket is not closed, or a value that "
               "begins with [ or { needs quotes";
    if (says("bad file")) return "; brackets are nested too deeply";
    return "";
}

}  // namespace

Problem no_yaml(const std::string& text, const std::string& file, int line, int column,
                const std::string& message) {
    for (int number = 1; number <= line; ++number)
        if (const int tab = indenting_tab(line_of(text, number)); tab > 0)
            return {file, number, tab, "", "no valid YAML: expected spaces as indentation, got a tab"};
    const std::string odd = oddity(line_of(text, line), line);
    return {file, line, column, "",
            "no valid YAML: " + message + (odd.empty() ? meaning(message) : "; " + odd)};
}

void add_hints(std::string_view text, std::vector<Problem>& problems) {
    std::set<int> done;
    for (Problem& one : problems) {
        // A key without a value is placed where it stands; what was meant for it is on the next line.
        for (const int number : {one.line, one.line + 1}) {
            if (one.line == 0 || done.contains(number)) continue;
            const std::string_view line = line_of(text, number);
            if (number != one.line && indenting_tab(line) == 0) continue;
            const std::string odd = oddity(line, number);
            if (odd.empty()) continue;
            done.insert(number);
            one.message += "; " + odd;
        }
    }
}

Problem no_utf8(std::string_view text, const std::string& file) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return {file, 1, 1, "", "expected UTF-8, got UTF-16: save the file as UTF-8"};
    int line = 1;
    int column = 1;
    for (; !text.empty(); ++column) {
        const std::size_t length = text.front() == '\0' ? 0 : utf8_length(text);
        if (length == 0) {
            std::array<char, 8> byte{};
            std::snprintf(byte.data(), byte.size(), "0x%02X", static_cast<unsigned char>(text.front()));
            return {file, line, column, "",
                    std::string("expected UTF-8, got the byte ") + byte.data() + ": save the file as UTF-8"};
        }
        if (text.front() == '\n') {
            ++line;
            column = 0;
        }
        text.remove_prefix(length);
    }
    return {file, 0, 0, "", ""};
}

}  // namespace enrichd
