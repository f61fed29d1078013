#include "sources/files/line_taker.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace enrichd {
namespace {

/// How Wazuh begins each alert (src/analysisd/format/to_json.c).
constexpr std::string_view alert_begins = R"({"timestamp":")";

/// Pieces of one damaged line that are tried and are no document.
constexpr int most_failures = 64;

constexpr std::string_view no_name = "no_name";

constexpr std::string_view blanks{" \t\r\0", 4};

std::string_view without_blanks(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Where a second document begins. A brace, blanks and `{"` before a letter stand in no JSON document: a text
/// that ends in `{` has a comma, a colon or an end behind its quote.
std::size_t second_document(std::string_view text) {
    for (std::size_t at = text.find(R"({")", 1); at != std::string_view::npos;
         at = text.find(R"({")", at + 1)) {
        const std::size_t before = text.find_last_not_of(blanks, at - 1);
        const bool letter =
            at + 2 < text.size() && std::isalpha(static_cast<unsigned char>(text[at + 2])) != 0;
        if (letter && before != std::string_view::npos && text[before] == '}') return at;
    }
    return std::string_view::npos;
}

}  // namespace

void LineTaker::take(const Line& line, bool again) {
    start_ = line.start;
    again_ = again;
    reported_ = false;
    if (line.too_long) {
        count(label(errc::alert_too_long));
        return;
    }
    if (!filter_.may_hold_name(line.text)) {
        if (!without_blanks(line.text).empty()) count(no_name);
        return;
    }
    take_pieces(line.text);
}

void LineTaker::take_pieces(std::string_view text) {
    for (int failures = 0; failures < most_failures;) {
        text = without_blanks(text);
        if (text.empty()) return;
        std::size_t end = second_document(text);
        const bool taken = take_document(text.substr(0, end));
        if (!taken) ++failures;
        if (!taken) end = std::min(end, text.find(alert_begins, 1));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end);
    }
    count("torn");
}

/// False when it is none.
bool LineTaker::take_document(std::string_view text) {
    const auto before = counts_.duplicates;
    auto taken = submit_.take(without_blanks(text), Destination::siem, counts_);
    if (!taken) {
        const bool none = taken.error() == errc::alert_not_json;
        if (none)
            count("torn");
        else
            count(asks_for_nothing(taken.error()) ? no_name : label(taken.error()));
        return !none;
    }
    switch (taken->outcome) {
        case Submit::Outcome::safe:
            reported_ = reported_ || taken->decided;
            count("taken");
            break;
        case Submit::Outcome::seen:
            if (again_) counts_.duplicates = before;
            count("duplicate");
            break;
        case Submit::Outcome::in_work:
            count("duplicate");
            unsafe_.refuse(start_);
            break;
        case Submit::Outcome::waits:
            count("taken");
            submit_.go_on(std::move(taken->job), unsafe_.add(start_));
            break;
    }
    return true;
}

void LineTaker::count(std::string_view what) {
    if (!again_) results_.add(what);
}

}  // namespace enrichd
