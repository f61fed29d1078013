#include "cli/list_presets.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::list_presets_test {
namespace {

TEST(ListPresets, AreConfigurationsThatAreTaken) {
    const TempDir dir;
    for (const ListPreset& preset : list_presets()) {
        const Report report = preset_report(preset.name);
        ASSERT_TRUE(report.good) << preset.name;
        write_file(dir / "e.yaml", report.human);
        const ParsedConfig parsed = read_config(dir / "e.yaml");
        EXPECT_TRUE(parsed.errors.empty()) << preset.name << ": " << parsed.errors[0].text();
        ASSERT_EQ(parsed.config.lists.lists.size(), 1U) << preset.name;
        EXPECT_EQ(parsed.config.lists.lists[0].name, preset.name);
        EXPECT_TRUE(parsed.config.lists.lists[0].fetched());
        EXPECT_FALSE(preset.licence.empty());
    }
}

TEST(ListPresets, AreAllNamedWithoutAName) {
    const Report report = preset_report("");
    for (const ListPreset& preset : list_presets())
        EXPECT_NE(report.human.find(preset.name), std::string::npos) << preset.name;
    EXPECT_FALSE(preset_report("none").good);
    EXPECT_NE(preset_report("none").error.find("no preset none"), std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::list_presets_test
