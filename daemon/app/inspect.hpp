// The trip of one alert, looked at: the daemon's own parts, built anew, with a sink that only remembers.
#pragma once

#include <string>

#include "app/config.hpp"

namespace enrichd {

struct Inspection {
    std::string json;   // the report, indented
    std::string human;  // the same for people
    bool good = true;   // false when an upstream failed or the alert is none
};

/// One name through gate and providers, which are asked once each. A domain that a Domain Stats server has
/// never seen counts as seen from then on, and the report says so.
Inspection inspect_name(const Config& config, const std::string& name);

/// The same for the bytes of an alert, or of the line of an active response: also the field that was found,
/// and the events that would be sent.
Inspection inspect_alert(const Config& config, const std::string& bytes);

}  // namespace enrichd
