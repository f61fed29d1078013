#include "model/alert_fields.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::alert_fields_test {
namespace {

TEST(AlertFields, ArePointersWithAKey) {
    for (const char* text :
         {"/data/x", "/data/queries/-/x~1y~0z", "zeek:/data/query", "from_port_53:/data/dest_ip"})
        EXPECT_TRUE(valid_field(text)) << text;
    for (const char* text :
         {"", "/", "data/x", "/data/x~2", "/data/~", "zeek", "zeek:", "zeek:/", "zeek:data",
          "zeek:zeek:/data/x", "zeek: /data/x", "Zeek:/data/x", "bro:/data/x"})
        EXPECT_FALSE(valid_field(text)) << text;
}

TEST(AlertFields, MayCountOnAConditionAlone) {
    EXPECT_EQ(field_entry("zeek:/data/query").needs, Condition::zeek);
    EXPECT_EQ(field_entry("zeek:/data/query").pointer, "/data/query");
    EXPECT_EQ(field_entry("from_port_53:/data/dest_ip").needs, Condition::from_port_53);
    EXPECT_EQ(field_entry("/zeek:/x").needs, Condition::none);
    EXPECT_EQ(field_entry("/zeek:/x").pointer, "/zeek:/x");
}

TEST(AlertFields, DefaultsAreAllowedThemselves) {
    EXPECT_LE(AlertFields::default_pointers().size(), AlertFields::most);
    for (const std::string& entry : AlertFields::default_pointers()) EXPECT_TRUE(valid_field(entry)) << entry;
    const ContextPointers context;
    for (const auto* list :
         {&context.process, &context.user, &context.query_status, &context.answers, &context.client}) {
        EXPECT_LE(list->size(), ContextPointers::most);
        for (const std::string& entry : *list) EXPECT_TRUE(valid_field(entry)) << entry;
    }
}

TEST(AlertFields, NamesTheKeysThatLeadToANameWithoutTheirCondition) {
    const AlertFields fields({"zeek:/data/query", "/data/x~1y"});
    EXPECT_EQ(fields.paths(), (std::vector<std::vector<std::string>>{{"data", "query"}, {"data", "x/y"}}));
}

TEST(AlertFields, TakesNoMoreThanItHasRoomFor) {
    EXPECT_EQ(AlertFields(std::vector<std::string>(100, "/x")).paths().size(), AlertFields::most);
}

}  // namespace
}  // namespace enrichd::test::alert_fields_test
