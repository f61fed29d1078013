// The read-only side: the status page and what it shows, /livez, /readyz, /healthz, /metrics.
#pragma once

#include <string_view>

#include "admin/view.hpp"
#include "net/http_server.hpp"

namespace enrichd {

class AdminPages final : public HttpService {
  public:
    explicit AdminPages(const View& view) : view_(view) {}

    task<HttpReply> answer(HttpQuestion question) override;

  private:
    HttpReply page(std::string_view target) const;

    const View& view_;
};

}  // namespace enrichd
