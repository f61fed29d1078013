// The one YAML document of a configuration file.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "config/config.hpp"

namespace enrichd {

/// Reads text that is UTF-8 and one document; an empty text is one without anything. What is wrong with it,
/// if anything.
[[nodiscard]] std::optional<Problem> read_document(const std::string& text, const std::string& file,
                                                   YAML::Node& out);

}  // namespace enrichd
