// A queried name, checked. The only place with rules about names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd {

class HostName {
  public:
    /// Reads a name as a resolver logs it: any case, one trailing dot, internationalised labels in UTF-8
    /// (they become A-labels, IDNA 2008 with UTS 46 mapping). At most 253 characters, labels of 1 to 63 (RFC
    /// 1035 2.3.4). The registrable domain is letters, digits, hyphens and underscores. Labels before it may
    /// hold any printable ASCII but space: a resolver asks for them, and malware would hide behind a stricter
    /// rule.
    [[nodiscard]] static result<HostName> parse(std::string_view text);

    /// Lower-case ASCII without a trailing dot.
    const std::string& text() const { return text_; }

    /// The public suffix and one label more ("bbc.co.uk"), by the public suffix list with its private
    /// section. Empty for a name that is a public suffix itself.
    std::string_view registrable() const { return std::string_view(text_).substr(registrable_at_); }

    /// Whether the registrable domain is one by the list's private section: under "duckdns.org" or
    /// "cloudfront.net", where a provider gives out names that no registry knows.
    bool under_private_suffix() const;

    bool single_label() const { return text_.find('.') == std::string::npos; }

    /// Whether the last label is one that the public suffix list knows. An internal name's is often not.
    bool known_suffix() const;

    /// Only letters, digits, hyphens and underscores between its dots.
    bool plain() const;

    /// Whether this is the name `suffix` or lies under it. `suffix` is a HostName's text.
    bool is_under(std::string_view suffix) const;

    /// "192.0.2.1", "::1"
    bool ip_literal() const;

  private:
    std::string text_;
    std::size_t registrable_at_ = 0;
};

}  // namespace enrichd
