// A text that must not be seen: it has no way into a stream or a log field by accident, and is wiped at its
// end.
#pragma once

#include <string.h>

#include <string>
#include <utility>

namespace enrichd {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept { text_.swap(other.text_); }
    Secret& operator=(Secret other) noexcept {  // whose end wipes what was here
        text_.swap(other.text_);
        return *this;
    }
    ~Secret() { ::explicit_bzero(text_.data(), text_.size()); }

    bool empty() const { return text_.empty(); }

    /// For the one place that needs it.
    const std::string& reveal() const { return text_; }

    bool operator==(const Secret&) const = default;

  private:
    std::string text_;
};

}  // namespace enrichd
