#include "app/verb_output.hpp"

#include <unistd.h>

#include <iostream>
#include <string>

#include "cli/terminal.hpp"

namespace enrichd {

void print(std::ostream& out, const std::vector<Problem>& problems, const char* kind) {
    std::string text;
    for (const Problem& problem : problems) text.append(kind).append(problem.text()).append("\n");
    out << (&out == &std::cerr && wants_colour(STDERR_FILENO) ? in_colour(text) : text);
}

/// What a report is made of may come from outside, whichever verb made it.
int print(const Arguments& arguments, const Report& report) {
    const bool json = arguments.format == "json";
    const std::string text = lines_for_terminal(json ? report.json : report.human);
    std::cout << (!json && wants_colour(STDOUT_FILENO) ? in_colour(text) : text) << std::flush;
    if (!report.error.empty()) std::cerr << lines_for_terminal(report.error) << "\n";
    if (std::cout) return report.good ? 0 : 1;
    std::cerr << "standard output cannot be written\n";
    return 1;
}

}  // namespace enrichd
