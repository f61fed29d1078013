#include "config/config_schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "config/effective_keys.hpp"

namespace enrichd::test::config_schema_test {
namespace {

using nlohmann::json;

json of(const json& schema, const std::string& path) {
    const auto dot = path.find('.');
    const json& here = schema["properties"][path.substr(0, dot)];
    return dot == std::string::npos ? here : of(here, path.substr(dot + 1));
}

TEST(ConfigSchema, HasEachKeyThatThereIs) {
    const json schema = json::parse(configuration_schema());
    for (const EffectiveKey& one : effective_keys(parse_config("", "e.yaml")))
        EXPECT_FALSE(of(schema, one.key).is_null()) << one.key;
    EXPECT_EQ(schema["additionalProperties"], false) << "an unknown key is a mistake";
}

TEST(ConfigSchema, SaysTypeBoundsAndDefault) {
    const json schema = json::parse(configuration_schema());
    EXPECT_EQ(of(schema, "cache.entries")["type"], "integer");
    EXPECT_EQ(of(schema, "cache.entries")["default"], 100'000);
    EXPECT_GT(of(schema, "cache.entries")["maximum"], 100'000);
    EXPECT_EQ(of(schema, "gate.special_use")["type"], "boolean");
    EXPECT_EQ(of(schema, "log.level")["enum"], (json{"debug", "info", "warning", "error"}));
    EXPECT_EQ(of(schema, "domain_stats.timeout")["default"], "15s");
    EXPECT_NE(of(schema, "domain_stats.timeout")["description"].get<std::string>().find(" to "),
              std::string::npos);
    const json list = of(schema, "lists")["items"];
    EXPECT_EQ(list["properties"]["name"]["type"], "string");
    EXPECT_EQ(list["additionalProperties"], false);
}

}  // namespace
}  // namespace enrichd::test::config_schema_test
