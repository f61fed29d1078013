// What is served to other programs beside the admin interface. Each folder of services/ has one.
#pragma once

#include "model/gate.hpp"
#include "net/http_server.hpp"
#include "pipeline/component.hpp"

namespace enrichd {

class Service {
  public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    virtual void configure(const GateOptions& gate) = 0;
    virtual void add_reports(Reports& reports) const = 0;
    virtual HttpServer& listener() = 0;
};

}  // namespace enrichd
