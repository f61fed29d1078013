#include <exception>

#include "app/verbs.hpp"
#include "base/log.hpp"

int main(int argc, char** argv) {
    try {
        return enrichd::run_command_line(argc, argv);
    } catch (const std::exception& e) {
        enrichd::log::error("enrichd ends by an exception", {{"what", e.what()}});
        return 1;
    }
}
