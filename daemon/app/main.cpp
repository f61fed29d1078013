#include <exception>
#include <iostream>

#include "app/command_line.hpp"
#include "base/terminal_text.hpp"

int main(int argc, char** argv) {
    try {
        return enrichd::CommandLine().run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "enrichd ends by an exception: " << enrichd::fit_for_terminal(e.what()) << "\n";
        return 1;
    }
}
