#include "asking/text_checks.hpp"

#include "net/address.hpp"
#include "net/upstream_url.hpp"

namespace enrichd::text_checks {

Expected not_empty(std::string& text) {
    if (!text.empty()) return std::nullopt;
    return "a name";
}

Expected optional_file(std::string& text) {
    if (text.empty() || text.starts_with('/')) return std::nullopt;
    return "an absolute path, or '' for none";
}

Expected listen_address(std::string& text) {
    if (text.empty() || parse_address(text)) return std::nullopt;
    return "an address and port such as 127.0.0.1:9466, or '' for none";
}

Expected http_url(std::string& text) {
    if (parse_upstream_url(text)) return std::nullopt;
    const std::string such = "a URL such as http://127.0.0.1:5730";
    if (text.find("://") == std::string::npos) return such + ", with http:// or https:// in front";
    if (text.find('@') != std::string::npos) return such + ", without user and password";
    if (text.find('?') != std::string::npos) return such + ", without a query (what follows '?')";
    if (text.find('#') != std::string::npos) return such + ", without a fragment (what follows '#')";
    return such + " (a port is from 1 to 65535, an IPv6 address stands in brackets)";
}

Expected proxy_url(std::string& text) {
    if (text.empty() || parse_proxy_url(text)) return std::nullopt;
    return "a URL such as http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128, or "
           "'' for none";
}

}  // namespace enrichd::text_checks
