#include "app/version.hpp"

#include <idn2.h>
#include <libpsl.h>
#include <boost/version.hpp>

namespace enrichd {

const char* const version = ENRICHD_VERSION;

std::string version_report() {
    const int boost_minor = BOOST_VERSION / 100 % 1000;
    std::string out = "enrichd ";
    out.append(version).append("\ncompiler ").append(__VERSION__);
    out.append("\nboost ")
        .append(std::to_string(BOOST_VERSION / 100'000))
        .append(".")
        .append(std::to_string(boost_minor));
    out.append("\nlibpsl ").append(psl_get_version());
    out.append("\nlibidn2 ").append(idn2_check_version(nullptr));
    return out.append("\n");
}

}  // namespace enrichd
