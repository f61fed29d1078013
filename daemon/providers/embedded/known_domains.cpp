#include "providers/embedded/known_domains.hpp"

#include <algorithm>
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

std::string_view unquoted(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? trimmed(text.substr(1, text.size() - 2)) : text;
}

/// The domain of "17,example.com", and of "example.com".
std::string_view without_rank(std::string_view line) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return unquoted(line);
    const std::string_view rank = unquoted(trimmed(line.substr(0, comma)));
    const bool ranked = !rank.empty() && rank.find_first_not_of("0123456789") == std::string_view::npos;
    return unquoted(ranked ? trimmed(line.substr(comma + 1)) : line);
}

/// In lower case, of two labels, and of the characters that nearly all domains have: no more needs to be
/// looked up about it.
bool plain(std::string_view text) {
    const std::size_t dot = text.find('.');
    return text.size() <= 253 && dot != 0 && dot != std::string_view::npos && dot + 1 < text.size() &&
           text.find('.', dot + 1) == std::string_view::npos &&
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
        if (name && !name->registrable().empty() && !name->single_label())
            known.add(name->registrable());
        else
            ++known.left_out_;
    }
    if (known.size_ == 0 && known.left_out_ > 0) return errc::no_domains;
    known.text_.shrink_to_fit();
    return known;
}

bool KnownDomains::contains(std::string_view domain) const {
    return !slots_.empty() && slots_[slot_of(domain)] != 0;
}

void KnownDomains::add(std::string_view domain) {
    if (4 * size_ >= 3 * slots_.size()) grow();
    std::uint32_t& slot = slots_[slot_of(domain)];
    if (slot != 0) return;
    slot = static_cast<std::uint32_t>(text_.size()) + 1;
    text_.append(domain).push_back('\n');
    ++size_;
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
    const std::string_view rest = std::string_view(text_).substr(slot - 1);
    return rest.substr(0, rest.find('\n'));
}

}  // namespace enrichd
