#include "admin/question.hpp"

#include <nlohmann/json.hpp>

#include "model/host_name.hpp"

namespace enrichd {

std::string text_of(const StatusJson& question, const char* member) {
    const auto found = question.is_object() ? question.find(member) : question.end();
    return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string suffix_of(std::string text) {
    while (text.starts_with('.') || text.starts_with('*')) text.erase(0, 1);
    const auto name = HostName::parse(text);
    return name ? std::string(name->text()) : text;
}

}  // namespace enrichd
