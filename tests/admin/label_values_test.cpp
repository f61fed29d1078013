#include "admin/label_values.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "base/errc.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::label_values_test {
namespace {

bool listed(const std::string& value) {
    return label_values().find("| `" + value + "` |") != std::string::npos;
}

TEST(LabelValues, NameEveryErrorsLabel) {
    for (int value = 1; value < static_cast<int>(errc::last_); ++value)
        EXPECT_TRUE(listed(std::string(label(static_cast<errc>(value)))));
}

TEST(LabelValues, NameEveryValueThatTheCodeCountsBy) {
    const std::regex counted(
        R"re((?:\.add\(|give_up\([^;]*|outcome = |ended\(|drop\(|"reason", |"result", )"([a-z_]+)")re");
    std::size_t found = 0;
    for (const auto& one :
         std::filesystem::recursive_directory_iterator(std::string(ENRICHD_SOURCE) + "/daemon")) {
        const std::string folder = one.path().parent_path().filename();
        if (one.path().extension() != ".cpp" || folder == "app" || folder == "wazuh") continue;
        const std::string text = read_file(one.path());
        for (std::sregex_iterator at(text.begin(), text.end(), counted), end; at != end; ++at, ++found)
            EXPECT_TRUE(listed((*at)[1])) << (*at)[1] << " in " << one.path();
    }
    EXPECT_GT(found, 10U);
}

TEST(LabelValues, StandInTheDocs) {
    const std::string page = read_file(std::string(ENRICHD_SOURCE) + "/docs/metrics.md");
    EXPECT_NE(page.find("\n" + label_values() + "\n"), std::string::npos)
        << "put build/PRESET/pages/label_values.md there";
}

}  // namespace
}  // namespace enrichd::test::label_values_test
