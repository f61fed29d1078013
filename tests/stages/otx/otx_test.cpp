// The provider over the real client, against a server that misbehaves on command.
#include "stages/otx/otx.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "net/http_client.hpp"
#include "support/otx_faults.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"

namespace enrichd::test::otx_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeOtx;
using fakes::OtxFault;

class OtxTest : public testing::Test {
  protected:
    HttpClientOptions options() const {
        HttpClientOptions out;
        out.upstream.host = "127.0.0.1";
        out.upstream.port = server_.port();
        out.headers = {{"X-OTX-API-KEY", Secret(FakeOtx::key)}};
        out.gzip = true;
        out.timeout = 20s;
        out.max_body = 8 * 1024 * 1024;
        return out;
    }
    OtxReply ask(const std::string& name, OtxSubject subject = OtxSubject::domain) {
        return run(io_, otx_.ask({subject, name}));
    }

    FakeOtx server_;
    asio::io_context io_;
    Lookup lookup_{io_};
    HttpClient http_{io_, lookup_, options()};
    Otx otx_{http_, {}};
};

TEST_F(OtxTest, AHitHasItsPulsesAndAnUnknownNameIsAMiss) {
    const OtxReply hit = ask("bad.x.com", OtxSubject::hostname);
    ASSERT_TRUE(hit.verdict) << hit.verdict.error().message();
    EXPECT_EQ(hit.verdict->pulse_count, 1U);
    EXPECT_EQ(hit.verdict->type, "hostname");
    const OtxReply miss = ask("x.com");
    ASSERT_TRUE(miss.verdict);
    EXPECT_FALSE(miss.verdict->hit());
    const std::map<std::string, std::uint64_t> asked{{"domain/x.com", 1}, {"hostname/bad.x.com", 1}};
    EXPECT_EQ(server_.asked(), asked);
}

TEST(Otx, OnlyARefusalThatSaysSoIsAboutTheKey) {
    asio::io_context io;
    ScriptedHttp http;
    Otx otx(http, {});
    const auto refused = [&](unsigned status, const char* type, const char* body) {
        HttpResponse response = ScriptedHttp::json(body, status);
        response.content_type = type;
        http.answers = {response};
        return run(io, otx.ask({OtxSubject::domain, "x.com"}));
    };
    EXPECT_TRUE(refused(403, "application/json", R"({"detail": "Invalid API key"})").certain);
    EXPECT_TRUE(refused(401, "text/html", "<html>").certain);
    EXPECT_EQ(refused(403, "text/html", "<html>Request blocked: key</html>").verdict.error(), errc::blocked);
    EXPECT_FALSE(refused(403, "text/html", "<html>Request blocked: key</html>").certain);
    EXPECT_FALSE(refused(403, "application/json", R"({"message":"Forbidden"})").certain)
        << "it may be what this name is answered with";
}

TEST_F(OtxTest, OddTypesAreStillAHit) {
    const OtxReply odd = ask("odd.com");
    ASSERT_TRUE(odd.verdict) << odd.verdict.error().message();
    EXPECT_TRUE(odd.verdict->hit());
}

TEST_F(OtxTest, EveryFailureIsOfItsClassAndTheNextQuestionIsServed) {
    for (const OtxFailure& row : otx_failures()) {
        HttpClientOptions patient = options();
        patient.timeout = row.limit();
        http_.configure(patient);
        server_.fail_next(row.fault);
        const OtxReply failed = ask("bad.com");
        ASSERT_FALSE(failed.verdict) << static_cast<int>(row.fault);
        EXPECT_EQ(failed.verdict.error(), row.is)
            << static_cast<int>(row.fault) << ": " << failed.verdict.error().message();
        EXPECT_TRUE(ask("bad.com").verdict) << "after " << static_cast<int>(row.fault);
    }
}

TEST_F(OtxTest, ANameThatOtxRefusesIsNoMissLikeAnother) {
    server_.fail_next(OtxFault::malformed);
    const OtxReply refused = ask("x.com");
    ASSERT_TRUE(refused.verdict);
    EXPECT_TRUE(refused.verdict->refused);
    EXPECT_EQ(refused.outcome, "name_refused");
    EXPECT_FALSE(refused.in_service) << "no proof that OTX is well";
    EXPECT_FALSE(refused.verdict->hit());
    server_.fail_next(OtxFault::no_page);
    const OtxReply unknown = ask("x.com");
    ASSERT_TRUE(unknown.verdict);
    EXPECT_FALSE(unknown.verdict->refused);
    EXPECT_EQ(unknown.outcome, "not_found");
    EXPECT_FALSE(unknown.verdict->hit());
}

TEST_F(OtxTest, ReadsForHowLongItWantsToBeLeftAlone) {
    server_.fail_next(OtxFault::limited_for_seconds);
    EXPECT_EQ(ask("x.com").retry_after, 30s);
    server_.fail_next(OtxFault::limited_until);
    const auto until = ask("x.com").retry_after;
    ASSERT_TRUE(until);
    EXPECT_GT(*until, 10s);
    EXPECT_LE(*until, 31s);
    server_.fail_next(OtxFault::limited_empty);
    EXPECT_FALSE(ask("x.com").retry_after);
    server_.fail_next(OtxFault::limited_packed);
    EXPECT_EQ(ask("x.com").retry_after, 30s) << "though its body cannot be read";
}

TEST_F(OtxTest, AConnectionThatIsResetWhileKeptIsReplacedOnce) {
    ASSERT_TRUE(ask("x.com").verdict);
    server_.fail_always(OtxFault::reset_reused);
    const OtxReply repeated = ask("x.com");
    EXPECT_TRUE(repeated.verdict);
    EXPECT_EQ(repeated.requests, 2U) << "the quota must hear of both";
    EXPECT_EQ(http_.counts().repeated, 1U);
}

TEST_F(OtxTest, AWrongKeyIsRefused) {
    HttpClientOptions wrong = options();
    wrong.headers = {{"X-OTX-API-KEY", Secret("wrong")}};
    http_.configure(wrong);
    EXPECT_EQ(ask("x.com").verdict.error(), errc::key_refused);
}

TEST(Otx, AsksForOneSegmentBelowItsBase) {
    asio::io_context io;
    ScriptedHttp http;
    Otx otx(http, {"/mirror", {}});
    run(io, otx.ask({OtxSubject::hostname, "a_b.x.com"}));
    EXPECT_EQ(http.targets[0], "/mirror/api/v1/indicators/hostname/a_b.x.com/general");
}

/// Most memory that this process ever had, in KiB.
long peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    return 0;
}

TEST(OtxMemory, ALargeAnswerCostsAFewTimesItsSize) {
#ifdef ENRICHD_SANITIZED
    GTEST_SKIP() << "sanitizers keep what is freed";
#endif
    std::string body = R"({"pulse_info":{"count":50,"pulses":[)";
    for (int pulse = 0; pulse < 50; ++pulse) {
        body += std::string(pulse > 0 ? "," : "") +
                R"({"id":"1","author":{"username":"AlienVault"},"description":")" + std::string(20'000, 'd') +
                R"(","tags":[)";
        for (int tag = 0; tag < 2000; ++tag)
            body += std::string(tag > 0 ? "," : "") + "\"tag number " + std::to_string(tag) + " of it\"";
        body += "]}";
    }
    body += "]}}";
    ASSERT_GT(body.size(), 3U << 20U);
    const long before = peak_memory();
    const auto answer = parse_otx(body, "x.com");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->pulses.size(), 50U);
    EXPECT_LT(peak_memory() - before, 40 * 1024) << "KiB";
    // The worst that fits into the same size: nothing but the smallest values.
    std::string small = R"({"pulse_info":{"count":1,"pulses":[{"tags":[)";
    while (small.size() < 4U << 20U) small += "\"\",";
    EXPECT_EQ(parse_otx(small + "1]}]}}", "x.com").error(), errc::body_too_large);
    EXPECT_LT(peak_memory() - before, 60 * 1024) << "KiB";
}

}  // namespace
}  // namespace enrichd::test::otx_test
