// Local lists: the real daemon with files and with a server that misbehaves.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <mutex>

#include "fakes/http_server.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/wait.hpp"

namespace enrichd::test::lists_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class ListsTest : public testing::Test {
  protected:
    /// Nobody judges domains, so that all events are of lists.
    std::string config(const std::string& lists, const std::string& more = {}) const {
        return "domain_stats:\n  mode: off\nlists:\n" + lists + more;
    }
    std::string file(const std::string& name) const { return (home_ / name).string(); }
    static std::string entry(const std::string& name, const std::string& from, const std::string& more = {}) {
        return "  - name: " + name + "\n    from: " + from + "\n" + more;
    }
    void query(const std::string& name) {
        ASSERT_EQ(daemon_->shim(alert_for(name, std::to_string(++alerts_))).exit_code, 0);
    }
    void start(const std::string& yaml) {
        daemon_.emplace("", yaml);
        daemon_->start();
    }
    void replace(const std::string& name, const std::string& text) const {
        write_file(home_ / (name + ".new"), text);
        std::filesystem::rename(home_ / (name + ".new"), home_ / name);
    }
    void reload_lists() const { EXPECT_EQ(daemon_->verb({"lists", "reload"}).exit_code, 0); }
    json lists() const { return json::parse(daemon_->verb({"lists", "-o", "json"}).output)["lists"]; }
    std::string health() const { return json::parse(daemon_->get("/healthz"))["status"]; }
    std::string detail() const { return json::parse(daemon_->get("/healthz"))["checks"]["lists"]["detail"]; }
    double entries(const std::string& list) const {
        return daemon_->metric("enrichd_list_entries{list=\"" + list + "\"}");
    }

    TempDir home_;
    std::optional<DaemonUnderTest> daemon_;
    int alerts_ = 0;
};

TEST_F(ListsTest, AListedNameGivesAnEventWithWhatTheListIs) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    write_file(home_ / "labels.txt", "0.0.0.0 cdn.bad-site.com\n");
    start(config(entry("bad", file("bad.txt"), "    label: malware\n    confidence: high\n") +
                 entry("labels", file("labels.txt"), "    action: label\n")));
    query("harmless-site.com");
    query("cdn.BAD-site.com");
    const auto events = daemon_->wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["integration"], "list");
    const json& list = events[0]["event"]["list"];
    EXPECT_EQ(list["name"], "bad");
    EXPECT_EQ(list["label"], "malware");
    EXPECT_EQ(list["confidence"], "high");
    EXPECT_EQ(list["matched"], "bad-site.com");
    EXPECT_EQ(list["lists"], json({"bad", "labels"}));
    EXPECT_EQ(list["alert_id"], "2");
    EXPECT_EQ(list["domain"], "bad-site.com");
    EXPECT_EQ(list["reason"], "The list bad (malware) has bad-site.com.");
    EXPECT_TRUE(events[0]["location"].get<std::string>().ends_with("->lists")) << events[0]["location"];
    EXPECT_EQ(daemon_->metric("enrichd_list_hits_total{list=\"bad\"}"), 1);
    EXPECT_EQ(daemon_->metric("enrichd_findings_total{kind=\"list\"}"), 1);
    EXPECT_EQ(
        json::parse(
            daemon_->verb({"lists", "test", "x.bad-site.com", "-o", "json"}).output)["lists"][0]["list"],
        "bad");
}

TEST_F(ListsTest, AFileIsReadAgainWhenItIsReplacedAndABadOneReplacesNothing) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    start(config(entry("bad", file("bad.txt"))));
    replace("bad.txt", "bad-site.com\nworse-site.com\n");
    ASSERT_TRUE(eventually([&] { return entries("bad") == 2; }));
    query("worse-site.com");
    EXPECT_EQ(daemon_->wait_for_events(1).size(), 1U);
    EXPECT_EQ(health(), "ok");
    for (const char* bad : {"", "<html>bad-site.com</html>", "nothing at all, really\n"}) {
        replace("bad.txt", bad);
        reload_lists();
        ASSERT_TRUE(eventually([&] { return health() == "degraded"; })) << bad;
        EXPECT_EQ(entries("bad"), 2);
        EXPECT_TRUE(lists()[0].contains("error"));
        EXPECT_TRUE(detail().ends_with("; the names from before stay in use")) << detail();
        replace("bad.txt", "bad-site.com\nworse-site.com\n");
        reload_lists();
        ASSERT_TRUE(eventually([&] { return health() == "ok"; })) << bad;
    }
}

TEST_F(ListsTest, TheLastGoodCopyIsUsedAfterARestartWithoutTheFile) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    start(config(entry("bad", file("bad.txt"))));
    ASSERT_EQ(daemon_->stop(), 0);
    std::filesystem::remove(home_ / "bad.txt");
    daemon_->start();
    query("bad-site.com");
    EXPECT_EQ(daemon_->wait_for_events(1).size(), 1U);
    ASSERT_TRUE(eventually([&] { return health() == "degraded"; }));
}

TEST_F(ListsTest, TheSameWhenTheFileWasEmptiedMeanwhile) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    start(config(entry("bad", file("bad.txt"))));
    for (const char* empty : {"", "# the job failed\n"}) {
        ASSERT_EQ(daemon_->stop(), 0);
        write_file(home_ / "bad.txt", empty);
        daemon_->start();
        EXPECT_EQ(entries("bad"), 1);
        ASSERT_TRUE(eventually([&] { return health() == "degraded"; }));
    }
}

TEST_F(ListsTest, AListThatIsEmptyFromTheBeginningIsOne) {
    write_file(home_ / "bad.txt", "# nothing yet\n");
    start(config(entry("bad", file("bad.txt"))));
    EXPECT_EQ(entries("bad"), 0);
    EXPECT_EQ(health(), "ok");
}

/// Found on 30 November 2026 by an adversary: the status page's document had the line.
TEST_F(ListsTest, ALineThatIsLeftOutIsShownToThoseAloneWhoMaySeeNames) {
    write_file(home_ / "bad.txt", "bad-site.com\nworse-site.com\nnot a name: jdoe at fileserver07\n");
    start(config(entry("bad", file("bad.txt"))));
    EXPECT_EQ(lists()[0]["lines_left_out"], 1);
    EXPECT_NE(lists().dump().find("fileserver07"), std::string::npos);
    EXPECT_EQ(daemon_->get("/status").find("fileserver07"), std::string::npos);
}

TEST_F(ListsTest, AFileThatIsPutRightIsReadWithoutACommand) {
    start(config(entry("bad", file("bad.txt"))));
    ASSERT_TRUE(eventually([&] { return health() == "degraded"; }));
    EXPECT_TRUE(detail().ends_with("; it has no names yet")) << detail();
    write_file(home_ / "bad.txt", "bad-site.com\n");
    ASSERT_TRUE(eventually([&] { return entries("bad") == 1; }));
    EXPECT_EQ(health(), "ok");
}

TEST_F(ListsTest, TheHitOfAnotherListIsNoRepeat) {
    write_file(home_ / "one.txt", "0.0.0.0 a.shared-site.com\n");
    write_file(home_ / "two.txt", "0.0.0.0 b.shared-site.com\n");
    start(config(entry("one", file("one.txt")) + entry("two", file("two.txt")),
                 "policy:\n  repeat_after: 24h\n"));
    for (const char* name : {"a.shared-site.com", "b.shared-site.com", "a.shared-site.com"}) query(name);
    const auto events = daemon_->wait_for_events(2);
    ASSERT_EQ(events.size(), 2U) << json(events).dump(1);
    EXPECT_EQ(events[1]["event"]["list"]["name"], "two");
    ASSERT_TRUE(eventually(
        [&] { return daemon_->metric("enrichd_events_suppressed_total{reason=\"repeat\"}") == 1; }));
}

TEST_F(ListsTest, ADomainThatIsTakenOutOfTheKnownOnesIsJudgedAnew) {
    write_file(home_ / "known.txt", "xkqzvjwq.com\nother-site.com\n");
    start("domain_stats:\n  mode: embedded\n  embedded:\n    rdap: false\nlists:\n" +
          entry("popular", file("known.txt"), "    action: known\n"));
    query("xkqzvjwq.com");
    ASSERT_TRUE(eventually([&] { return daemon_->metric("enrichd_alerts_finished_total") == 1; }));
    EXPECT_EQ(json::parse(daemon_->verb({"cache", "get", "xkqzvjwq.com", "-o", "json"})
                              .output)["domain_stats"]["seen_by_isc"],
              "popular");
    replace("known.txt", "other-site.com\n");
    reload_lists();
    ASSERT_TRUE(eventually([&] { return entries("popular") == 1; }));
    query("xkqzvjwq.com");
    const auto events = daemon_->wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["dnsstat"]["alerts"], json({"LOW-FREQ-SCORES"})) << "and it was seen before";
}

TEST_F(ListsTest, WhatIsAllowedOrKnownComesBeforeAnAlert) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    write_file(home_ / "ours.txt", "good.bad-site.com\n");
    start(config(entry("bad", file("bad.txt")) + entry("ours", file("ours.txt"), "    action: allow\n")));
    query("good.bad-site.com");
    query("other.bad-site.com");
    const auto events = daemon_->wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["list"]["query"], "other.bad-site.com");
    EXPECT_EQ(daemon_->metric("enrichd_events_suppressed_total{reason=\"allowed\"}"), 1);
}

TEST_F(ListsTest, AReloadTakesListsInAndOut) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    write_file(home_ / "other.txt", "other-site.com\n");
    start(config(entry("bad", file("bad.txt"))));
    daemon_->write_config(config(entry("other", file("other.txt"))));
    daemon_->process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return entries("other") == 1; }));
    query("bad-site.com");
    query("other-site.com");
    const auto events = daemon_->wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["list"]["name"], "other");
    EXPECT_EQ(entries("bad"), -1);
}

TEST_F(ListsTest, MistakesInTheConfigurationHaveTheirPlaces) {
    write_file(home_ / "bad.txt", "bad-site.com\n");
    start(config(entry("bad", file("bad.txt"))));
    daemon_->write_config(
        config("  - name: Bad Name\n    from: relative\n    format: what\n    actoin: alert\n"
               "  - name: two\n    from: ftp://x/y\n"));
    EXPECT_EQ(daemon_->verb({"lists"}).exit_code, 0) << "the running daemon goes on with the old one";
    const std::string said = daemon_->verb({"check", "--offline"}).output;
    for (const char* expected :
         {"lists[1].name: expected a name of at most 32", "lists[1].from: expected an absolute",
          "lists[1].format: expected auto", "did you mean 'action'",
          "lists[2].from: expected an absolute path, or a URL"})
        EXPECT_NE(said.find(expected), std::string::npos) << expected << "\n" << said;
}

/// A fake server of lists with scripted answers.
class FetchedListsTest : public ListsTest {
  protected:
    fakes::Reply reply(const fakes::Request& request) {
        const std::lock_guard lock(guard_);
        requests_.push_back(request);
        return next_(request);
    }
    void answer_with(fakes::Handler next) {
        const std::lock_guard lock(guard_);
        next_ = std::move(next);
    }
    static fakes::Handler text(const std::string& body, const std::string& headers = {}) {
        return [=](const fakes::Request&) { return fakes::answer(200, "text/plain", body, headers); };
    }
    std::size_t requests() {
        const std::lock_guard lock(guard_);
        return requests_.size();
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/list?key=1"; }
    std::mutex guard_;
    std::vector<fakes::Request> requests_;
    fakes::Handler next_ = text("bad-site.com\nworse-site.com\n", "ETag: \"1\"\r\n");
    fakes::HttpServer server_{[this](const fakes::Request& request) { return reply(request); }};
};

TEST_F(FetchedListsTest, AreFetchedWithTheVersionThatIsThere) {
    write_file(home_ / "key", "Auth-Key: s3cret\n");
    std::filesystem::permissions(home_ / "key", std::filesystem::perms::owner_all);
    start(config(entry("far", url(), "    header_file: " + file("key") + "\n    user_agent: a-soc\n")));
    ASSERT_TRUE(eventually([&] { return entries("far") == 2; }));
    {
        const std::lock_guard lock(guard_);
        EXPECT_EQ(requests_[0].target, "/list?key=1");
        EXPECT_EQ(requests_[0].headers.at("auth-key"), "s3cret");
        EXPECT_EQ(requests_[0].headers.at("user-agent"), "a-soc");
        EXPECT_FALSE(requests_[0].headers.contains("if-none-match"));
    }
    answer_with([](const fakes::Request&) { return fakes::answer(304, "", ""); });
    reload_lists();
    ASSERT_TRUE(eventually([&] { return requests() == 2; }));
    {
        const std::lock_guard lock(guard_);
        EXPECT_EQ(requests_[1].headers.at("if-none-match"), "\"1\"");
    }
    EXPECT_EQ(entries("far"), 2);
    EXPECT_EQ(health(), "ok");
    EXPECT_EQ(daemon_->log().find("s3cret"), std::string::npos);
    EXPECT_EQ(daemon_->verb({"lists", "-o", "json"}).output.find("key=1"), std::string::npos);
}

TEST_F(FetchedListsTest, AreThereAfterARestartWithoutNetwork) {
    start(config(entry("far", url())));
    ASSERT_TRUE(eventually([&] { return entries("far") == 2; }));
    ASSERT_EQ(daemon_->stop(), 0);
    answer_with([](const fakes::Request&) { return fakes::Reply{"", false, 0ms, 0ms, "", true}; });
    daemon_->start();
    EXPECT_EQ(entries("far"), 2);
    query("www.bad-site.com");
    EXPECT_EQ(daemon_->wait_for_events(1).size(), 1U);
}

TEST_F(FetchedListsTest, AreKnownToAVerbThatInspectsByTheirCopies) {
    start(config(entry("far", url())));
    const auto copy = daemon_->state() / "lists/far";
    ASSERT_TRUE(eventually([&] { return entries("far") == 2 && std::filesystem::exists(copy); }));
    write_file(home_ / "alert.json", alert_for("www.bad-site.com", "1"));
    const json steps = json::parse(daemon_->verb({"explain", file("alert.json"), "-o", "json"}).output);
    EXPECT_EQ(steps["policy"]["decision"], "reported");
    EXPECT_EQ(steps["events"][0]["to"].get<std::string>().find("lists") != std::string::npos, true)
        << steps.dump();
    EXPECT_EQ(requests(), 1U) << "nothing is fetched for it";
    daemon_->verb({"allow", "add", ".bad-site.com", "--kinds", "list,first_contact"});
    const json allowed = json::parse(daemon_->verb({"explain", file("alert.json"), "-o", "json"}).output);
    EXPECT_EQ(allowed["allowlist"]["silenced"], (json{"first_contact", "list"})) << allowed.dump();
}

TEST_F(FetchedListsTest, WithoutACopyHealthIsDegradedUntilThereIsOne) {
    start(config(entry("far", url())));
    ASSERT_TRUE(eventually([&] { return entries("far") == 2; }));
    const auto copy = daemon_->state() / "lists/far";
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(copy); }));
    std::filesystem::remove(copy);
    std::filesystem::create_directory(copy);
    answer_with(text("bad-site.com\n"));
    reload_lists();
    ASSERT_TRUE(eventually([&] { return health() == "degraded"; }));
    EXPECT_EQ(entries("far"), 1) << "the list itself is in use";
    EXPECT_NE(lists()[0]["error"].get<std::string>().find("copy cannot be written"), std::string::npos);
    std::filesystem::remove(copy);
    reload_lists();
    EXPECT_TRUE(eventually([&] { return health() == "ok"; }));
    EXPECT_TRUE(std::filesystem::is_regular_file(copy));
}

TEST_F(FetchedListsTest, ABadDownloadNeverReplacesAGoodList) {
    start(config(entry("far", url())));
    ASSERT_TRUE(eventually([&] { return entries("far") == 2; }));
    const std::string packed = fakes::gzipped("bad-site.com\n");
    const auto raw = [](const std::string& bytes) {
        return [=](const fakes::Request&) { return fakes::Reply{bytes, false}; };
    };
    const auto status = [](unsigned code, const std::string& headers = {}) {
        return [=](const fakes::Request&) {
            return fakes::answer(code, "text/plain", "bad-site.com\n", headers);
        };
    };
    const std::vector<std::pair<const char*, fakes::Handler>> bad{
        {"html", text("<!DOCTYPE html><title>bad-site.com</title>")},
        {"html after blanks", text("\n\n  <html></html>")},
        {"empty", text("")},
        {"blank", text(" \r\n\r\n")},
        {"comments", text("# the list is gone\n")},
        {"json", text(R"({"error":"rate limited"})")},
        {"a sentence", text("Too many requests. Try again later, please.\n")},
        {"a short page with a name", text("Error 429\nToo many requests\nPlease see\nlists.bad-site.com\n")},
        {"nul bytes", text(std::string("bad-site.com\n\0\0\0\n", 16))},
        {"no usable line", text("--\n==\n??\n")},
        {"mostly unusable", text("bad-site.com\n1 2\n3 4\n5 6\n7 8\n9 0\n1 2\n3 4\n")},
        {"cut by its length", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbad-site.com\n")},
        {"cut within a chunk",
         raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nbad-site.com\n")},
        {"without a length", raw("HTTP/1.1 200 OK\r\n\r\nbad-site.com\n")},
        {"cut gzip", text(packed.substr(0, packed.size() / 2), "Content-Encoding: gzip\r\n")},
        {"no gzip", text("bad-site.com\n", "Content-Encoding: gzip\r\n")},
        {"another encoding", text("bad-site.com\n", "Content-Encoding: br\r\n")},
        {"a gzip file that is cut", text(packed.substr(0, packed.size() - 4))},
        {"no HTTP", raw("bad-site.com\n")},
        {"an endless header", raw("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'))},
        {"closed", raw("")},
        {"reset", [](const fakes::Request&) { return fakes::Reply{"", false, 0ms, 0ms, "", false, true}; }},
        {"204", status(204)},
        {"403", status(403)},
        {"404", status(404)},
        {"429", status(429, "Retry-After: 1\r\n")},
        {"500", status(500)},
        {"503", status(503)},
        {"a redirect to itself", status(302, "Location: /list\r\n")},
        {"a redirect without a target", status(301)},
        {"a redirect to another scheme", status(302, "Location: file:///etc/passwd\r\n")},
        {"304 for something else",
         [](const fakes::Request&) {
             return fakes::Reply{"HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\n\r\nbad.", false};
         }},
    };
    for (const auto& [what, handler] : bad) {
        SCOPED_TRACE(what);
        answer_with(text("bad-site.com\nworse-site.com\n"));
        reload_lists();
        ASSERT_TRUE(eventually([&] { return !lists()[0].contains("error"); }));
        answer_with(handler);
        reload_lists();
        ASSERT_TRUE(eventually([&] { return lists()[0].contains("error"); }));
        EXPECT_EQ(entries("far"), 2);
        EXPECT_EQ(health(), "degraded");
    }
    query("worse-site.com");
    EXPECT_EQ(daemon_->wait_for_events(1).size(), 1U);
}

TEST_F(FetchedListsTest, ARedirectIsFollowedAndTheSecretStaysAtItsServer) {
    std::atomic<int> secrets = 0;
    fakes::HttpServer other([&](const fakes::Request& request) {
        secrets += request.headers.contains("auth-key") ? 1 : 0;
        return fakes::answer(200, "text/plain", fakes::gzipped("moved-site.com\n"),
                             "Content-Encoding: gzip\r\n");
    });
    answer_with([&](const fakes::Request&) {
        return fakes::answer(302, "", "",
                             "Location: http://127.0.0.1:" + std::to_string(other.port()) + "/x\r\n");
    });
    write_file(home_ / "key", "Auth-Key: s3cret\n");
    std::filesystem::permissions(home_ / "key", std::filesystem::perms::owner_all);
    start(config(entry("far", url(), "    header_file: " + file("key") + "\n")));
    ASSERT_TRUE(eventually([&] { return entries("far") == 1; }));
    EXPECT_EQ(secrets, 0);
}

}  // namespace
}  // namespace enrichd::test::lists_test
