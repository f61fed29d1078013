#include "stages/domain_stats/embedded/known_domains.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "base/read_file.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_file = 1024 * 1024 * 1024;
constexpr std::uint32_t below = 1U << 31U;  // of a slot

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view space = " \t\r";
    const std::size_t begin = line.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(space) + 1 - begin);
}

std::string_view unquoted(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? trimmed(text.substr(1, text.size() - 2)) : text;
}

struct Line {
    std::string_view domain;
    bool ranked = false;
};

/// The domain of "17,example.com", of "example.com" and of "*.example.com".
Line line_of(std::string_view text) {
    Line line{unquoted(text)};
    if (const std::size_t comma = text.find(','); comma != std::string_view::npos) {
        const std::string_view rank = unquoted(trimmed(text.substr(0, comma)));
        line.ranked = !rank.empty() && rank.find_first_not_of("0123456789") == std::string_view::npos;
        if (line.ranked) line.domain = unquoted(trimmed(text.substr(comma + 1)));
    }
    if (line.domain.starts_with("*.")) line.domain.remove_prefix(2);
    if (line.domain.starts_with('.')) line.domain.remove_prefix(1);
    return line;
}

/// In lower case, of two labels, and of the characters that nearly all domains have.
bool plain(std::string_view text) {
    const std::size_t dot = text.find('.');
    return text.size() <= 253 && dot != 0 && dot != std::string_view::npos && dot + 1 < text.size() &&
           text.find('.', dot + 1) == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
           });
}

/// Nothing when it is no domain, or a suffix below which everybody has one.
std::optional<std::string> domain_of(std::string_view text) {
    if (plain(text)) {  // most of a long list, and no more needs to be looked up about it
        std::string domain(text);
        return public_suffix(domain) ? std::nullopt : std::optional(std::move(domain));
    }
    const auto name = HostName::parse(text);
    if (!name || !name->plain() || name->registrable().empty()) return std::nullopt;
    return std::string(name->registrable());
}

}  // namespace

result<KnownDomains> KnownDomains::load(const std::string& file) {
    const auto source = read_file_up_to(file, max_file);
    if (!source) return source.error();
    KnownDomains known;
    known.name_ = std::filesystem::path(file).stem().string();
    known.text_.reserve(source->size() + 1);
    std::string_view rest = *source;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') continue;
        const auto [text, ranked] = line_of(line);
        if (const auto domain = domain_of(text))
            known.add(*domain, !ranked);
        else
            ++known.left_out_;
    }
    if (known.size_ == 0 && known.left_out_ > 0) return errc::no_domains;
    known.text_.shrink_to_fit();
    return known;
}

bool KnownDomains::contains(std::string_view domain) const {
    if (slots_.empty()) return false;
    if (slots_[slot_of(domain)] != 0) return true;
    for (std::size_t dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.')) {
        domain.remove_prefix(dot + 1);
        if ((slots_[slot_of(domain)] & below) != 0) return true;
    }
    return false;
}

void KnownDomains::add(std::string_view domain, bool with_names_below) {
    if (4 * size_ >= 3 * slots_.size()) grow();
    std::uint32_t& slot = slots_[slot_of(domain)];
    if (slot == 0) {
        slot = static_cast<std::uint32_t>(text_.size()) + 1;
        text_.append(domain).push_back('\n');
        ++size_;
    }
    if (with_names_below) slot |= below;
}

void KnownDomains::grow() {
    std::vector<std::uint32_t> old(std::max<std::size_t>(2 * slots_.size(), 1024));
    old.swap(slots_);
    for (const std::uint32_t slot : old)
        if (slot != 0) slots_[slot_of(at(slot))] = slot;
}

/// Where it is, or would be.
std::size_t KnownDomains::slot_of(std::string_view domain) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = std::hash<std::string_view>()(domain) & mask;
    while (slots_[i] != 0 && at(slots_[i]) != domain) i = (i + 1) & mask;
    return i;
}

std::string_view KnownDomains::at(std::uint32_t slot) const {
    const std::string_view rest = std::string_view(text_).substr((slot & ~below) - 1);
    return rest.substr(0, rest.find('\n'));
}

}  // namespace enrichd
