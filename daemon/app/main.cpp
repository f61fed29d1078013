#include <exception>
#include <iostream>

#include "app/command_line.hpp"

int main(int argc, char** argv) {
    try {
        return enrichd::CommandLine().run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "enrichd ends by an exception: " << e.what() << "\n";
        return 1;
    }
}
