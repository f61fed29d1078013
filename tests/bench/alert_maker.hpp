// Alerts by the thousand, made without any work to speak of.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/alerts.hpp"

namespace enrichd::test {

/// Alerts that differ in their id, and in their domain when the name has ten '#' in it.
class AlertMaker {
  public:
    explicit AlertMaker(std::string name) : text_(alert_for(std::move(name), std::string(digits, '#'))) {
        for (std::size_t at = text_.find('#'); at != std::string::npos; at = text_.find('#', at + digits))
            places_.push_back(at);
    }

    /// Good until the next call.
    static constexpr std::size_t digits = 10;
    const std::string& operator()(std::uint64_t number, std::uint64_t domain) {
        for (const std::size_t at : places_) {
            const bool is_id = at == places_.front();
            std::array<char, digits + 1> out{};
            std::snprintf(out.data(), out.size(), "%010llu",
                          static_cast<unsigned long long>(is_id ? number : domain));
            std::memcpy(text_.data() + at, out.data(), digits);
        }
        return text_;
    }

  private:
    std::string text_;
    std::vector<std::size_t> places_;
};

}  // namespace enrichd::test
