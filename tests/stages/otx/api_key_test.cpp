#include "stages/otx/api_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::api_key_test {
namespace {

const std::string key(64, 'a');

class ApiKeyTest : public testing::Test {
  protected:
    std::string file(const std::string& text, mode_t mode = 0600) {
        const auto path = dir_ / "key";
        write_file(path, text);
        ::chmod(path.c_str(), mode);
        return path;
    }
    ~ApiKeyTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

    TempDir dir_;
};

TEST_F(ApiKeyTest, IsReadFromAFileThatOthersCannotRead) {
    for (const mode_t mode : {0600U, 0400U, 0640U, 0440U}) {
        const ApiKey found = find_api_key(file(key + "\n", mode));
        EXPECT_EQ(found.problem, "");
        EXPECT_EQ(found.key.reveal(), key);
        EXPECT_FALSE(found.odd);
    }
}

TEST_F(ApiKeyTest, IsRefusedFromAFileThatOthersCanReadOrWrite) {
    for (const mode_t mode : {0644U, 0604U, 0602U, 0660U, 0666U}) {
        const ApiKey found = find_api_key(file(key, mode));
        EXPECT_TRUE(found.key.empty());
        EXPECT_NE(found.problem.find("may be read or written by others"), std::string::npos) << found.problem;
        EXPECT_EQ(found.problem.find(key), std::string::npos);
    }
}

TEST_F(ApiKeyTest, IsOneLineOfPrintableCharacters) {
    for (const char* text : {"", "\n", "two words", "line\nline", "caf\xc3\xa9", "a\x01"}) {
        const ApiKey found = find_api_key(file(text));
        EXPECT_TRUE(found.key.empty()) << text;
        EXPECT_NE(found.problem, "") << text;
    }
    EXPECT_TRUE(find_api_key(file("short")).odd) << "taken, with a word";
    EXPECT_NE(find_api_key(file(std::string(5000, 'a'))).problem, "");
    EXPECT_NE(find_api_key(dir_ / "none").problem.find("No such file"), std::string::npos);
    EXPECT_NE(find_api_key(dir_.path().string()).problem.find("no regular file"), std::string::npos);
}

TEST_F(ApiKeyTest, ComesFromSystemdWhenNoFileIsNamed) {
    write_file(dir_ / "otx_api_key", key);
    ::chmod((dir_ / "otx_api_key").c_str(), 0444);  // systemd guards its directory
    ::setenv("CREDENTIALS_DIRECTORY", dir_.path().c_str(), 1);
    EXPECT_EQ(find_api_key("").key.reveal(), key);
    std::filesystem::remove(dir_ / "otx_api_key");
    EXPECT_TRUE(find_api_key("").key.empty());
    EXPECT_EQ(find_api_key("").problem, "");
}

}  // namespace
}  // namespace enrichd::test::api_key_test
