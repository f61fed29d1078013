#include "sources/files/field_filter.hpp"

#include <gtest/gtest.h>

#include "model/alert.hpp"
#include "support/alerts.hpp"
#include "support/cases.hpp"

namespace enrichd::test::field_filter_test {
namespace {

TEST(FieldFilter, HoldsBackWhatHasNoneOfTheKeys) {
    const FieldFilter filter(AlertFields::default_pointers());
    EXPECT_FALSE(filter.may_hold_name(""));
    EXPECT_FALSE(filter.may_hold_name("no json"));
    EXPECT_FALSE(filter.may_hold_name(
        R"({"timestamp":"2026-11-29T10:00:00.000+0000","rule":{"id":"5715"},"full_log":"queryName: x.com","location":"a"})"))
        << "a value is no key";
    EXPECT_FALSE(filter.may_hold_name(R"({"data":{"myqueryName":"x.com"}})"));
    EXPECT_TRUE(filter.may_hold_name(alert_for("x.com")));
}

TEST(FieldFilter, FindsAKeyHoweverItIsWritten) {
    const FieldFilter filter({"/data/dns/rrname"});
    EXPECT_TRUE(filter.may_hold_name(R"({"data":{"dns":{"rrname":"x.com"}}})"));
    EXPECT_TRUE(filter.may_hold_name("{ \"data\" : { \"dns\" : { \"rrname\" \t : \"x.com\" } } }"));
    EXPECT_TRUE(filter.may_hold_name(R"({"data":{"dns":{"rr\u006eame":"x.com"}}})")) << "behind an escape";
    EXPECT_TRUE(filter.may_hold_name(R"("rrname":)"));
    EXPECT_FALSE(filter.may_hold_name(R"(rrname":)")) << "no quote before it";
    EXPECT_FALSE(filter.may_hold_name(R"("rrname")"));
}

TEST(FieldFilter, LooksForTheKeyThatFewAlertsHave) {
    const FieldFilter packetbeat({"/data/dns/question/name"});
    EXPECT_FALSE(packetbeat.may_hold_name(R"({"agent":{"name":"pc"},"data":{"id":"1"}})"));
    EXPECT_TRUE(packetbeat.may_hold_name(R"({"data":{"dns":{"question":{"name":"x.com"}}}})"));
    const FieldFilter list({"/data/dns/queries/-/rrname", "/data/answers/0"});
    EXPECT_TRUE(list.may_hold_name(R"({"data":{"answers":["x.com"]}})"));
    EXPECT_FALSE(list.may_hold_name(R"({"data":{"0":"x.com"}})"));
}

TEST(FieldFilter, OfCommonKeysTheLastIsBetterThanNone) {
    EXPECT_FALSE(FieldFilter({"/data/name"}).may_hold_name(R"({"data":{}})"));
    EXPECT_TRUE(FieldFilter({"/data/name"}).may_hold_name(R"({"name":""})"));
    const FieldFilter http({"/data/http/hostname"});
    EXPECT_FALSE(http.may_hold_name(R"({"predecoder":{"hostname":"pc"}})")) << "each line of syslog has one";
    EXPECT_TRUE(http.may_hold_name(R"({"data":{"http":{"hostname":"x.com"}}})"));
}

TEST(FieldFilter, LetsAllThroughForAPointerWithoutAKeyToLookFor) {
    EXPECT_TRUE(FieldFilter({"/größe/0"}).may_hold_name("{}")) << "it can be written in several ways";
    EXPECT_FALSE(FieldFilter({"/größe/query"}).may_hold_name("{}"));
}

TEST(FieldFilter, HoldsBackNoAlertOfWhichAReaderFindsTheName) {
    const FieldFilter filter(AlertFields::default_pointers());
    const AlertFields fields;
    std::size_t found = 0;
    for (const nlohmann::json& one : cases_of("alerts")) {
        const std::string text = one["text"];
        const auto alert = decode_alert(text, fields);
        if (!alert) continue;
        ++found;
        EXPECT_TRUE(filter.may_hold_name(text)) << one["id"];
    }
    EXPECT_GT(found, 20U);
}

}  // namespace
}  // namespace enrichd::test::field_filter_test
