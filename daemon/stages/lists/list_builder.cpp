#include "stages/lists/list_builder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.hpp"
#include "model/host_name.hpp"

namespace enrichd {
namespace {

constexpr std::size_t longest_label = 63;
constexpr std::size_t shown_of_line = 80;
constexpr std::string_view no_name = "no domain name";

/// For each byte what it is in a name of lower-case letters, digits, hyphens and underscores; 0 when it is
/// nothing of that.
constexpr auto letters = [] {
    std::array<char, 256> out{};
    for (char c = 'a'; c <= 'z'; ++c) {
        out[static_cast<unsigned char>(c)] = c;
        out[static_cast<unsigned char>(c - 'a' + 'A')] = c;
    }
    for (char c = '0'; c <= '9'; ++c) out[static_cast<unsigned char>(c)] = c;
    out['-'] = '-';
    out['_'] = '_';
    out['.'] = '.';
    return out;
}();

bool only_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool public_suffix_or_label(const std::string& name) {
    return name.find('.') == std::string::npos || public_suffix(name);
}

bool top_level(std::string_view label) {
    const auto name = HostName::parse(label);
    return name && name->known_suffix();
}

}  // namespace

ListBuilder::ListBuilder(const ListConfig& config, ListFormat format)
    : config_(config),
      index_(std::make_unique<NameIndex>(format == ListFormat::rpz ? NameIndex::Rule::closest_wins
                                                                   : NameIndex::Rule::exceptions_win)) {
    out_.format = format;
}

/// In lower case. Nothing when it is no name, or an address.
std::optional<std::string_view> ListBuilder::normal(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > NameIndex::longest_name) return std::nullopt;
    name_.resize(name.size());
    std::size_t label_from = 0;
    bool plain = true;
    for (std::size_t i = 0; i < name.size() && plain; ++i) {
        const char c = letters[static_cast<unsigned char>(name[i])];
        plain = c != 0 && (c != '.' || i > label_from) && i - label_from <= longest_label;
        if (c == '.') label_from = i + 1;
        name_[i] = c;
    }
    if (plain) {
        if (label_from == name.size() || name.size() - label_from > longest_label) return std::nullopt;
        if (only_digits(std::string_view(name_).substr(label_from))) return std::nullopt;
        return name_;
    }
    const auto parsed = HostName::parse(name);
    if (!parsed || !parsed->plain() || parsed->ip_literal()) return std::nullopt;
    parsed_ = parsed->text();
    return parsed_;
}

std::uint8_t ListBuilder::listing_for(std::uint8_t listing) const {
    const bool is_exception = (listing & (Listing::except_exact | Listing::except_below)) != 0;
    if (config_.match == ListMatch::automatic || is_exception) return listing;
    return config_.match == ListMatch::suffix ? suffix_listing : static_cast<std::uint8_t>(Listing::exact);
}

/// In a zone the first record of an owner name says what is done with it.
std::uint8_t ListBuilder::not_taken(std::string_view name, std::uint8_t listing) const {
    const std::uint8_t before = index_->listing(name);
    for (const std::uint8_t pair :
         {Listing::exact | Listing::except_exact, Listing::below | Listing::except_below})
        if ((before & pair) != 0) listing &= static_cast<std::uint8_t>(~pair);
    return listing;
}

bool ListBuilder::add(std::string_view name, std::uint8_t listing, std::string_view note) {
    const auto normalised = normal(name);
    if (!normalised) {
        leave_out(no_name);
        return false;
    }
    listing = out_.format == ListFormat::rpz ? not_taken(*normalised, listing) : listing_for(listing);
    if (config_.action == ListAction::known) return add_known(*normalised, listing);
    const bool covers_below = (listing & static_cast<std::uint8_t>(Listing::below)) != 0;
    const bool broad = config_.action == ListAction::allow && covers_below;
    const bool may_be_top_level = covers_below && out_.format != ListFormat::csv;  // there it is a heading
    if (normalised->find('.') == std::string_view::npos && !(may_be_top_level && top_level(*normalised))) {
        leave_out("a single label");
        return false;
    }
    if (broad && public_suffix_or_label(std::string(*normalised))) {
        leave_out("a public suffix: everybody may have a domain below it");
        return false;
    }
    if (index_->add(*normalised, listing, note)) return true;
    leave_out("the list is too large");
    return false;
}

/// A host name counts for its domain.
bool ListBuilder::add_known(std::string_view name, std::uint8_t listing) {
    const std::size_t dot = name.find('.');
    const bool two_labels =
        dot != std::string_view::npos && name.find('.', dot + 1) == std::string_view::npos;
    std::string domain(name);
    if (!two_labels) {
        const auto parsed = HostName::parse(name);
        domain = parsed ? std::string(parsed->registrable()) : std::string();
    } else if (public_suffix(domain)) {
        domain.clear();
    }
    if (domain.empty()) {
        leave_out("a public suffix: everybody may have a domain below it");
        return false;
    }
    return index_->add(domain, listing);
}

void ListBuilder::leave_out(std::string_view why) {
    ++out_.left_out;
    if (out_.examples.size() < ReadList::most_examples)
        out_.examples.push_back({line_, std::string(cut_utf8(text_, shown_of_line)), why});
}

ReadList ListBuilder::finish() {
    index_->finish();
    out_.index = std::move(index_);
    return std::move(out_);
}

}  // namespace enrichd
