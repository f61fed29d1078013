#include "model/registration.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"

namespace enrichd::test::registration_test {
namespace {

using namespace std::chrono_literals;

TEST(Registration, IsTheLatestEventOfItsKindWithADate) {
    const auto read =
        parse_registration(R"({"objectClassName":"domain","ldhName":"X.COM","entities":[{"events":[
        {"eventAction":"registration","eventDate":"1999-01-01T00:00:00Z"}]}],"events":[
        {"eventAction":"last changed","eventDate":"2026-01-01T00:00:00Z"},
        {"eventAction":"registration"},
        {"eventAction":"registration","eventDate":"2026-11-24T03:55:50+00:00"},
        {"eventAction":"registration","eventDate":"2001-01-01T00:00:00Z"},
        {"eventAction":"expiration","eventDate":"2026-11-24T05:55:51.5+02:00"}]})",
                           "x.com");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->registered, WallTime(1'795'492'550s));
    EXPECT_EQ(read->expires, WallTime(1'795'492'551s));
}

TEST(Registration, MayTellNoExpiry) {
    const auto read = parse_registration(
        R"({"events":[{"eventAction":"registration","eventDate":"2026-11-24T03:55:50"}]})", "x.com");
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->expires);
}

/// The day that is read from an event, "" when none is.
std::string day(const std::string& date, const std::string& action = "registration") {
    const auto read = parse_registration(
        R"({"events":[{"eventAction":")" + action + R"(","eventDate":")" + date + R"("}]})", "x.com");
    return read ? to_iso_date(read->registered).substr(0, 10) : "";
}

TEST(Registration, IsNoDateThatStandsForNone) {
    for (const char* none :
         {"0001-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "1601-01-01T00:00:00Z", "1900-01-01T00:00:00Z",
          "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1984-12-31", "9999-12-31T23:59:59Z",
          "2026-02-30T00:00:00Z", "2025-02-29", "2026-13-01", "2026-11-31"})
        EXPECT_EQ(day(none), "") << none;
    EXPECT_EQ(day("1985-03-15T05:00:00Z"), "1985-03-15") << "symbolics.com, the first";
    EXPECT_EQ(day("2024-02-29"), "2024-02-29");
    const auto read = parse_registration(R"({"events":[
        {"eventAction":"registration","eventDate":"0001-01-01T00:00:00Z"},
        {"eventAction":"expiration","eventDate":"9999-12-31T00:00:00Z"},
        {"eventAction":"registration","eventDate":"2026-11-24T03:55:50Z"}]})",
                                         "x.com");
    ASSERT_TRUE(read) << "one that stands for none hides no other";
    EXPECT_EQ(to_iso_date(read->registered), "2026-11-24T03:55:50Z");
    EXPECT_FALSE(read->expires);
}

TEST(Registration, IsReadFromWhatRegistriesWrite) {
    for (const char* action : {"Registration", "REGISTRATION", "reregistration", "ReRegistration"})
        EXPECT_EQ(day("2026-11-23T08:19:17Z", action), "2026-11-23") << action;
    EXPECT_EQ(day("2026-11-23T08:19:17Z", "transfer"), "");
    for (const char* date : {"2026-11-23t08:19:17z", "2026-11-23 08:19:17", "2026-11-23 08:19:17 UTC",
                             "2026-11-23T08:19Z", "2026-11-23T08:19:60Z", "2026-11-23T08:19:17.123456789Z"})
        EXPECT_EQ(day(date), "2026-11-23") << date;
}

TEST(Registration, IsOfADomainAlone) {
    EXPECT_EQ(parse_registration(R"({"objectClassName":"entity"})", "x.com").error(), errc::body_wrong_shape);
    EXPECT_EQ(parse_registration(R"({"objectClassName":"Domain"})", "x.com").error(),
              errc::no_registration_date);
    EXPECT_EQ(parse_registration(R"({"ldhName":"y.com"})", "x.com").error(), errc::other_name);
}

TEST(Registration, IsNotThereWithoutADate) {
    for (const char* body :
         {"{}", R"({"events":null})", R"({"events":{}})", R"({"events":[]})", R"({"events":[1,null,"x"]})",
          R"({"events":[{"eventAction":"registration","eventDate":5}]})",
          R"({"events":[{"eventAction":["registration"],"eventDate":"2026-11-24T03:55:50Z"}]})",
          R"({"events":[{"eventAction":"registration","eventDate":"yesterday"}]})",
          R"({"events":[{"eventAction":"expiration","eventDate":"2026-11-24T03:55:50Z"}]})"})
        EXPECT_EQ(parse_registration(body, "x.com").error(), errc::no_registration_date) << body;
}

TEST(Registration, IsNotReadFromWhatIsNoAnswer) {
    EXPECT_EQ(parse_registration("", "x.com").error(), errc::body_not_json);
    EXPECT_EQ(parse_registration("<html>", "x.com").error(), errc::body_not_json);
    EXPECT_EQ(parse_registration("[]", "x.com").error(), errc::body_wrong_shape);
    EXPECT_EQ(parse_registration(std::string(1000, '['), "x.com").error(), errc::body_not_json);
    std::string many = R"({"events":[0)";
    for (int i = 0; i < 20'000; ++i) many += ",0";
    EXPECT_EQ(parse_registration(many + "]}", "x.com").error(), errc::body_too_large);
}

}  // namespace
}  // namespace enrichd::test::registration_test
