#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "config/config.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::load_config_test {
namespace {

TEST(LoadConfig, FindsTheKeyAndSoDecidesWhetherOtxIsOn) {
    const TempDir dir;
    const std::string key(64, 'a');
    const std::string path = dir / "key";
    write_file(path, key);
    ::chmod(path.c_str(), 0600);
    const auto load = [&](const std::string& otx) {
        write_file(dir / "e.yaml", "otx: {" + otx + "}\n");
        return load_config(dir / "e.yaml");
    };
    EXPECT_EQ(load("api_key_file: " + path).config.otx.key.secret.reveal(), key);
    EXPECT_TRUE(load("mode: off, api_key_file: " + path).config.otx.key.empty());
    EXPECT_TRUE(load("mode: auto").errors.empty());
    EXPECT_TRUE(load("mode: auto").config.otx.key.empty());
    EXPECT_EQ(load("url: 'http://otx.example.com', api_key_file: " + path).warnings.size(), 1U);
    EXPECT_TRUE(load("url: 'http://127.0.0.1:1', api_key_file: " + path).warnings.empty());
    ASSERT_EQ(load("mode: on").errors.size(), 1U);
    EXPECT_NE(load("mode: on").errors[0].text().find("there is no key"), std::string::npos);
    ::chmod(path.c_str(), 0644);
    EXPECT_EQ(load("api_key_file: " + path).errors.size(), 1U);
    EXPECT_NE(load("ca_file: " + path).errors[0].text().find("holds no PEM certificate"), std::string::npos);
    EXPECT_NE(load("ca_file: /none.pem").errors[0].text().find("cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::load_config_test
