#include "app/file_rights.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::file_rights_test {
namespace {

class FileRightsTest : public testing::Test {
  protected:
    /// What check says of a configuration whose list and key are these files.
    ParsedConfig looked_at(const std::string& list, const std::string& key) {
        write_file(dir_ / "e.yaml",
                   "otx: {api_key_file: " + key + "}\nlists: [{name: a, from: " + list + "}]\n");
        ParsedConfig parsed = load_config(dir_ / "e.yaml");
        EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
        look_at_files(parsed, "nobody");
        return parsed;
    }
    std::string file(const char* name, mode_t mode) {
        const std::string path = dir_ / name;
        write_file(path, std::string(64, 'a'));
        ::chmod(path.c_str(), mode);
        return path;
    }

    TempDir dir_;
};

TEST_F(FileRightsTest, AListWhoseFileIsMissingIsWorthAWord) {
    const ParsedConfig parsed = looked_at("/nowhere/list.txt", file("key", 0600));
    ASSERT_FALSE(parsed.warnings.empty());
    EXPECT_NE(parsed.warnings.front().text().find("lists[1].from: /nowhere/list.txt is not there"),
              std::string::npos)
        << parsed.warnings.front().text();
}

TEST_F(FileRightsTest, WhatTheDaemonsUserCannotReadIsFoundByRoot) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    ::chmod(dir_.path().c_str(), 0755);
    const ParsedConfig parsed = looked_at(file("list.txt", 0600), file("key", 0600));
    ASSERT_EQ(parsed.errors.size(), 1U);
    EXPECT_NE(
        parsed.errors[0].text().find("otx.api_key_file: user nobody cannot read " + (dir_ / "key").string()),
        std::string::npos)
        << parsed.errors[0].text();
    ASSERT_EQ(parsed.warnings.size(), 1U);
    EXPECT_NE(parsed.warnings[0].text().find("user nobody cannot read"), std::string::npos);
    ::chown((dir_ / "key").c_str(), 65'534, 65'534);
    EXPECT_TRUE(looked_at(file("list.txt", 0644), dir_ / "key").errors.empty());
}

}  // namespace
}  // namespace enrichd::test::file_rights_test
