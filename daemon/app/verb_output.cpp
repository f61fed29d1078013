#include "app/verb_output.hpp"

#include <iostream>

#include "cli/terminal.hpp"

namespace enrichd {

void print(std::ostream& out, const std::vector<Problem>& problems, const char* kind) {
    for (const Problem& problem : problems) out << kind << problem.text() << "\n";
}

/// What a report is made of may come from outside, whichever verb made it.
int print(const Arguments& arguments, const Report& report) {
    std::cout << lines_for_terminal(arguments.format == "json" ? report.json : report.human) << std::flush;
    if (!report.error.empty()) std::cerr << lines_for_terminal(report.error) << "\n";
    if (std::cout) return report.good ? 0 : 1;
    std::cerr << "standard output cannot be written\n";
    return 1;
}

}  // namespace enrichd
