// Writes the pages that a package holds and that are made from the program itself: manual pages, completions,
// the sample configuration. Run by the build target `pages`.
#include <fstream>
#include <iostream>
#include <string>

#include "admin/label_values.hpp"
#include "app/command_line.hpp"
#include "config/version.hpp"
#include "config/yaml_reference.hpp"
#include "proto/wire.h"

namespace enrichd {
namespace {

std::string shim_manual() {
    return std::string(".TH ENRICH\\-SHIM 8 \"\" \"enrichd ") + version + "\" \"enrichd\"\n" +
           ".SH NAME\nenrich\\-shim \\- hands one alert of Wazuh to enrichd\n"
           ".SH SYNOPSIS\n.B custom\\-dnsstats\n.I ALERT\\-FILE\n[...]\n.br\n.B " +
           roff(WIRE_ACTIVE_RESPONSE_NAME) +
           "\n< "
           "\\fILINE\\fR\n"
           ".SH DESCRIPTION\nRun by Wazuh, not by people. With arguments it is an integration: it reads the "
           "alert's "
           "file, which is its first argument, and ignores the others. Without arguments it is an active "
           "response: it reads "
           "one line from standard input. It hands the alert to enrichd over a UNIX socket and ends as soon "
           "as the "
           "alert is safe; when enrichd does not take it within 250 ms, it writes the alert into the spool.\n"
           ".PP\n.B enrichd wazuh install\nputs it into Wazuh's directories.\n"
           ".SH EXIT STATUS\n0: the alert is safe. 1: it is not; one line on standard error says why, and "
           "Wazuh logs "
           "it. As an active response, whose standard error Wazuh discards, it also sends the line to "
           "syslog.\n"
           ".SH ENVIRONMENT\n.TP\n.B ENRICHD_SOCKET\nThe socket, else " +
           roff(WIRE_DEFAULT_SOCKET) + ".\n.TP\n.B ENRICHD_SPOOL\nThe spool, else " +
           roff(WIRE_DEFAULT_SPOOL) + ".\n.SH SEE ALSO\n.BR enrichd (1)\n";
}

bool write(const std::string& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) std::cerr << file << ": cannot be written\n";
    return static_cast<bool>(out);
}

}  // namespace
}  // namespace enrichd

int main(int argc, char** argv) {
    using namespace enrichd;
    if (argc != 2) {
        std::cerr << "Usage: enrichd-pages DIRECTORY\n";
        return 2;
    }
    const std::string directory = std::string(argv[1]) + "/";
    const CommandLine command_line;
    const bool good = write(directory + "enrichd.1", manual_page(command_line.app())) &&
                      write(directory + "enrichd.yaml.5", configuration_manual()) &&
                      write(directory + "enrich-shim.8", shim_manual()) &&
                      write(directory + "enrichd.bash", completion(command_line.app(), "bash")) &&
                      write(directory + "_enrichd", completion(command_line.app(), "zsh")) &&
                      write(directory + "enrichd.fish", completion(command_line.app(), "fish")) &&
                      write(directory + "enrichd.yaml", sample_configuration()) &&
                      write(directory + "reference.yaml", configuration_reference()) &&
                      write(directory + "label_values.md", label_values());
    return good ? 0 : 1;
}
