// One of those that are counted, for as long as it lives.
#pragma once

#include <cstddef>

namespace enrichd {

class OneMore {
  public:
    explicit OneMore(std::size_t& count) : count_(count) { ++count_; }
    OneMore(const OneMore&) = delete;
    OneMore& operator=(const OneMore&) = delete;
    ~OneMore() { --count_; }

  private:
    std::size_t& count_;
};

}  // namespace enrichd
