// The keys of the section lists.
#pragma once

#include <string>
#include <vector>

#include "base/config_visitor.hpp"
#include "net/upstream.hpp"
#include "stages/lists/lists_config.hpp"

namespace enrichd {

/// One list.
void visit_list(ListConfig& list, ConfigVisitor& visitor);

/// What no key is wrong about by itself.
void check_lists(const ListsConfig& config, const KeyProblems& problems);

/// "Lists: 3" for `enrichd check`, and the servers that lists are fetched from.
std::string summary_of(const ListsConfig& config);
std::vector<ConfiguredServer> servers_of(const ListsConfig& config);

}  // namespace enrichd
