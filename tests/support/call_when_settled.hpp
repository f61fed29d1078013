// A source of alerts that only wants to know how they end.
#pragma once

#include <functional>
#include <utility>

#include "pipeline/ack.hpp"

namespace enrichd::test {

class CallWhenSettled final : public Receiver {
  public:
    explicit CallWhenSettled(std::function<void(bool safe)> call) : call_(std::move(call)) {}
    void settled(bool safe) override { call_(safe); }

  private:
    std::function<void(bool safe)> call_;
};

}  // namespace enrichd::test
