// A queried name, checked. The only place with rules about names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd {

class HostName {
  public:
    /// Reads a name as a resolver logs it: any case, one trailing dot, a port, blanks around it,
    /// internationalised labels in UTF-8 (they become A-labels). The registrable domain is checked: letters,
    /// digits, hyphens and underscores, labels of 1 to 63, at most 253 characters (RFC 1035 2.3.4). Labels
    /// before it may hold any bytes and be of any length, or one of them would hide the domain; what is not
    /// printable ASCII in them is escaped (model/name_text.hpp). No label is empty.
    [[nodiscard]] static result<HostName> parse(std::string_view text);

    /// Lower-case printable ASCII without a trailing dot.
    const std::string& text() const { return text_; }

    /// The public suffix and one label more ("bbc.co.uk"), by the public suffix list with its private
    /// section. A name that is itself a suffix of the private section ("duckdns.org") is its own domain.
    /// Empty for a public suffix such as "co.uk", and for a single label.
    std::string_view registrable() const { return std::string_view(text_).substr(registrable_at_); }

    /// Whether the registrable domain is one by the list's private section: under "duckdns.org" or
    /// "cloudfront.net", where a provider gives out names that no registry knows.
    bool under_private_suffix() const;

    bool single_label() const { return text_.find('.') == std::string::npos; }

    /// Whether the public suffix list knows the top-level domain. An internal name's is often not known.
    bool known_suffix() const;

    /// A whole name that others take for one: only letters, digits, hyphens and underscores between its dots,
    /// none of them too long. Of any other, only the registrable domain is sent.
    bool plain() const { return plain_; }

    /// Whether this is the name `suffix` or lies under it. `suffix` is a HostName's text.
    bool is_under(std::string_view suffix) const;

    /// "192.0.2.1", "::1", also with a port or a zone, and whatever else ends in a number: no name does.
    bool ip_literal() const;

  private:
    error check() const;
    void find_registrable();

    std::string text_;
    std::size_t registrable_at_ = 0;
    bool plain_ = true;
};

/// Whether everybody may have a domain below it, and so nobody has it: "co.uk". `name` is in lower case.
bool public_suffix(const std::string& name);

/// Whether a text means the name whose HostName has the text `name`, in whatever spelling.
bool is_name(std::string_view text, std::string_view name);

}  // namespace enrichd
