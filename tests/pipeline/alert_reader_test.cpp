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

/// The alert of a sensor, which has an agent of its own.
std::string alert_with(const json& data) {
    const json alert{{"timestamp", "2026-11-24T05:12:39.783+0000"},
                     {"rule", {{"level", 3}, {"id", "100500"}, {"groups", {"dns"}}}},
                     {"agent", {{"id", "034"}, {"name", "sensor"}, {"ip", "10.0.0.1"}}},
                     {"id", "1795493062.1"},
                     {"data", data}};
    return alert.dump();
}

TEST(AlertReader, FindsNameClientAndContextInTheEventsOfEachSource) {
    const json of_all{{"rule", "100500"}, {"level", 3}, {"time", "2026-11-24T05:12:39.783+0000"}};
    for (const json& one : cases_of("sources")) {
        AlertReaderOptions options;
        if (one.contains("fields")) options.fields = one["fields"].get<std::vector<std::string>>();
        const auto job = AlertReader(options).read(alert_with(one["data"]), Destination::siem);
        const json& expect = one["expect"];
        if (expect["query"].is_null()) {
            EXPECT_EQ(job.error(), errc::name_missing) << one["id"];
            continue;
        }
        ASSERT_TRUE(job) << one["id"] << job.error().message();
        EXPECT_EQ(job->alert.query, expect["query"].get<std::string>()) << one["id"];
        json source = json::parse(job->alert.context);
        for (const auto& [key, value] : of_all.items()) {
            EXPECT_EQ(source[key], value) << one["id"];
            source.erase(key);
        }
        EXPECT_EQ(source, expect["source"]) << one["id"];
    }
}

TEST(AlertReader, GivesTheSameContextOfTheCasesWithTheirOwnFieldsOrTheDefaults) {
    for (const json& one : cases_of("alerts")) {
        const auto job = read(one);
        if (!job) continue;
        const json source = json::parse(job->alert.context.empty() ? "{}" : job->alert.context);
        EXPECT_LE(source.size(), context_field_count) << one["id"];
        const std::string id = one["id"];
        if (id.starts_with("g1")) EXPECT_EQ(source["process"], "C:\\x.exe") << id;
        if (id.starts_with("g1"))
            EXPECT_EQ(source["answers"], json({"a.example-cdn.net", "203.0.113.7"})) << id;
        if (id == "f04-zeek") EXPECT_EQ(source["client"], "10.0.0.5");
        if (id == "f08-pihole") EXPECT_EQ(source["client"], "10.0.0.9");
    }
}

TEST(AlertReader, ReadsTheZeekCaseWithItsDefaults) {
    json one;
    for (const json& each : cases_of("alerts"))
        if (each["id"] == "f04-zeek") one = each;
    one.erase("fields");
    EXPECT_EQ(asked(read(one)), "zeek-dns.com");
}

TEST(AlertReader, ReadsTheContextWhereTheUserSays) {
    AlertReaderOptions options;
    options.context.client = {"/data/who/-/ip", "/data/src_ip"};
    options.context.process.clear();
    AlertReader reader(options);
    const json data{{"qname", "a.com"},
                    {"who", {{{"ip", "192.0.2.1"}}}},
                    {"src_ip", "192.0.2.2"},
                    {"eventdata", {{"image", "x"}}}};
    const auto context = [&] {
        return json::parse(reader.read(alert_with(data), Destination::siem)->alert.context);
    };
    EXPECT_EQ(context()["client"], "192.0.2.1");
    EXPECT_FALSE(context().contains("process"));
    options.context.client = {"/data/src_ip"};
    reader.configure(options);
    EXPECT_EQ(context()["client"], "192.0.2.2") << "a reload";
}

TEST(AlertReader, HasNoContextOfAnAlertThatSaysNothing) {
    const auto job =
        AlertReader({}).read(R"({"rule":7,"timestamp":[],"data":{"qname":"a.com"}})", Destination::siem);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->alert.context, "");
}

TEST(AlertReader, ReadsTheContextOfTheAlertWithinAnActiveResponse) {
    const auto response = [](const json& data) {
        const json line{{"command", "add"},
                        {"timestamp", "outer"},
                        {"rule", {{"id", "outer"}}},
                        {"parameters", {{"alert", json::parse(alert_with(data))}}}};
        const auto job = AlertReader({}).read(line.dump(), Destination::active_response);
        return json::parse(job->alert.context);
    };
    const json own{{"integration", "dnsstat"},
                   {"dnsstat",
                    {{"query", "a.com"},
                     {"source",
                      {{"rule", "7"},
                       {"process", "C:\\x.exe"},
                       {"answers", {"192.0.2.7", "192.0.2.8"}},
                       {"client", "192.0.2.9"}}}}}};
    EXPECT_EQ(
        response(own),
        json::parse(R"({"rule":"100500","level":3,"time":"2026-11-24T05:12:39.783+0000",)"
                    R"("process":"C:\\x.exe","answers":["192.0.2.7","192.0.2.8"],"client":"192.0.2.9"})"));
    EXPECT_EQ(response({{"qname", "a.com"}, {"srcip", "192.0.2.5"}})["client"], "192.0.2.5");
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
