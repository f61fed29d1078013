#include "providers/embedded/known_domains.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <functional>

#include "base/small_file.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_file = 1024 * 1024 * 1024;

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view space = " \t\r";
    const std::size_t begin = line.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(space) + 1 - begin);
}

/// The domain of "17,example.com", and of "example.com".
std::string_view without_rank(std::string_view line) {
    const std::size_t comma = line.find(',');
    const bool rank = comma != std::string_view::npos && comma > 0 &&
                      line.substr(0, comma).find_first_not_of("0123456789") == std::string_view::npos;
    return rank ? trimmed(line.substr(comma + 1)) : line;
}

/// In lower case already, and of the characters that nearly all domains have.
bool plain(std::string_view text) {
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && text.find('.') != std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
           });
}

}  // namespace

result<KnownDomains> KnownDomains::load(const std::string& file) {
    const auto source = read_small_file(file, max_file);
    if (!source) return source.error();
    KnownDomains known;
    known.name_ = std::filesystem::path(file).stem().string();
    const auto lines = static_cast<std::size_t>(std::count(source->begin(), source->end(), '\n')) + 1;
    known.slots_.resize(std::bit_ceil(lines + lines / 3));  // at most three in four are taken
    known.text_.reserve(source->size() + 1);

    std::string_view rest = *source;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') continue;
        const std::string_view domain = without_rank(line);
        if (plain(domain)) {
            known.add(domain);
            continue;
        }
        const auto name = HostName::parse(domain);
        if (name && plain(name->text()))
            known.add(name->text());
        else
            ++known.left_out_;
    }
    known.text_.shrink_to_fit();
    return known;
}

bool KnownDomains::contains(std::string_view domain) const {
    if (slots_.empty()) return false;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = std::hash<std::string_view>()(domain) & mask; slots_[i] != 0; i = (i + 1) & mask)
        if (at(slots_[i]) == domain) return true;
    return false;
}

void KnownDomains::add(std::string_view domain) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = std::hash<std::string_view>()(domain) & mask;
    for (; slots_[i] != 0; i = (i + 1) & mask)
        if (at(slots_[i]) == domain) return;
    slots_[i] = static_cast<std::uint32_t>(text_.size()) + 1;
    text_.append(domain).push_back('\n');
    ++size_;
}

std::string_view KnownDomains::at(std::uint32_t slot) const {
    const std::string_view rest = std::string_view(text_).substr(slot - 1);
    return rest.substr(0, rest.find('\n'));
}

}  // namespace enrichd
