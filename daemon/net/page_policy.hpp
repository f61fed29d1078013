// What a page for browsers may do.
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// The Content-Security-Policy of a page with one <style> and one <script>: those two, by their SHA-256, and
/// requests to where it came from; nothing else.
std::string page_policy(std::string_view page);

}  // namespace enrichd
