#include "app/ask_running.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/verb_output.hpp"
#include "base/log.hpp"

namespace enrichd {

Report answer_of(const AskingWork& work, const Config& config) {
    try {
        return work(config);
    } catch (const nlohmann::json::exception&) {
        return {
            {},
            {},
            "the daemon's answer has another shape: is it of another version? (systemctl restart enrichd)",
            false};
    }
}

int ask_running(const Arguments& arguments, const AskingWork& work) {
    ParsedConfig parsed = read_config(arguments.config);
    print(std::cerr, parsed.errors, "warning: ");
    log::configure({log::Level::off, log::Format::text});
    return print(arguments, answer_of(work, parsed.config));
}

}  // namespace enrichd
