// The page for people at GET /: one HTML document that asks for nothing but /status and, when something is
// wrong, /runbook, and is allowed nothing else.
#pragma once

#include <string_view>

namespace enrichd {

std::string_view status_page();

/// docs/runbook.md, so that it is at hand where the page is.
std::string_view runbook();

/// Its Content-Security-Policy: its own style and script, by their SHA-256, and requests to where it came
/// from. Lives for ever.
std::string_view status_page_policy();

}  // namespace enrichd
