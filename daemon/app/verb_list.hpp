// The verbs of the command line: what each takes, and which function it calls.
#pragma once

#include "app/arguments.hpp"

namespace CLI {
class App;
}

namespace enrichd {

/// Puts the verbs under the program. What is parsed goes into `arguments`, the exit code of the verb that ran
/// into `code`; both outlive `app`.
void add_verbs(CLI::App& app, Arguments& arguments, int& code);

}  // namespace enrichd
