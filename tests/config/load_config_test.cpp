#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "config/config.hpp"
#include "fakes/test_ca.hpp"
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

TEST(LoadConfig, FindsCertificateAndPasswordOfThePages) {
    const TempDir dir;
    const auto pems = fakes::TestCa().pems();
    write_file(dir / "cert", pems.certificate);
    write_file(dir / "key", pems.key);
    write_file(dir / "other", fakes::TestCa().pems().key);
    write_file(dir / "password", "correct-horse\n");
    for (const char* secret : {"key", "other", "password"}) ::chmod((dir / secret).c_str(), 0600);
    ::chmod((dir / "cert").c_str(), 0644);
    const auto load = [&](const std::string& admin) {
        write_file(dir / "e.yaml", "admin: {" + admin + "}\n");
        return load_config(dir / "e.yaml");
    };
    const auto file = [&](const char* key, const char* name) { return key + (": " + (dir / name).string()); };
    const std::string cert = file("certificate_file", "cert");
    const std::string password = file("password_file", "password");
    const ParsedConfig good =
        load(cert + ", " + file("key_file", "key") + ", " + password + ", listen: '0.0.0.0:9466'");
    EXPECT_TRUE(good.errors.empty() && good.warnings.empty());
    EXPECT_TRUE(good.config.admin.tls);
    EXPECT_EQ(good.config.admin.password.reveal(), "correct-horse");
    const auto error = [&](const std::string& admin) {
        const ParsedConfig bad = load(admin);
        return bad.errors.size() == 1 ? bad.errors[0].text() : std::string("none");
    };
    EXPECT_NE(error(cert).find("are needed, both"), std::string::npos);
    EXPECT_NE(error(file("key_file", "key")).find("admin.key_file: a certificate and its key"),
              std::string::npos);
    EXPECT_NE(
        error(cert + ", " + file("key_file", "other")).find("do not hold a PEM certificate and its matching"),
        std::string::npos);
    EXPECT_NE(error(cert + ", key_file: /none").find("cannot be read"), std::string::npos);
    EXPECT_NE(error(file("password_file", "cert")).find("may be read or written by others"),
              std::string::npos);
    EXPECT_NE(load("listen: '0.0.0.0:9466'").warnings.at(0).text().find("set admin.password_file"),
              std::string::npos);
    EXPECT_TRUE(load(password).warnings.empty()) << "on this machine";
    ASSERT_EQ(load(password + ", listen: '0.0.0.0:9466'").warnings.size(), 1U);
    EXPECT_NE(load(password + ", listen: '0.0.0.0:9466'").warnings[0].text().find("in clear"),
              std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::load_config_test
