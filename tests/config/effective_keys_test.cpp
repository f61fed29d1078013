#include "config/effective_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace enrichd::test::effective_keys_test {
namespace {

EffectiveKey key(const std::string& yaml, const std::string& name) {
    const auto all = effective_keys(parse_config(yaml, "e.yaml"));
    const auto found =
        std::find_if(all.begin(), all.end(), [&name](const EffectiveKey& one) { return one.key == name; });
    return found == all.end() ? EffectiveKey() : *found;
}

TEST(EffectiveKeys, EachHasItsValueAndTheLineThatSetsIt) {
    const std::string yaml = "gate:\n  skip_suffixes: [corp.example]\ncache:\n  entries: 500\n";
    EXPECT_EQ(key(yaml, "gate.skip_suffixes").value, R"(["corp.example"])");
    EXPECT_EQ(key(yaml, "gate.skip_suffixes").line, 2);
    EXPECT_EQ(key(yaml, "cache.entries").value, "500");
    EXPECT_EQ(key(yaml, "cache.entries").line, 4);
    EXPECT_EQ(key(yaml, "intake.socket_mode").value, R"("0660")");
    EXPECT_EQ(key(yaml, "intake.socket_mode").line, 0) << "a default";
}

TEST(EffectiveKeys, EntriesOfAListAreNumbered) {
    const std::string yaml = "lists:\n  - {name: one, from: /a}\n  - name: two\n    from: /b\n";
    EXPECT_EQ(key(yaml, "lists[1].name").value, R"("one")");
    EXPECT_EQ(key(yaml, "lists[2].from").value, R"("/b")");
    EXPECT_EQ(key(yaml, "lists[2].from").line, 4);
    EXPECT_EQ(key(yaml, "lists[2].action").line, 0);
    EXPECT_EQ(key("", "lists").value, "[]");
}

TEST(EffectiveKeys, TextsAreQuotedSoThatOneStaysOnItsLine) {
    EXPECT_EQ(key("outputs: {file: \"/a\\nb\"}", "outputs.file").value, R"("/a\nb")");
}

TEST(EffectiveKeys, CredentialsAreMasked) {
    const std::string proxy = key("otx: {proxy: 'http://user:secret@proxy.example:3128'}", "otx.proxy").value;
    EXPECT_EQ(proxy.find("secret"), std::string::npos) << proxy;
    EXPECT_NE(proxy.find("proxy.example"), std::string::npos) << proxy;
    const std::string from =
        key("lists:\n  - {name: x, from: 'https://lists.example/bad?token=secret'}\n", "lists[1].from").value;
    EXPECT_EQ(from, R"("https://lists.example/bad?***")");
}

}  // namespace
}  // namespace enrichd::test::effective_keys_test
