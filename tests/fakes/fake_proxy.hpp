// An HTTP proxy that knows CONNECT alone. Runs in a thread of its own, on a free port of 127.0.0.1.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace enrichd::fakes {

class FakeProxy {
  public:
    /// `authorization` is the header's value that is wanted, "Basic …"; empty: none is.
    explicit FakeProxy(std::string authorization = {});
    ~FakeProxy();
    FakeProxy(const FakeProxy&) = delete;
    FakeProxy& operator=(const FakeProxy&) = delete;

    std::uint16_t port() const;

    /// What was asked of it: the first line of each request.
    std::vector<std::string> requests() const;

  private:
    struct Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace enrichd::fakes
