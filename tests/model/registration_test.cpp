#include "model/registration.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

TEST(Registration, IsTheFirstEventOfItsKindWithADate) {
    const auto read =
        parse_registration(R"({"objectClassName":"domain","ldhName":"X.COM","entities":[{"events":[
        {"eventAction":"registration","eventDate":"1999-01-01T00:00:00Z"}]}],"events":[
        {"eventAction":"last changed","eventDate":"2026-01-01T00:00:00Z"},
        {"eventAction":"registration"},
        {"eventAction":"registration","eventDate":"2026-11-24T03:55:50+00:00"},
        {"eventAction":"registration","eventDate":"2001-01-01T00:00:00Z"},
        {"eventAction":"expiration","eventDate":"2026-11-24T05:55:51.5+02:00"}]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->registered, WallTime(1'795'492'550s));
    EXPECT_EQ(read->expires, WallTime(1'795'492'551s));
}

TEST(Registration, MayTellNoExpiry) {
    const auto read = parse_registration(
        R"({"events":[{"eventAction":"registration","eventDate":"2026-11-24T03:55:50"}]})");
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->expires);
}

TEST(Registration, IsNotThereWithoutADate) {
    for (const char* body :
         {"{}", R"({"events":null})", R"({"events":{}})", R"({"events":[]})", R"({"events":[1,null,"x"]})",
          R"({"events":[{"eventAction":"registration","eventDate":5}]})",
          R"({"events":[{"eventAction":["registration"],"eventDate":"2026-11-24T03:55:50Z"}]})",
          R"({"events":[{"eventAction":"registration","eventDate":"yesterday"}]})",
          R"({"events":[{"eventAction":"expiration","eventDate":"2026-11-24T03:55:50Z"}]})"})
        EXPECT_EQ(parse_registration(body).error(), errc::no_registration_date) << body;
}

TEST(Registration, IsNotReadFromWhatIsNoAnswer) {
    EXPECT_EQ(parse_registration("").error(), errc::body_not_json);
    EXPECT_EQ(parse_registration("<html>").error(), errc::body_not_json);
    EXPECT_EQ(parse_registration("[]").error(), errc::body_wrong_shape);
    EXPECT_EQ(parse_registration(std::string(1000, '[')).error(), errc::body_not_json);
    std::string many = R"({"events":[0)";
    for (int i = 0; i < 20'000; ++i) many += ",0";
    EXPECT_EQ(parse_registration(many + "]}").error(), errc::body_too_large);
}

}  // namespace
}  // namespace enrichd::test
