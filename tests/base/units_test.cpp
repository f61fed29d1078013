#include "base/units.hpp"
#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::units_test {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsDigitsAndOneUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("15s"), 15s);
    EXPECT_EQ(parse_duration("10m"), 10min);
    EXPECT_EQ(parse_duration("1h"), 1h);
    EXPECT_EQ(parse_duration("7d"), 7 * 24h);
    EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Duration, IsNothingElse) {
    for (const char* text :
         {"", "15", "s", "-1s", "1.5s", "1 s", "1s ", "1w", "1S", "99999999999999999999s", "4000d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenAsItIsRead) {
    for (const char* text : {"250ms", "90s", "15s", "10m", "1h", "7d", "0s"})
        EXPECT_EQ(to_text(*parse_duration(text)), text);
}

TEST(HttpDate, IsReadInRfc1123Form) {
    EXPECT_EQ(parse_http_date("Tue, 24 Nov 2026 03:55:50 GMT")->time_since_epoch(), 1'795'492'550s);
    for (const char* text :
         {"", "ERROR", "2026-11-24T03:55:50Z", "Tue, 24 Nov 2026 03:55:50 GMT x",
          "Mon, 30 Feb 2026 00:00:00 GMT", "Mon, 31 Nov 2026 00:00:00 GMT", "Tue, 24 Nov 2026 24:00:00 GMT",
          "Tue, 24 ovD 2026 03:55:50 GMT", "Tue, -4 Nov 2026 03:55:50 GMT", "Tue, 24 Nov 2026 03:5x:50 GMT"})
        EXPECT_FALSE(parse_http_date(text)) << text;
    for (const char* older : {"Tuesday, 24-Nov-26 03:55:50 GMT", "Tue Nov 24 03:55:50 2026"})
        EXPECT_EQ(parse_http_date(older)->time_since_epoch(), 1'795'492'550s) << older;
}

TEST(HttpDate, IsWrittenAsItIsRead) {
    EXPECT_EQ(to_http_date(WallTime(1'795'492'550s)), "Tue, 24 Nov 2026 03:55:50 GMT");
    for (WallTime time{1'795'492'550s}; time < WallTime(1'900'000'000s); time += 29h + 61s)
        ASSERT_EQ(parse_http_date(to_http_date(time)), time) << to_http_date(time);
}

TEST(IsoDate, IsWrittenAsItIsRead) {
    EXPECT_EQ(to_iso_date(WallTime(1'795'492'550s)), "2026-11-24T03:55:50Z");
}

TEST(IsoDate, IsReadWithAndWithoutAFraction) {
    const WallTime time{std::chrono::seconds(1'782'983'647)};
    for (const char* text :
         {"2026-07-02T09:14:07.412000", "2026-07-02T09:14:07", "2026-07-02T09:14:07Z",
          "2026-07-02T09:14:07.4Z", "2026-07-02T11:14:07+02:00", "2026-07-02T05:44:07.1-03:30",
          "2026-07-02T11:14:07+0200", "2026-07-02T07:14:07-02", "2026-07-02t09:14:07z", "2026-07-02 09:14:07",
          "2026-07-02 09:14:07 UTC", "2026-07-02 09:14:07 +00:00", "2026-07-02T09:14:07,5Z"})
        EXPECT_EQ(parse_iso_date(text), time) << text;
    for (const char* text :
         {"", "2026-07", "2026-07-02T", "yesterday", "2026-07-02T09:14:07+2",
          "2026-07-02T09:14:07+02:", "2026-07-02T09:14:07+25:00", "2026-07-02T09:14:07+-1:00",
          "2026-07-02T09:14:07 x", "2026-02-30", "2026-00-01", "2026-7-2", " 2026-07-02", "+2026-07-02",
          "02.07.2026", "2026-07-02T24:00:00", "2026-07-02T09:60:00", "2026-07-02T09:14:61"})
        EXPECT_FALSE(parse_iso_date(text)) << text;
    EXPECT_EQ(parse_iso_date("2026-07-02"), time - 9h - 14min - 7s);
    EXPECT_EQ(parse_iso_date("2026-07-02T09:14"), time - 7s);
    EXPECT_EQ(parse_iso_date("2026-06-30T23:59:60Z"), parse_iso_date("2026-07-01")) << "a leap second";
    EXPECT_FALSE(parse_iso_date("2026-07-02T09:14:07." + std::string(100, '1')));
}

}  // namespace
}  // namespace enrichd::test::units_test
