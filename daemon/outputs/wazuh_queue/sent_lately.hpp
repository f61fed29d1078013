// Messages that were handed to a reader a moment ago, in order, in memory that is taken once.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace enrichd {

class SentLately {
  public:
    /// Beyond these bounds the oldest are forgotten.
    static constexpr std::size_t max_bytes = 1024 * 1024;
    static constexpr std::size_t max_messages = 4096;

    /// The parts of one message, together no longer than max_bytes. `kind` lives for ever.
    void note(std::initializer_list<std::string_view> parts, std::string_view kind, Clock::time_point now);

    void forget_before(Clock::time_point limit);
    void clear() { count_ = 0; }

    std::size_t size() const { return count_; }
    bool empty() const { return count_ == 0; }

    /// The oldest, for as long as nothing is noted.
    std::string_view front() const;
    std::string_view front_kind() const { return oldest().kind; }
    void pop_front();

  private:
    struct Place {
        Clock::time_point at;
        std::size_t begin = 0;
        std::size_t size = 0;
        std::string_view kind;
    };
    const Place& oldest() const { return places_[first_]; }

    std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(max_bytes);
    std::vector<Place> places_ = std::vector<Place>(max_messages);
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::size_t end_ = 0;  // of the newest
};

}  // namespace enrichd
