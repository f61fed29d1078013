#include <exception>
#include <iostream>
#include <string_view>

#include "app/command_line.hpp"
#include "app/signals.hpp"
#include "base/terminal_text.hpp"

int main(int argc, char** argv) {
    // A reload that is asked for while the daemon begins must not end it.
    if (argc > 1 && argv[1] == std::string_view("run")) enrichd::signals::prepare();
    try {
        return enrichd::CommandLine().run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "enrichd ends by an exception: " << enrichd::fit_for_terminal(e.what()) << "\n";
        return 1;
    }
}
