// A text that must not be seen: it has no way into a stream or a log field by accident, and is wiped at its
// end.
#pragma once

#include <string.h>

#include <string>

namespace enrichd {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : text_(text) { wipe(text); }
    Secret(const Secret&) = default;
    // A moved text would leave its bytes behind.
    Secret(Secret&& other) noexcept : text_(other.text_) {  // NOLINT(performance-move-constructor-init)
        wipe(other.text_);
    }
    Secret& operator=(Secret other) noexcept {
        wipe(text_);
        text_ = other.text_;
        return *this;
    }
    ~Secret() { wipe(text_); }

    bool empty() const { return text_.empty(); }

    /// For the one place that needs it.
    const std::string& reveal() const { return text_; }

    bool operator==(const Secret&) const = default;

  private:
    /// All that the string ever held: a move or a shorter text leaves bytes behind its end.
    static void wipe(std::string& text) {
        text.resize(text.capacity());
        ::explicit_bzero(text.data(), text.size());
        text.clear();
    }

    std::string text_;
};

}  // namespace enrichd
