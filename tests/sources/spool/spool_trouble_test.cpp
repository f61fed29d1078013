#include "sources/spool/spool_trouble.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/errc.hpp"

namespace enrichd::test::spool_trouble_test {
namespace {

constexpr SpoolName name{1, Destination::siem};
const error denied = make_error_code(boost::system::errc::permission_denied);

std::string lines_of(const std::function<void()>& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
}

TEST(SpoolTrouble, IsTheLastProblemUntilAScanEndsWell) {
    SpoolTrouble trouble;
    EXPECT_FALSE(trouble.current());
    trouble.cannot_remove(name, denied);
    EXPECT_EQ(trouble.current(), denied);
    trouble.scan_ended("/spool/new/", {});
    EXPECT_FALSE(trouble.current());
    trouble.scan_ended("/spool/new/", denied);
    EXPECT_EQ(trouble.current(), denied);
    const error no_memory = make_error_code(boost::system::errc::not_enough_memory);
    trouble.cannot_read_now(no_memory);
    EXPECT_EQ(trouble.current(), no_memory);
}

TEST(SpoolTrouble, OfOneFileIsNoneOfTheSpool) {
    SpoolTrouble trouble;
    trouble.cannot_read(name, denied);
    trouble.refused(name, errc::alert_not_json);
    trouble.odd_file("README");
    EXPECT_FALSE(trouble.current());
}

TEST(SpoolTrouble, HasOneLineForManyFilesOfAKindAndNoneForAlertsThatAskForNothing) {
    SpoolTrouble trouble;
    const std::string odd = lines_of([&] {
        trouble.odd_file("README");
        trouble.odd_file("NOTES");
    });
    EXPECT_NE(odd.find("a file in the spool is not ours; it is left there"), std::string::npos) << odd;
    EXPECT_EQ(odd.find("NOTES"), std::string::npos) << odd;
    const std::string refused = lines_of([&] {
        trouble.refused(name, errc::name_missing);
        trouble.refused(name, errc::alert_not_json);
        trouble.cannot_read(name, denied);
    });
    EXPECT_EQ(refused.find("name_missing"), std::string::npos) << refused;
    EXPECT_NE(refused.find("a spooled alert is refused and removed"), std::string::npos) << refused;
    EXPECT_EQ(refused.find("cannot be read"), std::string::npos) << refused;
}

}  // namespace
}  // namespace enrichd::test::spool_trouble_test
