// From an alert as it comes to the domain that is asked for: reader, name and gate together.
#include "pipeline/alert_reader.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"
#include "model/gate.hpp"
#include "model/location.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/otx/otx_event.hpp"
#include "support/cases.hpp"

namespace enrichd::test::alert_reader_test {
namespace {

using nlohmann::json;

/// Its bytes: those that are no text are kept as Latin-1, long padding by its length.
std::string bytes_of(const json& one) {
    std::string text = one["text"];
    if (one.value("bytes", false)) {
        std::string bytes;
        for (const char32_t c : characters_of(text)) bytes.push_back(static_cast<char>(c));
        return bytes;
    }
    for (const std::size_t length : {70'000U, 140'000U})
        text = replaced(text, "@@" + std::to_string(length) + "@@", std::string(length, 'x'));
    return text;
}

result<Job> read(const json& one) {
    AlertReaderOptions options;
    options.own = {domain_stats_events, otx_events};
    if (one.contains("fields")) options.fields = one["fields"].get<std::vector<std::string>>();
    return AlertReader(options).read(bytes_of(one), Destination::siem);
}

/// What would be asked for; empty when nothing is.
std::string asked(const result<Job>& job) {
    if (!job) return "";
    const auto name = HostName::parse(job->alert.query);
    return name && !refusal(*name, {}) ? std::string(name->registrable()) : "";
}

TEST(AlertReader, GivesWhatUsersExpectOfTheirAlerts) {
    for (const json& one : cases_of("alerts")) {
        const json& expect = one["expect"];
        const auto job = read(one);
        const std::string domain = asked(job);
        EXPECT_EQ(!domain.empty(), expect["event"].get<bool>()) << one["id"];
        if (expect.contains("asked")) EXPECT_EQ(domain, expect["asked"].get<std::string>()) << one["id"];
        if (!job) continue;
        const Alert& alert = job->alert;
        if (expect.contains("query")) EXPECT_EQ(alert.query, expect["query"].get<std::string>()) << one["id"];
        if (expect.contains("location"))
            EXPECT_EQ(location(alert.agent, "dns_stats"), expect["location"].get<std::string>()) << one["id"];
        if (expect.contains("agent"))
            EXPECT_EQ(json({alert.agent.id, alert.agent.name, alert.agent.ip}), expect["agent"]) << one["id"];
    }
}

std::string asked_for(const std::string& name) {
    const json alert{{"data", {{"dns", {{"rrname", name}}}}}};
    return asked(
        AlertReader({}).read(alert.dump(-1, ' ', false, json::error_handler_t::replace), Destination::siem));
}

TEST(AlertReader, LooksAtTheDomainWhateverStandsBeforeIt) {
    for (const char* label :
         {"\xe2\x98\x83", "a b", "a\tb", "a\rb\nc", "a\x01", "ab--\xc3\xbc", "-\xc3\xbc", "\xff\xfe",
          "xn--999999999", "xn--\xc3\xbc", "\xe2\x80\xae", "\xc2\xa0", "\xef\xbf\xbd", "\\", "%00", "'\"<>",
          "a\xe2\x80\xa4"
          "b"})
        EXPECT_EQ(asked_for(std::string(label) + ".new-evil.com"), "new-evil.com") << label;
    EXPECT_EQ(asked_for(std::string("a\0b", 3) + ".new-evil.com"), "new-evil.com");
    EXPECT_EQ(asked_for(std::string(64, 'a') + ".new-evil.com"), "new-evil.com");
    for (const std::size_t length : {254U, 1'000U, 1'024U, 5'000U, 60'000U}) {
        EXPECT_EQ(asked_for(std::string(length, 'a') + ".new-evil.com"), "new-evil.com") << length;
        std::string labels;
        while (labels.size() < length) labels += "\xc3\xbc\xe2\x98\x83.";
        EXPECT_EQ(asked_for(labels + "new-evil.com"), "new-evil.com") << length;
    }
}

TEST(AlertReader, LooksAtTheDomainOfALongNameWhereverThatIsCut) {
    for (std::size_t more = 0; more < 8; ++more)
        for (const char* label : {"a.", "ab.", "\xc3\xbc\xe3\x80\x82", "\xff."}) {
            std::string name = std::string(more, 'x') + ".";
            while (name.size() < 2'000) name += label;
            EXPECT_EQ(asked_for((more == 0 ? "y" : "") + name + "new-evil.com"), "new-evil.com") << label;
        }
}

TEST(AlertReader, AsksForNoDomainThatIsOddItself) {
    for (const char* name : {"a b.com", "\xff.com", "a\tb.com", "\xe2\x80\xae.com", "ab--\xc3\xbc.com",
                             "x.\xff.com", "evil.com/x"})
        EXPECT_EQ(asked_for(name), "") << name;
    EXPECT_EQ(asked_for(std::string(64, 'a') + ".com"), "");
    EXPECT_EQ(asked_for(std::string(64, 'a') + ".duckdns.org"), "");
    EXPECT_EQ(asked_for(std::string(5'000, 'a') + ".duckdns.org"), "");
}

TEST(AlertReader, WritesNothingIntoAnEventThatATerminalWouldObey) {
    const std::string text = R"({"data":{"dns":{"rrname":"a\u001b[2J \u0000b.new-evil.com"}}})";
    const auto job = AlertReader({}).read(text, Destination::siem);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->alert.query, R"(a\027[2J\032\000b.new-evil.com)");
}

TEST(AlertReader, TakesAPortOffButNoPartOfAnAddress) {
    for (const char* name : {"x.com:443", "x.com.:443", "x.com:443.", " x.com:53 ", "X.COM:65535"})
        EXPECT_EQ(asked_for(name), "x.com") << name;
    for (const char* address :
         {"192.0.2.1", "192.0.2.1:53", "192.0.2.1.", "127.1", "0x7f.0.0.1", "010.0.0.1", "127.0.0.0x1",
          "2130706433", "0x7f000001", "[2001:db8::1]", "[2001:db8::1]:53", "fe80::1%eth0", "fe80::1%eth0.100",
          "::ffff:192.0.2.1", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "1.2.3.4/32", "999.999.999.999"})
        EXPECT_EQ(asked_for(address), "") << address;
}

TEST(AlertReader, RefusesAlertsForOurOwnEventsAndToActiveResponsesOnlyThoseThatAnswerOne) {
    AlertReaderOptions options;
    options.own = {{"finds", "Finds"}, {"answers", "Answers", true}};
    const AlertReader reader(options);
    const auto reads = [&](const std::string& integration, Destination destination) {
        const std::string alert =
            R"({"data":{"integration":")" + integration + R"(","dnsstat":{"query":"a.com"}}})";
        const bool response = destination == Destination::active_response;
        return reader.read(response ? R"({"command":"add","parameters":{"alert":)" + alert + "}}" : alert,
                           destination);
    };
    for (const char* own : {"finds", "answers"})
        EXPECT_EQ(reads(own, Destination::siem).error(), errc::own_event) << own;
    EXPECT_TRUE(reads("finds", Destination::active_response));
    EXPECT_EQ(reads("answers", Destination::active_response).error(), errc::own_event);
    EXPECT_TRUE(reads("another", Destination::siem));
}

}  // namespace
}  // namespace enrichd::test::alert_reader_test
