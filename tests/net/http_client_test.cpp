// The client against a real server on loopback that misbehaves on command.
#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include <boost/asio/co_spawn.hpp>

#include "base/units.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "fakes/http_server.hpp"
#include "net/tasks.hpp"
#include "support/run.hpp"
#include "support/wait.hpp"

namespace enrichd::test::http_client_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::Fault;

task<void> ask_into(HttpClient& client, int& answers) {
    auto answer = co_await client.get("/x.com");
    if (answer) ++answers;
}

class HttpClientTest : public testing::Test {
  protected:
    HttpClientOptions options() const {
        HttpClientOptions out;
        out.upstream.host = "127.0.0.1";
        out.upstream.port = server_.port();
        out.timeout = patience;
        return out;
    }
    result<HttpResponse> get(HttpClient& client, const std::string& target = "/x.com") {
        sent_ = 0;
        return run(io_, client.get(target, count()));
    }
    error failure_of(Fault fault) {
        server_.fail_next(fault);
        HttpClientOptions quick = options();
        if (fault == Fault::silence || fault == Fault::drip) quick.timeout = 1s;
        HttpClient client(io_, lookup_, quick);
        auto answer = get(client);
        EXPECT_FALSE(answer.has_value());
        EXPECT_TRUE(get(client).has_value()) << "the next question is served";
        return answer.has_value() ? error() : answer.error();
    }

    FakeDomainStats server_;
    asio::io_context io_;
    Lookup lookup_{io_};
    /// Requests that were written by the last call.
    BeforeSend count() {
        return [this] {
            ++sent_;
            return error();
        };
    }

    unsigned sent_ = 0;
};

TEST_F(HttpClientTest, GivesStatusTypeDateAndBody) {
    HttpClient client(io_, lookup_, options());
    const auto answer = get(client);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200U);
    EXPECT_EQ(answer->content_type, "application/json");
    EXPECT_TRUE(parse_http_date(answer->date));
    EXPECT_NE(answer->body.find("YOUR-FIRST-CONTACT"), std::string::npos);
    EXPECT_EQ(sent_, 1U);
}

TEST_F(HttpClientTest, KeepsItsConnection) {
    HttpClient client(io_, lookup_, options());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(get(client));
    EXPECT_EQ(server_.counts().connections, 1U);
    EXPECT_EQ(client.counts().reused, 4U);
}

TEST_F(HttpClientTest, SendsNothingThatMayNoLongerBeSent) {
    HttpClient client(io_, lookup_, options());
    bool allowed = false;
    const BeforeSend permit = [&allowed] { return allowed ? error() : make_error_code(errc::filtered); };
    for (int i = 0; i < 2; ++i) {  // over a fresh connection, and over a kept one
        allowed = false;
        EXPECT_EQ(run(io_, client.get("/secret.com", permit)).error(), errc::filtered);
        allowed = true;
        EXPECT_TRUE(run(io_, client.get("/x.com", permit)));
    }
    EXPECT_EQ(server_.counts().requests, 2U);
}

TEST_F(HttpClientTest, NamesEachWayToFail) {
    EXPECT_EQ(failure_of(Fault::cut), errc::cut);
    EXPECT_EQ(failure_of(Fault::cut_in_body), errc::cut);
    EXPECT_EQ(failure_of(Fault::huge_body), errc::body_too_large);
    EXPECT_EQ(failure_of(Fault::endless_body), errc::body_too_large);
    EXPECT_EQ(failure_of(Fault::huge_header), errc::header_too_large);
    EXPECT_EQ(failure_of(Fault::unframed), errc::body_unframed);
    EXPECT_EQ(failure_of(Fault::not_http), errc::not_http);
    EXPECT_EQ(failure_of(Fault::silence), errc::deadline);
    EXPECT_EQ(failure_of(Fault::drip), errc::deadline);
}

TEST_F(HttpClientTest, HoldsNoMoreOfAnAnswerThanItMayHoweverThatIsMade) {
    HttpClientOptions patient = options();
    patient.timeout = 60s;  // it is the size that ends each
    for (const Fault fault :
         {Fault::endless_body, Fault::endless_extension, Fault::endless_trailer, Fault::gzip_bomb}) {
        server_.fail_next(fault);
        HttpClient client(io_, lookup_, patient);
        const auto answer = get(client);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error(), errc::body_too_large) << static_cast<int>(fault);
    }
}

TEST_F(HttpClientTest, HandsOverEveryStatusAndFollowsNoRedirect) {
    HttpClient client(io_, lookup_, options());
    server_.fail_next(Fault::redirect);
    EXPECT_EQ(get(client)->status, 308U);
    server_.fail_next(Fault::status_500);
    EXPECT_EQ(get(client)->status, 500U);
    EXPECT_EQ(server_.counts().requests, 2U);
    EXPECT_EQ(server_.counts().connections, 1U) << "an error page does not end a connection";
}

TEST_F(HttpClientTest, WaitsForTheAnswerThatOthersAnnounce) {
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const fakes::HttpServer server([&](const fakes::Request& request) {
        fakes::Reply reply = fakes::answer(200, "application/json", "{}");
        std::string before = interim;
        for (int i = 0; request.target == "/many" && i < 6; ++i) before += interim;
        reply.bytes = before + reply.bytes;
        return reply;
    });
    HttpClientOptions there = options();
    there.upstream.port = server.port();
    HttpClient client(io_, lookup_, there);
    for (int i = 0; i < 2; ++i) {
        const auto answer = get(client);
        ASSERT_TRUE(answer) << answer.error().message();
        EXPECT_EQ(answer->status, 200U);
        EXPECT_EQ(answer->body, "{}");
    }
    EXPECT_EQ(client.counts().reused, 1U);
    EXPECT_EQ(get(client, "/many").error(), errc::not_http) << "not for ever";
}

TEST_F(HttpClientTest, ARefusalIsToldFromATimeOut) {
    HttpClientOptions nobody = options();
    nobody.upstream.port = 1;
    HttpClient client(io_, lookup_, nobody);
    EXPECT_EQ(get(client).error(), errc::refused);
    EXPECT_EQ(sent_, 0U) << "nothing was asked";
}

TEST_F(HttpClientTest, AHostThatCannotBeResolvedIsAnErrorOfItsOwn) {
    HttpClientOptions nobody = options();
    nobody.upstream.host = "no-such-host.invalid";
    HttpClient client(io_, lookup_, nobody);
    const error failure = get(client).error();
    EXPECT_TRUE(failure == errc::name_lookup || failure == errc::deadline) << failure.message();
}

TEST_F(HttpClientTest, TriesEveryAddressOfAHost) {
    HttpClientOptions named = options();
    named.upstream.host = "localhost";  // ::1 first, where nobody listens
    HttpClient client(io_, lookup_, named);
    EXPECT_TRUE(get(client));
}

TEST_F(HttpClientTest, RepeatsOnceOnAFreshConnectionWhenAKeptOneIsCut) {
    HttpClient client(io_, lookup_, options());
    ASSERT_TRUE(get(client, "/warm.com"));
    server_.fail_next(Fault::cut);
    const auto answer = get(client, "/new-cut.com");
    ASSERT_TRUE(answer);
    EXPECT_EQ(sent_, 2U) << "the caller must know that the answer is to a second request";
    EXPECT_EQ(client.counts().repeated, 1U);
    server_.fail_next(Fault::cut, 2);
    EXPECT_EQ(get(client).error(), errc::cut) << "once";
}

TEST_F(HttpClientTest, DoesNotRepeatWhenTheAnswerHadBegun) {
    HttpClient client(io_, lookup_, options());
    ASSERT_TRUE(get(client));
    server_.fail_next(Fault::cut_in_body);
    EXPECT_EQ(get(client).error(), errc::cut);
    EXPECT_EQ(sent_, 1U);
}

TEST_F(HttpClientTest, NoticesAConnectionThatTheServerClosedWhileIdle) {
    server_.close_idle_after(50ms);
    HttpClient client(io_, lookup_, options());
    ASSERT_TRUE(get(client));
    ASSERT_TRUE(eventually([&] { return server_.counts().open == 0; }));
    ASSERT_TRUE(get(client));
    EXPECT_EQ(sent_, 1U) << "it was seen before anything was sent";
    EXPECT_EQ(client.counts().connects, 2U);
}

TEST_F(HttpClientTest, DropsAnIdleConnectionBeforeTheServerDoes) {
    HttpClientOptions brief = options();
    brief.idle = 50ms;
    HttpClient client(io_, lookup_, brief);
    ASSERT_TRUE(get(client));
    EXPECT_EQ(client.kept(), 1U);
    io_.restart();
    io_.run();  // until the sweep has come
    EXPECT_EQ(client.kept(), 0U);
    EXPECT_TRUE(eventually([&] { return server_.counts().open == 0; }));
}

TEST_F(HttpClientTest, AsksTheOldServerNoMoreOnceItsAddressHasChanged) {
    FakeDomainStats other;
    server_.delay(50ms);
    HttpClient client(io_, lookup_, options());
    Tasks tasks(io_);
    int answers = 0;
    tasks.spawn("ask", ask_into(client, answers));
    while (server_.counts().requests == 0) io_.run_for(5ms);
    HttpClientOptions moved = options();
    moved.upstream.port = other.port();
    client.configure(moved);
    EXPECT_TRUE(run(io_, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(answers, 1) << "what was in flight is answered";
    EXPECT_EQ(client.kept(), 0U);
    EXPECT_TRUE(get(client));
    EXPECT_EQ(other.counts().requests, 1U);
}

TEST_F(HttpClientTest, UsesAtMostItsConnectionsAndTheOthersWaitTheirTurn) {
    server_.delay(50ms);
    HttpClientOptions two = options();
    two.connections = 2;
    HttpClient client(io_, lookup_, two);
    Tasks tasks(io_);
    int answers = 0;
    for (int i = 0; i < 10; ++i) tasks.spawn("ask", ask_into(client, answers));
    EXPECT_TRUE(run(io_, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(answers, 10);
    EXPECT_EQ(server_.counts().most_open, 2U);
    EXPECT_EQ(server_.counts().connections, 2U);
}

TEST_F(HttpClientTest, ACancelledCallLeavesItsTurnToTheNext) {
    server_.fail_next(Fault::silence);
    HttpClientOptions one = options();
    one.connections = 1;
    HttpClient client(io_, lookup_, one);
    Tasks tasks(io_);
    int answers = 0;
    tasks.spawn("first", ask_into(client, answers));
    tasks.spawn("second", ask_into(client, answers));
    while (server_.counts().requests == 0) io_.run_for(5ms);
    EXPECT_EQ(client.waiting(), 1U);
    tasks.cancel();
    EXPECT_TRUE(run(io_, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(answers, 0);
    EXPECT_EQ(tasks.failures(), 0U);
    EXPECT_TRUE(get(client));
}

TEST_F(HttpClientTest, RepeatsAQuestionOverAClosedConnectionAndNothingThatChangesSomethingThere) {
    std::atomic<unsigned> requests = 0;
    const auto every_second_is_cut = [&](const fakes::Request& request) {
        ++requests;
        fakes::Reply reply = fakes::answer(200, "text/plain", request.method + " " + request.body);
        if (request.ordinal > 0) reply = {"", false};
        return reply;
    };
    fakes::HttpServer server(every_second_is_cut);
    HttpClientOptions to = options();
    to.upstream.port = server.port();
    HttpClient client(io_, lookup_, to);
    EXPECT_EQ(run(io_, client.get("/a"))->body, "GET ");
    EXPECT_EQ(run(io_, client.get("/b"))->body, "GET ");
    EXPECT_EQ(requests, 3U);
    HttpCall post{"/c", {}, "POST", "two words", "text/plain"};
    EXPECT_EQ(run(io_, client.call(post)).error(), errc::cut);
    EXPECT_EQ(requests, 4U);
    EXPECT_EQ(run(io_, client.call(post))->body, "POST two words");
}

}  // namespace
}  // namespace enrichd::test::http_client_test
