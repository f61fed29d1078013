// Field cases: what users reported in public, shortened, with invented names; and what each has to give.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "support/temp_dir.hpp"

namespace enrichd::test {

/// Those of tests/data/cases/`kind`.json. Each has an `id` and what to `expect`; `note` says what was decided
/// where several answers would have been good.
inline nlohmann::json cases_of(const std::string& kind) {
    return nlohmann::json::parse(
        read_file(std::filesystem::path(ENRICHD_TEST_DATA) / "cases" / (kind + ".json")));
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

}  // namespace enrichd::test
