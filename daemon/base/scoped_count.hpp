// One of those that are counted, for as long as it lives.
#pragma once

#include <cstddef>

namespace enrichd {

class ScopedCount {
  public:
    explicit ScopedCount(std::size_t& count) : count_(count) { ++count_; }
    ScopedCount(const ScopedCount&) = delete;
    ScopedCount& operator=(const ScopedCount&) = delete;
    ~ScopedCount() { --count_; }

  private:
    std::size_t& count_;
};

}  // namespace enrichd
