#include <exception>

#include "app/command_line.hpp"
#include "base/log.hpp"

int main(int argc, char** argv) {
    try {
        return enrichd::CommandLine().run(argc, argv);
    } catch (const std::exception& e) {
        enrichd::log::error("enrichd ends by an exception", {{"what", e.what()}});
        return 1;
    }
}
