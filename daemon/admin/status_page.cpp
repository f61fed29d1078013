#include "admin/status_page.hpp"

#include <string>

#include "base/incbin.hpp"
#include "net/page_policy.hpp"

ENRICHD_INCBIN(status_page, ENRICHD_STATUS_PAGE);
ENRICHD_INCBIN(runbook, ENRICHD_RUNBOOK);

namespace enrichd {

std::string_view status_page() {
    return built_in::status_page();
}

std::string_view runbook() {
    return built_in::runbook();
}

std::string_view status_page_policy() {
    static const std::string policy = page_policy(status_page());
    return policy;
}

}  // namespace enrichd
