// Whether the servers that the configuration names can be reached: for `enrichd check`, which runs before
// each start.
#pragma once

#include "config/config.hpp"

namespace enrichd {

/// Connects to all of them at once, by way of the proxy and with the handshake of TLS where there is one, and
/// sends no request: a question to a Domain Stats server would use up a first contact. Adds a warning for
/// each that is not as expected. Takes at most three seconds.
void probe_servers(ParsedConfig& parsed);

}  // namespace enrichd
