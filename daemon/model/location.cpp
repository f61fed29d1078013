#include "model/location.hpp"

#include <arpa/inet.h>

namespace enrichd {
namespace {

bool is_address(const std::string& text) {
    in6_addr address{};
    if (text.find('\0') != std::string::npos) return false;  // inet_pton would not see what follows
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

/// "10.0.0.0/24": Wazuh allows an agent to be known by its network.
bool is_network(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos || !is_address(text.substr(0, slash))) return false;
    const std::string mask = text.substr(slash + 1);
    if (mask.find('.') != std::string::npos) return is_address(mask);  // 10.0.0.0/255.255.255.0
    return !mask.empty() && mask.size() <= 3 && mask.find_first_not_of("0123456789") == std::string::npos;
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '|' || c == ':') out.push_back('|');
        out.push_back(c);
    }
}

/// `text` without what could end the part of the location that it stands in.
std::string harmless(std::string_view text, std::string_view borders) {
    std::string out(text);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' || borders.find(c) != std::string_view::npos)
            c = '_';
    return out;
}

}  // namespace

std::string location(const Agent& agent, std::string_view source) {
    if (agent.id.empty() || agent.id == "000") return std::string(source);
    std::string out = "[";
    append_escaped(out, harmless(agent.id, "[]"));
    out.append("] (");
    append_escaped(out, harmless(agent.name, "()<>"));
    out.append(") ");
    append_escaped(out, is_address(agent.ip) || is_network(agent.ip) ? std::string_view(agent.ip) : "any");
    out.append("->").append(source);
    return out;
}

}  // namespace enrichd
